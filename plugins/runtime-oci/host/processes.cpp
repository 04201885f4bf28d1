#include "host/processes.hpp"

#include <cerrno>
#include <cstdlib>

#include "base/error.hpp"
#include "base/file.hpp"

namespace gantry::oci {
namespace {

std::string text_of(pid_t pid, const char* name) {
  try {
    return find_text("/proc/" + std::to_string(pid) + "/" + name).value_or("");
  } catch (const Error& error) {
    if (error.os_errno() != ESRCH) throw;  // it has just ended
    return {};
  }
}

}  // namespace

pid_t parent_of(pid_t pid) {
  const std::string stat = text_of(pid, "stat");
  // pid (name) state parent: the name may have parentheses.
  const auto name_end = stat.rfind(") ");
  return name_end == std::string::npos ? 0 : std::atoi(stat.c_str() + name_end + 4);
}

std::string command_line(pid_t pid) { return text_of(pid, "cmdline"); }

}  // namespace gantry::oci
