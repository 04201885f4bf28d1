// The driver "syslog" behind the SDK's class.
#pragma once

#include <gantry/cpp/logging.hpp>
#include <gantry/cpp/plugin.hpp>

namespace log_remote::syslog {

class Driver final : public gantry::sdk::Logging {
 public:
  explicit Driver(const gantry::sdk::Host&) {}
  void check(const gantry::sdk::LogOptions& options) override;
  std::unique_ptr<gantry::sdk::LogStream> open(const gantry::sdk::LogSource& source) override;
};

}  // namespace log_remote::syslog
