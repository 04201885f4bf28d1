// One DNS question over UDP, with the C library's own functions for the messages. Any thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace conformance::network {

struct DnsReply {
  int rcode = -1;  // -1: nothing came within two seconds
  std::set<std::string> addresses;
};

/// Asks `server` and `port` from `source` for the name's A or AAAA records.
DnsReply ask_dns(const std::string& source, const std::string& server, std::uint16_t port,
                 const std::string& name, bool v6);

}  // namespace conformance::network
