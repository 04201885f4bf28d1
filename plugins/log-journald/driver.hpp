// The log driver "journald". Each container has a socket of its own, so that none waits for
// another's. Any thread.
#pragma once

#include <gantry/cpp/logging.hpp>
#include <memory>

#include "settings.hpp"

namespace log_journald {

class Driver : public gantry::sdk::Logging {
 public:
  explicit Driver(Settings settings) : settings_(std::move(settings)) {}

  /// There are no options but those that the host sees to. A host without a journal is told here,
  /// with GANTRY_UNAVAILABLE: that will not change while a container waits for it.
  void check(const gantry::sdk::LogOptions& options) override;
  std::unique_ptr<gantry::sdk::LogStream> open(const gantry::sdk::LogSource& source) override;

 private:
  const Settings settings_;
};

}  // namespace log_journald
