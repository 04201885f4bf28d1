// Asks the volume drivers that are not ours, and may never answer: each on a thread of its own, all
// at once, for a bounded time. A driver that let such a question wait is left out until it has
// answered it, and for some seconds more when it never did. Any thread. The destructor waits for
// questions under way: the drivers' own deadlines end them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/pluginhost/plugin_host.hpp"

namespace gantry::services {

class DriverProbe {
 public:
  explicit DriverProbe(pluginhost::PluginHost& plugins) : plugins_(plugins) {}
  ~DriverProbe();
  DriverProbe(const DriverProbe&) = delete;
  DriverProbe& operator=(const DriverProbe&) = delete;

  using Volumes = std::vector<pluginhost::VolumeState>;
  struct Answer {
    std::string driver, scope;
    std::optional<Volumes> volumes;  // nullopt: `error` says why
    std::string error;
  };
  /// Every driver's volumes.
  std::vector<Answer> list() const;
  /// The one volume of this name in every driver that has it.
  std::vector<Answer> find(const std::string& volume) const;

 private:
  struct Round;
  using Question = std::function<Volumes(pluginhost::Volume&)>;
  std::vector<Answer> ask(const Question& question) const;
  void answer(const std::shared_ptr<Round>& round, size_t index) const;
  bool is_left_out(const std::string& driver) const;  // with mutex_ held

  pluginhost::PluginHost& plugins_;
  mutable std::mutex mutex_;
  mutable std::condition_variable ended_;
  mutable std::map<std::string, unsigned> overdue_;  // driver → questions that nobody waits for now
  mutable std::map<std::string, std::chrono::steady_clock::time_point> resting_;  // driver → until
  mutable unsigned threads_ = 0;
};

}  // namespace gantry::services
