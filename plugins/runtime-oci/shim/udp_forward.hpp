// One published UDP port that is forwarded in user space: a socket per sender, given up after a
// time without traffic. The deadline exists only while there are senders.
#pragma once

#include <memory>
#include <vector>

#include "loop.hpp"
#include "tcp_forward.hpp"

namespace gantry::shim {

class UdpForward {
 public:
  static constexpr std::int64_t kSessionMs = 90'000;
  static constexpr std::size_t kMaxSessions = 1024;

  UdpForward(Loop& loop, UniqueFd socket, const Target& target);
  void sweep();

 private:
  struct Session {
    UdpForward* forward;
    Target sender;
    UniqueFd server;
    Watch watch;
    std::int64_t last_ms;
    bool closed;
    void on_answer(std::uint32_t events);
  };

  void on_datagram(std::uint32_t events);
  void on_deadline();
  Session* session_of(const Target& sender);

  Loop& loop_;
  UniqueFd socket_;
  Target target_;
  Watch watch_;
  Timer deadline_;
  std::vector<std::unique_ptr<Session>> sessions_;
};

}  // namespace gantry::shim
