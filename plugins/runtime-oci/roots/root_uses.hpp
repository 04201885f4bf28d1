// Who works with the files of a container's root while the container may be removed: what is gone
// for everybody else stays for them, and is discarded when the last of them is done. Threads: any.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace gantry::oci {

class RootUses {
 public:
  /// Ends with this value, which must not outlive the RootUses.
  class Use {
   public:
    Use(RootUses& uses, const std::string& id) : uses_(uses), id_(id) { uses_.begin(id_); }
    ~Use() { uses_.end(id_); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    RootUses& uses_;
    const std::string id_;
  };

  /// Calls `discard` now, or when the last use of the root that was moved away ends; what it throws
  /// then is lost. Of several calls for one root the first counts.
  void when_unused(const std::string& id, std::function<void()> discard);

 private:
  struct Users {
    unsigned count = 0;
    std::function<void()> discard;
  };
  void begin(const std::string& id);
  void end(const std::string& id) noexcept;

  std::mutex mutex_;
  std::map<std::string, Users> users_;
};

}  // namespace gantry::oci
