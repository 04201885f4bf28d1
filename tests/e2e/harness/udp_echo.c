/* A UDP server for test images (busybox has none): answers each datagram with "got " and the
 * datagram. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv) {
  char data[2048] = "got ";
  struct sockaddr_in6 here = {0}, peer;
  int fd = socket(AF_INET6, SOCK_DGRAM, 0); /* takes IPv4 as well */
  here.sin6_family = AF_INET6;
  here.sin6_port = htons((unsigned short)atoi(argc > 1 ? argv[1] : "7"));
  if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) != 0) return 1;
  for (;;) {
    socklen_t size = sizeof peer;
    ssize_t n = recvfrom(fd, data + 4, sizeof data - 4, 0, (struct sockaddr *)&peer, &size);
    if (n >= 0) sendto(fd, data, (size_t)n + 4, 0, (struct sockaddr *)&peer, size);
  }
}
