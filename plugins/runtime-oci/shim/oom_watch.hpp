// Tells when the kernel's OOM killer has been at work in the container, without polling: an eventfd
// of the memory controller (cgroup v1) or a watch on memory.events (v2).
#pragma once

#include "cgroups.hpp"
#include "loop.hpp"

namespace gantry::shim {

class OomWatch {
 public:
  // Nothing happens where the container has no memory group of its own. on_oom: the counter of
  // Cgroups::oom_kills() may have grown.
  template <auto Method, class T>
  void begin(Loop& loop, Cgroups& cgroups, T* owner) {
    owner_ = owner;
    on_oom_ = [](void* self) { (static_cast<T*>(self)->*Method)(); };
    open(loop, cgroups);
  }
  void stop();

 private:
  void open(Loop& loop, Cgroups& cgroups);
  void on_ready(std::uint32_t events);
  void on_settled() { on_oom_(owner_); }

  UniqueFd events_;
  Watch watch_;
  Timer settle_;
  void* owner_ = nullptr;
  void (*on_oom_)(void*) = nullptr;
};

}  // namespace gantry::shim
