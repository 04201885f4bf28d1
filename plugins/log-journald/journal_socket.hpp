// The way to journald: one datagram for each entry, or sealed memory where an entry is too large
// for one. Connects when there is something to send, and again after journald went away. One thread
// at a time.
#pragma once

#include <chrono>
#include <gantry/cpp/plugin.hpp>
#include <string>
#include <string_view>

#include "unique_fd.hpp"

namespace log_journald {

class JournalSocket {
 public:
  /// `patience`: how long one entry waits for room in journald's queue.
  explicit JournalSocket(std::string path,
                         std::chrono::milliseconds patience = std::chrono::seconds(5))
      : path_(std::move(path)), patience_(patience) {}

  /// The entry is journald's when this returns. Otherwise throws Error: GANTRY_UNAVAILABLE nobody
  /// is there, GANTRY_TIMEOUT no room, GANTRY_CANCELLED; never a code that would cost the entry.
  void send(std::string_view entry, const gantry::sdk::Op& op);

 private:
  void connect();
  int try_send(std::string_view entry, const UniqueFd& memory) const;
  void wait_for_room(std::chrono::steady_clock::time_point end) const;
  [[noreturn]] void fail(const char* what, int err) const;

  const std::string path_;
  const std::chrono::milliseconds patience_;
  UniqueFd socket_;
};

}  // namespace log_journald
