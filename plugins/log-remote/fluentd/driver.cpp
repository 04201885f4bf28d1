#include "fluentd/driver.hpp"

#include "fluentd/messages.hpp"

namespace log_remote::fluentd {

namespace sdk = gantry::sdk;

namespace {

class Stream final : public sdk::LogStream {
 public:
  Stream(const Settings& settings, const sdk::LogSource& source)
      : messages_(settings, source), outlet_({settings.endpoint}, settings.write_timeout) {}

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
  return std::make_unique<Stream>(parse_options(source.options), source);
}

}  // namespace log_remote::fluentd
