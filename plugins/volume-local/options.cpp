#include "options.hpp"

#include <cctype>
#include <cmath>
#include <cstdlib>

namespace volume_local {

namespace sdk = gantry::sdk;

namespace {

[[noreturn]] void invalid(const std::string& what) { throw sdk::Error(GANTRY_INVALID, what); }

/// Bytes of "10M", "1.5g", "64 KiB", "0" …, by powers of 1024 as dockerd counts.
std::uint64_t parse_size(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  std::string unit;
  for (const char* c = end; *c; ++c)
    if (!std::isspace(static_cast<unsigned char>(*c)))
      unit += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
  if (unit.size() > 1 && unit.back() == 'b') unit.pop_back();
  if (unit.size() > 1 && unit.back() == 'i') unit.pop_back();
  const auto power = unit.empty() ? 0 : std::string("bkmgtp").find(unit);
  const double bytes = std::ldexp(number, 10 * static_cast<int>(power));
  const bool known = unit.size() <= 1 && power != std::string::npos;
  // What cannot be counted in bytes is no size either: infinite, not a number, too much.
  if (end == text.c_str() || !known || !(bytes >= 0 && bytes < std::ldexp(1.0, 63)))
    invalid("invalid size: '" + text + "'");
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
  const bool type = options.count("type"), device = options.count("device"), o = options.count("o");
  if ((device || o) && !type) invalid("missing required option: \"type\"");
  if ((type || o) && !device) invalid("missing required option: \"device\"");
  if (mount.size != 0 && mount.needs_mount())
    invalid(
        "option \"size\" limits a directory; the size of a mounted filesystem is set in \"o\", as "
        "in "
        "\"o=size=…\" of a tmpfs");
  return mount;
}

}  // namespace volume_local
