// Events of all supervisors, received by one thread that sleeps while nothing happens.
//
// Threads: add() and remove() from any thread. The handler is called on the one internal thread,
// never concurrently; it must not block for long (the shim waits at most kAckDeadlineMs for the ack
// before it closes clients) and must not call remove() for a container from within its own on_...
// call. Ownership: connections belong to this object from add() on.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "messages.hpp"
#include "unique_fd.hpp"

namespace gantry::shim {

class EventHandler {
 public:
  virtual ~EventHandler() = default;
  // Comes first when several have ended at the same time: on_event() tells of each of them next.
  virtual void on_ends(const std::vector<std::string>& ids) = 0;
  // Acked when it returns. An event may come twice (after a new subscribe).
  virtual void on_event(const std::string& id, const Event& event) = 0;
  // The reply to Client::begin_subscribe().
  virtual void on_subscribed(const std::string& id) = 0;
  // The shim closed the connection: it has ended, or was killed, or another connection subscribed.
  // Judge by the status file (status_file.hpp). Not called after remove().
  virtual void on_closed(const std::string& id) = 0;
};

class Subscriptions {
 public:
  explicit Subscriptions(EventHandler& handler);
  ~Subscriptions();  // ends the thread; shims go on
  Subscriptions(const Subscriptions&) = delete;
  Subscriptions& operator=(const Subscriptions&) = delete;

  // A connection that was subscribed (also by begin_subscribe()), or the creating one after
  // `create`. Replaces an earlier one of id.
  void add(const std::string& id, UniqueFd connection);
  // Closes the connection; unknown id: nothing. A call of the handler may still be under way.
  void remove(const std::string& id);

 private:
  struct Source;
  void run();
  std::shared_ptr<Source> find(std::uint64_t key);
  bool receive(Source& source) const;
  void handle(Source& source, bool open);
  bool deliver(Source& source);

  EventHandler& handler_;
  UniqueFd epoll_, wake_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Source>> by_id_;     // guarded by mutex_
  std::map<std::uint64_t, std::shared_ptr<Source>> by_key_;  // guarded by mutex_
  std::uint64_t next_key_ = 1;                               // guarded by mutex_; 0 is wake_
  std::thread thread_;
};

}  // namespace gantry::shim
