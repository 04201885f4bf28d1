// Brings containers' hosts files up to date, one write at a time per container, with nothing locked
// while the host writes: the host may need a lease that another thread holds while it waits for
// this plugin. When the content changes during a write, the same thread writes again, so the last
// content always wins. Any thread.
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

  /// Writes what `content` gives – asked again until it stops changing – unless that is what the
  /// container has. nullopt: nothing to write.
  void update(const std::string& container_id,
              const std::function<std::optional<std::string>()>& content);
  /// The host itself has put this content there (at start), or a former daemon has.
  void written(const std::string& container_id, const std::string& content);
  void forget(const std::string& container_id);

 private:
  struct Target {
    std::string written;
    bool busy = false;
    bool again = false;
  };
  const gantry::sdk::Host host_;
  const gantry::sdk::GuestFiles files_;
  std::mutex mutex_;
  std::map<std::string, Target> targets_;
};

}  // namespace net_hosts
