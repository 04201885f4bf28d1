#include <sys/socket.h>

#include "net/new_socket.hpp"

namespace log_remote {

UniqueFd new_socket(int family, int type) {
  return UniqueFd(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

}  // namespace log_remote
