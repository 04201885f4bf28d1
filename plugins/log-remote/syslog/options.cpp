#include "syslog/options.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <map>
#include <set>

#include "net/socket.hpp"
#include "options/url.hpp"
#include "options/values.hpp"

namespace log_remote::syslog {

namespace {

constexpr const char* kDefaultPort = "514";

int parse_facility(const std::string& text) {
  static const std::map<std::string, int> kNames = {
      {"kern", 0},      {"user", 1},    {"mail", 2},    {"daemon", 3},  {"auth", 4},
      {"syslog", 5},    {"lpr", 6},     {"news", 7},    {"uucp", 8},    {"cron", 9},
      {"authpriv", 10}, {"ftp", 11},    {"local0", 16}, {"local1", 17}, {"local2", 18},
      {"local3", 19},   {"local4", 20}, {"local5", 21}, {"local6", 22}, {"local7", 23}};
  if (text.empty()) return kNames.at("daemon");
  const auto name = kNames.find(text);
  if (name != kNames.end()) return name->second;
  const auto number = find_integer(text);
  if (!number || *number < 0 || *number > 23) invalid("invalid syslog facility");
  return static_cast<int>(*number);
}

Format parse_format(const std::string& text) {
  if (text.empty()) return Format::kUnix;
  if (text == "rfc3164") return Format::kRfc3164;
  if (text == "rfc5424") return Format::kRfc5424;
  if (text == "rfc5424micro") return Format::kRfc5424Micro;
  invalid("Invalid syslog format");
}

/// Where the machine's own syslog may listen.
std::vector<Endpoint> local_endpoints() {
  std::vector<Endpoint> endpoints;
  for (const Network network : {Network::kUnixgram, Network::kUnix})
    for (const char* path : {"/dev/log", "/var/run/syslog", "/var/run/log"})
      endpoints.push_back({network, "", "", path});
  return endpoints;
}

Endpoint unix_endpoint(const Url& url) {
  struct stat unused {};
  if (::stat(url.path.c_str(), &unused) != 0)
    invalid("stat " + url.path + ": " + lower_error(errno));
  return {url.scheme == "unix" ? Network::kUnix : Network::kUnixgram, "", "", url.path};
}

std::vector<Endpoint> parse_address(const std::string& address) {
  if (address.empty()) return local_endpoints();
  const Url url = parse_url(address);
  if (url.scheme == "unix" || url.scheme == "unixgram") return {unix_endpoint(url)};
  static const std::map<std::string, Network> kNetworks = {
      {"udp", Network::kUdp}, {"tcp", Network::kTcp}, {"tcp+tls", Network::kTls}};
  const auto network = kNetworks.find(url.scheme);
  if (network == kNetworks.end()) invalid("unsupported scheme: '" + url.scheme + "'");
  const HostPort place = split_host_port(url.host);
  return {{network->second, place.host.empty() ? "localhost" : place.host,
           checked_port(place.port.value_or(kDefaultPort)), ""}};
}

}  // namespace

Settings parse_options(const LogOptions& options) {
  static const std::set<std::string> kKnown = {
      "syslog-address",  "syslog-facility", "syslog-format",         "syslog-tls-ca-cert",
      "syslog-tls-cert", "syslog-tls-key",  "syslog-tls-skip-verify"};
  for (const auto& [key, value] : options)
    if (kKnown.count(key) == 0) invalid("unknown log opt '" + key + "' for syslog log driver");
  Settings settings;
  settings.endpoints = parse_address(value_of(options, "syslog-address"));
  settings.facility = parse_facility(value_of(options, "syslog-facility"));
  settings.format = parse_format(value_of(options, "syslog-format"));
  if (settings.endpoints[0].network != Network::kTls) return settings;
  settings.octet_counting =
      settings.format == Format::kRfc5424 || settings.format == Format::kRfc5424Micro;
  TlsOptions& tls = settings.endpoints[0].tls;
  tls.ca_file = value_of(options, "syslog-tls-ca-cert");
  tls.cert_file = value_of(options, "syslog-tls-cert");
  tls.key_file = value_of(options, "syslog-tls-key");
  tls.skip_verify = options.count("syslog-tls-skip-verify") != 0;  // whatever its value, as Docker
  return settings;
}

}  // namespace log_remote::syslog
