#include "fluentd/options.hpp"

#include <limits>
#include <set>

#include "options/url.hpp"
#include "options/values.hpp"

namespace log_remote::fluentd {

namespace {

using std::chrono::milliseconds;

constexpr const char* kDefaultHost = "127.0.0.1";
constexpr const char* kDefaultPort = "24224";

Endpoint address_of(const std::string& address) {
  if (address.empty()) return {Network::kTcp, kDefaultHost, kDefaultPort, ""};
  const bool bare = address.find("://") == std::string::npos;
  const Url url = parse_url(bare ? "tcp://" + address : address);
  if (url.scheme == "unix") {
    if (url.path.find_first_not_of('/') == std::string::npos) invalid("path is empty");
    return {Network::kUnix, "", "", url.path};
  }
  if (url.scheme != "tcp" && url.scheme != "tls")
    invalid("unsupported scheme: '" + url.scheme + "'");
  if (!url.path.empty()) invalid("should not contain a path element");
  const HostPort place = split_host_port(url.host);
  const std::string port = place.port.value_or("");
  if (find_integer(port).value_or(0) > std::numeric_limits<std::uint16_t>::max() ||
      port.size() > 18)
    invalid("invalid port: strconv.ParseUint: parsing " + in_quotes(port) + ": value out of range");
  return {url.scheme == "tls" ? Network::kTls : Network::kTcp,
          place.host.empty() ? kDefaultHost : place.host, port.empty() ? kDefaultPort : port, ""};
}

Endpoint parse_address(const std::string& address) {
  try {
    return address_of(address);
  } catch (const gantry::sdk::Error& error) {
    invalid("invalid fluentd-address (" + address + "): " + error.what());
  }
}

bool flag(const LogOptions& options, const char* key) {
  const std::string value = value_of(options, key);
  return !value.empty() && parse_bool(value);
}

void check_retries(const std::string& value) {
  if (!value.empty() && parse_unsigned(value) > std::numeric_limits<std::int32_t>::max())
    invalid("invalid fluentd-max-retries: value out of range");
}

void check_reconnect_interval(const std::string& key, const std::string& value) {
  if (value.empty()) return;
  std::chrono::nanoseconds interval{};
  try {
    interval = parse_duration(value);
  } catch (const gantry::sdk::Error& error) {
    invalid("invalid value for " + key + ": " + error.what());
  }
  if (interval.count() != 0 &&
      (interval < milliseconds(100) || interval > std::chrono::seconds(10)))
    invalid("invalid value for " + key + ": value (" + in_quotes(value) +
            ") must be between 100ms and 10s");
}

/// What only says how Docker would buffer and try again.
void check_buffering(const LogOptions& options) {
  const std::string limit = value_of(options, "fluentd-buffer-limit");
  if (!limit.empty()) parse_size(limit);
  const std::string wait = value_of(options, "fluentd-retry-wait");
  if (!wait.empty()) parse_duration(wait);
  check_retries(value_of(options, "fluentd-max-retries"));
  const bool both = !value_of(options, "fluentd-async").empty() &&
                    !value_of(options, "fluentd-async-connect").empty();
  if (both)
    invalid("conflicting options: cannot specify both 'fluentd-async' and 'fluentd-async-connect'");
  flag(options, "fluentd-async");
  flag(options, "fluentd-async-connect");
  const std::string interval = "fluentd-async-reconnect-interval";
  check_reconnect_interval(interval, value_of(options, interval));
}

/// 0 and no value: `fallback`.
milliseconds timeout(const LogOptions& options, const std::string& key, milliseconds fallback) {
  const std::string value = value_of(options, key);
  if (value.empty()) return fallback;
  std::chrono::nanoseconds duration{};
  try {
    duration = parse_duration(value);
  } catch (const gantry::sdk::Error& error) {
    invalid("invalid value for " + key + ": value must be a duration: " + error.what());
  }
  if (duration.count() < 0)
    invalid("invalid value for " + key + ": value must be a duration that is non-negative");
  return duration.count() == 0 ? fallback : std::chrono::ceil<milliseconds>(duration);
}

}  // namespace

Settings parse_options(const LogOptions& options) {
  static const std::set<std::string> kKnown = {
      "fluentd-address",      "fluentd-async",        "fluentd-async-connect",
      "fluentd-buffer-limit", "fluentd-max-retries",  "fluentd-async-reconnect-interval",
      "fluentd-request-ack",  "fluentd-retry-wait",   "fluentd-sub-second-precision",
      "fluentd-read-timeout", "fluentd-write-timeout"};
  for (const auto& [key, value] : options)
    if (kKnown.count(key) == 0) invalid("unknown log opt '" + key + "' for fluentd log driver");
  Settings settings;
  settings.endpoint = parse_address(value_of(options, "fluentd-address"));
  check_buffering(options);
  settings.sub_second_precision = flag(options, "fluentd-sub-second-precision");
  settings.request_ack = flag(options, "fluentd-request-ack");
  settings.write_timeout = timeout(options, "fluentd-write-timeout", settings.write_timeout);
  settings.read_timeout = timeout(options, "fluentd-read-timeout", settings.read_timeout);
  return settings;
}

}  // namespace log_remote::fluentd
