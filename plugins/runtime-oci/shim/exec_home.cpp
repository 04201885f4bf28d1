#include <fcntl.h>
#include <unistd.h>

#include <charconv>

#include "../protocol/unique_fd.hpp"
#include "exec_child.hpp"

namespace gantry::shim {
namespace {

std::string_view cut_field(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part(text.data(), at == text.npos ? text.size() : at);
  text.remove_prefix(at == text.npos ? text.size() : at + 1);
  return part;
}

}  // namespace

// HOME of the user from the container's /etc/passwd, as runc sets it when the environment has none;
// "/" for a user that isn't there. The file is the container's: at most 256 KiB of it are read, and
// nothing that could block.
void add_home(ExecPlan& plan) {
  static Text<4096> home("HOME=");
  bool found = false;
  Bytes content;
  if (const UniqueFd fd(::open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NONBLOCK)); fd) {
    char block[4096];
    ssize_t n;
    while (content.size() < (256u << 10) && (n = ::read(fd.get(), block, sizeof block)) > 0) {
      content.append(block, static_cast<std::size_t>(n));
    }
  }
  std::string_view lines = content.view();
  while (!found && !lines.empty()) {
    std::string_view line = cut_field(lines, '\n');  // name:password:uid:gid:comment:home:shell
    cut_field(line, ':'), cut_field(line, ':');
    const std::string_view number = cut_field(line, ':');
    std::uint32_t uid = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), uid);
    if (number.empty() || parsed.ptr != number.data() + number.size() || uid != plan.spec->uid) {
      continue;
    }
    cut_field(line, ':'), cut_field(line, ':');
    home.add(cut_field(line, ':'));
    found = true;
  }
  if (!found) home.add("/");
  plan.envp[plan.envp.size() - 2] = home.c_str();
}

}  // namespace gantry::shim
