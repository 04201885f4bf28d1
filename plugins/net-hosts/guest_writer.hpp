// Brings the blocks of names in containers' hosts files up to date, one write at a time per
// container, with nothing locked while the host reads and writes: the host may need a lease that
// another thread holds while it waits for this plugin. When the block changes during a write, the
// same thread writes again, so the last one always wins. Any thread.
#pragma once

#include <functional>
#include <gantry/cpp/network.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace net_hosts {

class GuestWriter {
 public:
  explicit GuestWriter(const gantry::sdk::Host& host) : host_(host), files_(host) {}

  /// Puts the block that `block` gives – asked again until it stops changing – into the container's
  /// file, unless it has it. nullopt: nothing to write. A container that written() was not called
  /// for has no file yet.
  void update(const std::string& container_id,
              const std::function<std::optional<std::string>()>& block);
  /// The host is about to put a file with this block there.
  void written(const std::string& container_id, const std::string& block);
  void forget(const std::string& container_id);

 private:
  struct Target {
    std::string written;  // the block
    bool busy = false;
    bool again = false;
    bool forgotten = false;
  };
  void replace(const std::string& container_id, const std::string& block) const;

  const gantry::sdk::Host host_;
  const gantry::sdk::GuestFiles files_;
  std::mutex mutex_;
  std::map<std::string, Target> targets_;
};

}  // namespace net_hosts
