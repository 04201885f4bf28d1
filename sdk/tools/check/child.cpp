#include "check/child.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

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
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  std::printf("FAIL  the plugin crashed in the last case begun: %s\n",
              ::strsignal(WTERMSIG(status)));
  return 1;
}

}  // namespace check
