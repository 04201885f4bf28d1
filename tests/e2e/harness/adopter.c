/* A container's first process that, like PostgreSQL, looks at how the children end that fall to it:
 * one line for each. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

int main(void) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (;;) {
    int status, number;
    while (waitpid(-1, &status, WNOHANG) > 0) {
      if (WIFSIGNALED(status)) printf("signal %d\n", WTERMSIG(status));
      if (WIFEXITED(status)) printf("exit %d\n", WEXITSTATUS(status));
    }
    sigwait(&child, &number);
  }
}
