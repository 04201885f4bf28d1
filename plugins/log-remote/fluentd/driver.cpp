#include "fluentd/driver.hpp"

#include "fluentd/messages.hpp"
#include "net/outlet_stream.hpp"

namespace log_remote::fluentd {

namespace sdk = gantry::sdk;

void Driver::check(const sdk::LogOptions& options) { parse_options(options); }

std::unique_ptr<sdk::LogStream> Driver::open(const sdk::LogSource& source) {
  const Settings settings = parse_options(source.options);
  auto messages = std::make_unique<Messages>(settings, source);
  return std::make_unique<OutletStream>(std::move(messages), std::vector{settings.endpoint},
                                        settings.write_timeout);
}

}  // namespace log_remote::fluentd
