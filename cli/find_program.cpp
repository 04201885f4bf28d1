#include "cli/find_program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "core/base/text.hpp"

namespace gantry::cli {

namespace {

bool is_program(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::optional<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos)
    return is_program(name) ? std::optional<std::string>(name) : std::nullopt;
  const char* variable = std::getenv("PATH");
  const std::string path = variable ? variable : "";
  // A user's PATH often lacks the system directories, where OCI runtimes are.
  for (const auto& directory : text::split(path + ":/usr/local/sbin:/usr/sbin:/sbin", ':'))
    if (!directory.empty() && is_program(directory + "/" + name)) return directory + "/" + name;
  return std::nullopt;
}

}  // namespace gantry::cli
