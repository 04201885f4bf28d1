// log-journald: the log driver "journald", by the journal's native protocol.
#include "driver.hpp"

namespace log_journald {

class LogJournald final : public Driver {
 public:
  explicit LogJournald(const gantry::sdk::Host& host) : Driver(parse_settings(host.config())) {}
};

}  // namespace log_journald

GANTRY_PLUGIN(log_journald::LogJournald, "log-journald", "Container logs into the host's journal")
