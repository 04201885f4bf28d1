// Keeps one resolver process in step with the model: starts it when it is needed, tells it every
// change, starts another with everything when it ends although it is needed, and ends it when it is
// not. One thread per process waits for what it says; nothing polls.
//
// Any thread. Changes go through `change`, under the lock, so that the process hears of them in
// their order.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <gantry/cpp/plugin.hpp>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "plugin/model.hpp"
#include "plugin/resolver_process.hpp"

namespace net_dns {

class ResolverLink {
 public:
  /// Finds the resolver of an earlier daemon and takes over what it knows.
  ResolverLink(const gantry::sdk::Host& host, std::string program, const Settings& settings);
  /// The process stays when somebody needs it.
  ~ResolverLink();
  ResolverLink(const ResolverLink&) = delete;
  ResolverLink& operator=(const ResolverLink&) = delete;

  /// Tells the process that runs; one that is started now gets the whole model instead.
  class Talk {
   public:
    /// Descriptors travel with the message.
    void operator()(const std::string& message, const std::vector<int>& fds = {}) const {
      link_.tell_locked(message, fds);
    }
    /// Forgets the network's sockets here and there.
    void close_gateway(const std::string& network_id) const;

   private:
    friend class ResolverLink;
    explicit Talk(ResolverLink& link) : link_(link) {}
    ResolverLink& link_;
  };
  /// Runs `edit` on the model.
  void change(const std::function<void(Model&, const Talk&)>& edit);
  /// Waits until no process is still closing sockets at `address`: then they can be opened again.
  /// At most 5 s, for a process that hangs.
  void wait_until_closed(const std::string& address);
  template <class Read>
  auto read(Read read) {
    const std::lock_guard lock(mutex_);
    return read(static_cast<const Model&>(model_));
  }

 private:
  struct Process;
  /// A gateway's sockets that a process was told to close and has not closed yet.
  struct Closing {
    std::string network_id, address;
    const Process* process;
  };
  struct Process {
    RunningResolver running;
    std::thread reader;
    std::atomic<bool> over{false};
    std::int64_t started_ms = 0;
  };

  /// The callers hold the lock.
  void start_locked();
  void use_locked(RunningResolver running);
  void tell_locked(const std::string& message, const std::vector<int>& fds = {});
  void keep_in_step_locked();
  void quit_locked();
  void join_finished_locked();

  void listen_to(Process& process);
  void take(const Process& process, const Message& message);
  void process_ended(Process& process);
  /// Waits until it has ended and its descriptors are closed.
  void bury(Process& process);

  const gantry::sdk::Host host_;
  const std::string program_, path_;
  std::mutex mutex_;
  std::condition_variable stopped_, closed_;
  bool stopping_ = false;
  Model model_;
  std::list<std::unique_ptr<Process>>
      processes_;  // the last is in use, others are on their way out
  Process* current_ = nullptr;
  std::vector<Closing> closing_;
  int early_ends_ = 0;  // in a row
};

}  // namespace net_dns
