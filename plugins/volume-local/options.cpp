#include "options.hpp"

#include <cctype>
#include <charconv>
#include <cmath>

namespace volume_local {

namespace sdk = gantry::sdk;

namespace {

[[noreturn]] void invalid(const std::string& what) { throw sdk::Error(GANTRY_INVALID, what); }

/// Bytes of "10M", "1.5g", "64 KiB", "0" …, by powers of 1024: what dockerd reads as a size, and
/// nothing else.
std::uint64_t parse_size(const std::string& text) {
  const auto last = text.find_last_of("0123456789. ");
  if (last == std::string::npos) invalid("invalid size: '" + text + "'");
  const std::string number = text.substr(0, text[last] == ' ' ? last : last + 1);
  std::string unit = text.substr(last + 1);
  for (char& c : unit) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));

  double bytes = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bytes);
  if (error != std::errc() || end != number.data() + number.size() || !(bytes >= 0))
    invalid("invalid size: '" + text + "'");
  const auto power = unit.empty() ? 0 : std::string("bkmgtp").find(unit[0]);
  const std::string rest = unit.empty() ? "" : unit.substr(1);
  const bool known = rest.empty() || (power != 0 && (rest == "b" || rest == "ib"));
  if (power == std::string::npos || !known) invalid("invalid suffix: '" + unit + "'");
  bytes = std::ldexp(bytes, 10 * static_cast<int>(power));
  if (!(bytes < std::ldexp(1.0, 63))) invalid("invalid size: '" + text + "'");
  return static_cast<std::uint64_t>(bytes);
}

bool has_port(const std::string& device) {
  // //host:port/share or scheme://host:port/share
  const auto start = device.find("//");
  if (start == std::string::npos) return false;
  const auto end = device.find('/', start + 2);
  const std::string host =
      device.substr(start + 2, end == std::string::npos ? end : end - start - 2);
  const auto bracket = host.rfind(']');
  const auto colon = host.rfind(':');
  return colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
}

}  // namespace

MountOptions parse_options(const sdk::Options& options) {
  for (const auto& [key, value] : options)
    if (key != "type" && key != "device" && key != "o" && key != "size")
      invalid("invalid option: \"" + key + "\"");
  const auto value_of = [&](const char* key) {
    const auto it = options.find(key);
    return it == options.end() ? std::string() : it->second;
  };
  MountOptions mount{value_of("type"), value_of("device"), value_of("o")};
  if (mount.type == "cifs" && has_port(mount.device))
    invalid("port not allowed in CIFS device URL, include 'port' in 'o='");
  if (options.count("size")) mount.size = parse_size(value_of("size"));
  if (mount.size != 0 && (mount.needs_mount() || options.count("o")))
    invalid(
        "quota size requested but no quota support: a mounted filesystem has its size in \"o\"");
  const bool type = options.count("type"), device = options.count("device"), o = options.count("o");
  if ((device || o) && !type) invalid("missing required option: \"type\"");
  if ((type || o) && !device) invalid("missing required option: \"device\"");
  return mount;
}

}  // namespace volume_local
