#include "protocol/sockets.hpp"
#include "resolver/netns.hpp"

namespace net_dns {

UniqueFd make_socket(int family, int type, int) { return open_nonblocking_socket(family, type); }

}  // namespace net_dns
