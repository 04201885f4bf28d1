// The host's resolvers as they are now: read again whenever the file behind them changed, which is
// looked at (one stat per file) when a question needs them. Nothing watches and nothing polls.
// One thread.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/address.hpp"
#include "protocol/documents.hpp"

namespace net_dns {

class HostServers {
 public:
  void configure(const Settings& settings);

  /// In the order to be asked. The host's own loopback resolvers are asked as any other: this
  /// process lives in the host's network. Where systemd-resolved is the only one, the servers
  /// behind it follow, for the time it does not answer.
  const std::vector<SocketAddress>& get();
  /// Changes when get() gives other servers.
  std::uint64_t generation() const { return generation_; }

 private:
  struct Stamp {
    bool there = false;
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t seconds = 0;
    long nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };
  static Stamp stamp_of(const std::string& path);
  void read();

  Settings settings_;
  Stamp file_, behind_;
  bool stub_only_ = false;
  bool read_ = false;
  std::vector<SocketAddress> servers_;
  std::uint64_t generation_ = 1;
};

/// What can be understood of a list of servers.
std::vector<SocketAddress> parse_servers(const std::vector<std::string>& texts);

}  // namespace net_dns
