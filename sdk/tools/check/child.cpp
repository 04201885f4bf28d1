#include "check/child.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace check {

int run_in_child(const std::function<int()>& body) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child < 0) return body();  // no process to spare: without the protection
  if (child == 0) {
    const int code = body();
    std::fflush(stdout);
    std::exit(code);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return 1;
  constexpr int kWrongUsage = 2;  // our own codes end here: what is above came from the plugin
  if (WIFEXITED(status) && WEXITSTATUS(status) <= kWrongUsage) return WEXITSTATUS(status);
  const std::string how = WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                                            : ::strsignal(WTERMSIG(status));
  std::printf("FAIL  the plugin ended the process in the last case begun: %s\n", how.c_str());
  return 1;
}

}  // namespace check
