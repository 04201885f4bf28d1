// Facts for the daemon: each is sent to the subscriber and kept until it is acked, so that the next
// subscriber gets it if this one dies first.
#pragma once

#include <cstdint>
#include <vector>

#include "connection.hpp"
#include "text.hpp"

namespace gantry::shim {

// Someone who closes clients only when the daemon knows of the exit they are about to ask for.
class EventWaiter {
 public:
  // Once, after announce(): acked, or there is nobody (any more) who could.
  virtual void on_event_settled() = 0;

 protected:
  ~EventWaiter() = default;
};

struct Fact {
  EventKind kind = EventKind::exit;
  std::string_view exec_id = {};
  int exit_code = 0;
  bool oom_killed = false;
  bool streams_open = false;
  std::int64_t time = 0;
};

class Events {
 public:
  // As many as a daemon that stands still may miss.
  static constexpr std::size_t kKept = 4096;

  // The waiter has its own deadline (kAckDeadlineMs) and calls forget() when it ends.
  void announce(const Fact& fact, EventWaiter* waiter = nullptr);
  void forget(EventWaiter* waiter);
  void acked(std::uint64_t sequence);
  // Replaces the subscriber and sends it what is not acked.
  void subscribe(Connection& connection);
  void connection_closed(const Connection& connection);

 private:
  struct Kept {
    std::uint64_t sequence;
    Fact fact;
    Text<72> exec_id;  // the fact's own is the announcer's
    EventWaiter* waiter;
    bool sent;  // to the subscriber of now
  };
  void send_unsent();
  bool send(const Kept& kept);
  void settle_all();

  Connection* subscriber_ = nullptr;
  std::uint64_t last_ = 0;
  std::vector<Kept> kept_;
};

}  // namespace gantry::shim
