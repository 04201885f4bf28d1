// Who reads or writes the files of containers, which may be removed meanwhile: a container is gone
// at once for everybody else, and what it had on disk when the last of its uses ends. Threads: any.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace gantry::services {

class ContainerUses {
 public:
  /// Ends with this value, which must not outlive the ContainerUses. Throws Error{not_found} when
  /// what the container has on disk is going.
  class Use {
   public:
    Use(ContainerUses& uses, const std::string& id) : uses_(uses), id_(id) { uses_.begin(id_); }
    ~Use() { uses_.end(id_); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    ContainerUses& uses_;
    const std::string id_;
  };

  /// Calls `discard` now, throwing what it throws, or (false) when the last use of the container
  /// ends: then what it throws is logged. Throws Error{conflict} while an earlier one is at work.
  bool when_unused(const std::string& id, std::function<void()> discard);

 private:
  struct Users {
    unsigned count = 0;
    std::function<void()> discard;
  };
  void begin(const std::string& id);
  void end(const std::string& id) noexcept;
  void forget(const std::string& id);

  std::mutex mutex_;
  std::map<std::string, Users> users_;  // count 0: being discarded
};

}  // namespace gantry::services
