// One driver behind Docker's volume plugin protocol. It is found anew when nobody answers at its
// last address, so that a driver may end, move and come back. Any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <gantry/cpp/volume.hpp>
#include <mutex>
#include <string>

#include "client.hpp"
#include "discovery.hpp"
#include "settings.hpp"

namespace volume_docker {

class Driver final : public gantry::sdk::Volume {
 public:
  Driver(std::string name, Endpoint endpoint, const Discovery& discovery, const Settings& settings,
         const gantry::sdk::Host& host);

  /// The handshake, unless it was made already; tried again like a call while the deadline of `op`
  /// allows. Throws when the plugin is no volume driver.
  void activate(const gantry::sdk::Op& op);
  /// The handshake said that it is a plugin of another kind.
  bool is_something_else() const { return something_else_; }

  std::string scope() override;
  void create(const std::string& name, const gantry::sdk::Options& options) override;
  void remove(const std::string& name) override;
  std::string mount(const std::string& name, const std::string& user_id,
                    const gantry::sdk::Op& op) override;
  void unmount(const std::string& name, const std::string& user_id) override;
  std::string path(const std::string& name) override;
  gantry::sdk::VolumeInfo get(const std::string& name) override;
  std::vector<gantry::sdk::VolumeInfo> list() override;

 private:
  struct Patience {
    std::chrono::nanoseconds call;   // for one answer
    std::chrono::nanoseconds retry;  // no attempt begins later than this
  };
  Reply call(const std::string& method, std::string_view body, Patience patience,
             const gantry::sdk::Op& op = gantry::sdk::Op(nullptr));
  Patience patient(std::chrono::seconds call) const { return {call, settings_.retry_for}; }
  /// call() on a volume; a refusal because there is no such volume comes out as GANTRY_NOT_FOUND.
  Reply call_on(const std::string& name, const std::string& method, std::string_view body,
                const gantry::sdk::Op& op = gantry::sdk::Op(nullptr));
  Endpoint endpoint() const;
  /// Until the pause is over, or the driver has answered somebody else.
  void rest(std::chrono::nanoseconds pause, const gantry::sdk::Op& op);
  void find_again();

  const std::string name_;
  const Discovery& discovery_;
  const Settings& settings_;
  const gantry::sdk::Host host_;
  mutable std::mutex mutex_;
  std::condition_variable answered_;
  Endpoint endpoint_;  // guarded by mutex_
  std::string scope_;  // guarded by mutex_; empty: not asked yet
  std::atomic<bool> active_{false}, something_else_{false};
};

}  // namespace volume_docker
