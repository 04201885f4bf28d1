#include <fcntl.h>
#include <unistd.h>

#include <charconv>

#include "../protocol/unique_fd.hpp"
#include "cut.hpp"
#include "exec_child.hpp"

namespace gantry::shim {

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
    std::string_view line = cut(lines, '\n');  // name:password:uid:gid:comment:home:shell
    cut(line, ':'), cut(line, ':');
    const std::string_view number = cut(line, ':');
    std::uint32_t uid = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), uid);
    if (number.empty() || parsed.ptr != number.data() + number.size() || uid != plan.spec->uid) {
      continue;
    }
    cut(line, ':'), cut(line, ':');
    home.add(cut(line, ':'));
    found = true;
  }
  if (!found) home.add("/");
  plan.envp[plan.envp.size() - 2] = home.c_str();
}

}  // namespace gantry::shim
