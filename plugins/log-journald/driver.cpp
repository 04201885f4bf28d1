#include "driver.hpp"

#include <filesystem>
#include <system_error>

#include "stream.hpp"

namespace log_journald {

namespace sdk = gantry::sdk;

void Driver::check(const sdk::LogOptions& options) {
  if (!options.empty())
    throw sdk::Error(GANTRY_INVALID,
                     "unknown log opt '" + options.begin()->first + "' for journald log driver");
  std::error_code ignored;
  if (!std::filesystem::is_socket(settings_.socket, ignored))
    throw sdk::Error(GANTRY_UNAVAILABLE, "journald is not enabled on this host");
}

std::unique_ptr<sdk::LogStream> Driver::open(const sdk::LogSource& source) {
  return std::make_unique<Stream>(source, JournalSocket(settings_.socket));
}

}  // namespace log_journald
