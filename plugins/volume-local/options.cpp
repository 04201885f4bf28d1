#include "options.hpp"

#include <cctype>
#include <cstdlib>

namespace volume_local {

namespace sdk = gantry::sdk;

namespace {

[[noreturn]] void invalid(const std::string& what) { throw sdk::Error(GANTRY_INVALID, what); }

/// True for "0", "0b", "0 kB" …; throws for what is no size.
bool is_zero_size(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  std::string suffix;
  for (const char* c = end; *c; ++c)
    if (!std::isspace(static_cast<unsigned char>(*c)))
      suffix += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
  if (suffix.size() > 1 && suffix.back() == 'b') suffix.pop_back();
  if (suffix.size() > 1 && suffix.back() == 'i') suffix.pop_back();
  const bool known = suffix.empty() || (suffix.size() == 1 &&
                                        std::string("bkmgtp").find(suffix) != std::string::npos);
  if (text.empty() || end == text.c_str() || number < 0 || !known)
    invalid("invalid size: '" + text + "'");
  return number == 0;
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
  const MountOptions mount{value_of("type"), value_of("device"), value_of("o")};
  if (mount.type == "cifs" && has_port(mount.device))
    invalid("port not allowed in CIFS device URL, include 'port' in 'o='");
  if (options.count("size") && !is_zero_size(value_of("size")))
    invalid("quota size requested but no quota support");
  const bool type = options.count("type"), device = options.count("device"), o = options.count("o");
  if ((device || o) && !type) invalid("missing required option: \"type\"");
  if ((type || o) && !device) invalid("missing required option: \"device\"");
  return mount;
}

}  // namespace volume_local
