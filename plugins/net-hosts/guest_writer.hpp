// Brings the blocks of names in containers' hosts files up to date, one write at a time per
// container, with nothing locked while the host reads and writes: the host may need a lease that
// another thread holds while it waits for this plugin. When the block changes during a write, the
// same thread writes again, so the last one always wins. A write that failed for want of room, say,
// is tried once more after a while. Any thread.
#pragma once

#include <chrono>
#include <functional>
#include <gantry/cpp/network.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "later.hpp"

namespace net_hosts {

class GuestWriter {
 public:
  /// Gives a container's block as it is now; nullopt: nothing to write. Called while the writer
  /// lives.
  using Block = std::function<std::optional<std::string>()>;

  explicit GuestWriter(const gantry::sdk::Host& host,
                       std::chrono::milliseconds delay = std::chrono::seconds(10))
      : host_(host), files_(host), later_(delay) {}

  /// Puts the block that `block` gives – asked again until it stops changing – into the container's
  /// file, unless it has it. A container that written() was not called for has no file yet.
  void update(const std::string& container_id, const Block& block);
  /// The host is about to put a file with this block there.
  void written(const std::string& container_id, const std::string& block);
  void forget(const std::string& container_id);

 private:
  struct Target {
    std::string written;  // the block
    bool busy = false;
    bool again = false;
    bool forgotten = false;
    bool waits = false;  // for its second attempt
  };
  enum class Attempt { first, second };

  void bring_up_to_date(const std::string& container_id, const Block& block, Attempt attempt);
  /// False: it failed, and might not fail later.
  bool write(const std::string& container_id, const Block& block, Target& target,
             std::unique_lock<std::mutex>& lock, Attempt attempt);
  void replace(const std::string& container_id, const std::string& block) const;
  void try_later(const std::string& container_id, const Block& block, Target& target);

  const gantry::sdk::Host host_;
  const gantry::sdk::GuestFiles files_;
  std::mutex mutex_;
  std::map<std::string, Target> targets_;
  Later later_;  // last: its thread uses the members above
};

}  // namespace net_hosts
