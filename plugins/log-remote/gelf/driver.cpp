#include "gelf/driver.hpp"

#include "gelf/messages.hpp"
#include "net/outlet_stream.hpp"
#include "text/host_name.hpp"

namespace log_remote::gelf {

namespace sdk = gantry::sdk;

void Driver::check(const sdk::LogOptions& options) { parse_options(options); }

std::unique_ptr<sdk::LogStream> Driver::open(const sdk::LogSource& source) {
  const Settings settings = parse_options(source.options);
  auto messages = std::make_unique<Messages>(settings, host_name(source.daemon), source);
  return std::make_unique<OutletStream>(std::move(messages), std::vector{settings.endpoint});
}

}  // namespace log_remote::gelf
