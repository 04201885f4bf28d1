// The event loop: one thread, epoll, deadlines. Nothing wakes it while nothing happens.
//
// A Watch or Timer may be destroyed at any time, also from its own callback or that of another one
// in the same batch. Objects that own Watches are destroyed in the sweep after a batch, so that a
// method that is still running never loses its object.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <vector>

#include "../protocol/unique_fd.hpp"

namespace gantry::shim {

class Loop;

// Interest in one descriptor, which it does not own. Stop it before the descriptor is closed.
class Watch {
 public:
  Watch() = default;
  ~Watch() { stop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Method: void (T::*)(uint32_t events). No events are delivered before want().
  template <auto Method, class T>
  void bind(Loop& loop, int fd, T* self) {
    stop();
    loop_ = &loop;
    fd_ = fd;
    self_ = self;
    call_ = [](void* object, std::uint32_t events) { (static_cast<T*>(object)->*Method)(events); };
  }
  // EPOLLIN, EPOLLOUT or 0; errors and hang-up are always reported.
  void want(std::uint32_t events);
  // No events at all, not even hang-up; want() starts again.
  void stop();

 private:
  friend class Loop;
  Loop* loop_ = nullptr;
  int fd_ = -1;
  void* self_ = nullptr;
  void (*call_)(void*, std::uint32_t) = nullptr;
  std::uint32_t wanted_ = 0;
  bool added_ = false;
};

class Timer {
 public:
  Timer() = default;
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  template <auto Method, class T>
  void bind(Loop& loop, T* self) {
    loop_ = &loop;
    self_ = self;
    call_ = [](void* object) { (static_cast<T*>(object)->*Method)(); };
  }
  // Once, `ms` from now; replaces an earlier deadline.
  void arm(std::int64_t ms);
  void cancel();
  bool armed() const { return armed_; }

 private:
  friend class Loop;
  Loop* loop_ = nullptr;
  void* self_ = nullptr;
  void (*call_)(void*) = nullptr;
  std::int64_t deadline_ms_ = 0;
  bool armed_ = false;
};

class Loop {
 public:
  bool open();
  // Calls `sweep(context)` after every batch, until it returns false.
  void run(bool (*sweep)(void*), void* context);

 private:
  friend class Watch;
  friend class Timer;
  int next_timeout_ms() const;
  void fire_timers();

  UniqueFd epoll_;
  epoll_event batch_[16] = {};
  int batch_size_ = 0;
  std::vector<Timer*> timers_;
};

}  // namespace gantry::shim
