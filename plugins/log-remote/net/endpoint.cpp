#include "net/endpoint.hpp"

namespace log_remote {

std::string Endpoint::name() const {
  if (is_unix()) return (network == Network::kUnix ? "unix " : "unixgram ") + path;
  const bool six = host.find(':') != std::string::npos;
  return (network == Network::kUdp ? "udp " : "tcp ") + (six ? "[" + host + "]" : host) + ":" +
         port;
}

}  // namespace log_remote
