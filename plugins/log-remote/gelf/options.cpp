#include "gelf/options.hpp"

#include "options/url.hpp"
#include "options/values.hpp"

namespace log_remote::gelf {

namespace {

Endpoint parse_address(const std::string& address) {
  if (address.empty()) invalid("gelf-address is a required parameter");
  const Url url = parse_url(address);
  if (url.scheme != "udp" && url.scheme != "tcp") invalid("gelf: endpoint needs to be TCP or UDP");
  HostPort place;
  try {
    place = split_host_port(url.host);
  } catch (const gantry::sdk::Error&) {
    place.port.reset();
  }
  if (!place.port || place.port->empty())
    invalid("gelf: please provide gelf-address as proto://host:port");
  return {url.scheme == "udp" ? Network::kUdp : Network::kTcp,
          place.host.empty() ? "localhost" : place.host, checked_port(*place.port), ""};
}

[[noreturn]] void unknown_value(const std::string& key, const std::string& value) {
  invalid("unknown value " + in_quotes(value) + " for log opt " + in_quotes(key) +
          " for gelf log driver");
}

Compression parse_compression(const std::string& key, const std::string& value) {
  if (value == "gzip") return Compression::kGzip;
  if (value == "zlib") return Compression::kZlib;
  if (value == "none") return Compression::kNone;
  unknown_value(key, value);
}

int parse_level(const std::string& key, const std::string& value) {
  const auto level = find_integer(value);
  if (!level || *level < -1 || *level > 9) unknown_value(key, value);
  return static_cast<int>(*level);
}

/// For reconnecting, which the host sees to: only checked.
void check_reconnecting(const std::string& key, const std::string& value) {
  const auto number = find_integer(value);
  if (!number || *number < 0) invalid(in_quotes(key) + " must be a positive integer");
}

void read(const std::string& key, const std::string& value, Settings& settings) {
  const bool udp = settings.endpoint.network == Network::kUdp;
  if (key == "gelf-address") return;
  if (key == "gelf-compression-level" || key == "gelf-compression-type") {
    if (!udp) invalid("compression is only supported on UDP");
    if (key == "gelf-compression-level")
      settings.level = parse_level(key, value);
    else
      settings.compression = parse_compression(key, value);
  } else if (key == "gelf-tcp-max-reconnect" || key == "gelf-tcp-reconnect-delay") {
    if (udp) invalid(in_quotes(key) + " is only valid for TCP");
    check_reconnecting(key, value);
  } else {
    invalid("unknown log opt " + in_quotes(key) + " for gelf log driver");
  }
}

}  // namespace

Settings parse_options(const LogOptions& options) {
  Settings settings;
  settings.endpoint = parse_address(value_of(options, "gelf-address"));
  for (const auto& [key, value] : options) read(key, value, settings);
  return settings;
}

}  // namespace log_remote::gelf
