/* Asks the SSH agent at SSH_AUTH_SOCK for its keys, as `ssh-add -l` does: prints how many, and
   their comments. "agent_ask N": N connections one after the other; "agent_ask hold": asks, says
   so, and waits for the end. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static uint8_t answer[1 << 18];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void read_all(int fd, void *into, size_t size) {
  for (size_t have = 0; have < size;) {
    ssize_t n = read(fd, (char *)into + have, size - have);
    if (n < 0) fail("read");
    if (n == 0) {
      fprintf(stderr, "the agent hung up\n");
      exit(2);
    }
    have += (size_t)n;
  }
}

static uint32_t number(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int connected(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
  return fd;
}

int main(int count, char **words) {
  const char *path = getenv("SSH_AUTH_SOCK");
  if (path == NULL) {
    printf("no agent\n");
    return 0;
  }
  static const uint8_t question[5] = {0, 0, 0, 1, 11};
  if (count > 1 && strcmp(words[1], "hold") == 0) {
    int fd = connected(path);
    if (write(fd, question, 5) != 5) fail("write");
    printf("holding\n");
    fflush(stdout);
    return (int)read(fd, answer, 1);
  }
  for (int times = count > 1 ? atoi(words[1]) : 1; times > 0; --times) {
    int fd = connected(path);
    if (write(fd, question, 5) != 5) fail("write");
    read_all(fd, answer, 4);
    uint32_t size = number(answer);
    if (size < 5 || size > sizeof answer) {
      fprintf(stderr, "no answer\n");
      return 3;
    }
    read_all(fd, answer, size);
    close(fd);
    if (times > 1) continue;
    printf("%u keys", number(answer + 1));
    const uint8_t *at = answer + 5;
    for (uint32_t i = 0; i < number(answer + 1); ++i) {
      at += 4 + number(at);
      printf(" %.*s", (int)number(at), at + 4);
      at += 4 + number(at);
    }
    printf("\n");
  }
  return 0;
}
