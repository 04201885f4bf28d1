#include "syslog/driver.hpp"

#include <unistd.h>

#include "net/outlet_stream.hpp"
#include "net/tls.hpp"
#include "syslog/messages.hpp"
#include "text/host_name.hpp"

namespace log_remote::syslog {

namespace sdk = gantry::sdk;

void Driver::check(const sdk::LogOptions& options) { parse_options(options); }

std::unique_ptr<sdk::LogStream> Driver::open(const sdk::LogSource& source) {
  const Settings settings = parse_options(source.options);
  // They are read again for each connection; that they can't be used is better said at once.
  if (settings.endpoints[0].network == Network::kTls) check_tls_files(settings.endpoints[0].tls);
  auto messages = std::make_unique<Messages>(settings, host_name(source.daemon), source.tag,
                                             static_cast<int>(::getpid()));
  return std::make_unique<OutletStream>(std::move(messages), settings.endpoints);
}

}  // namespace log_remote::syslog
