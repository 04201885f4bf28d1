#include "syslog/driver.hpp"

#include <unistd.h>

#include "net/tls.hpp"
#include "syslog/messages.hpp"
#include "text/host_name.hpp"

namespace log_remote::syslog {

namespace sdk = gantry::sdk;

namespace {

class Stream final : public sdk::LogStream {
 public:
  Stream(const Settings& settings, const sdk::LogSource& source)
      : messages_(settings, host_name(source.daemon), source.tag, static_cast<int>(::getpid())),
        outlet_(settings.endpoints) {}

  void write(const std::vector<sdk::LogLine>& lines, std::uint32_t& taken,
             const sdk::Op& op) override {
    outlet_.write(lines, taken, op, messages_);
  }

 private:
  Messages messages_;
  Outlet outlet_;
};

}  // namespace

void Driver::check(const sdk::LogOptions& options) { parse_options(options); }

std::unique_ptr<sdk::LogStream> Driver::open(const sdk::LogSource& source) {
  const Settings settings = parse_options(source.options);
  // They are read again for each connection; that they can't be used is better said at once.
  if (settings.endpoints[0].network == Network::kTls) check_tls_files(settings.endpoints[0].tls);
  return std::make_unique<Stream>(settings, source);
}

}  // namespace log_remote::syslog
