#include "core/domain/bridge_options.hpp"

#include <algorithm>
#include <array>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/ip_address.hpp"

namespace gantry::domain {
namespace {

constexpr const char* kInhibitIpv4 = "com.docker.network.bridge.inhibit_ipv4";
constexpr const char* kMode4 = "com.docker.network.bridge.gateway_mode_ipv4";
constexpr const char* kMode6 = "com.docker.network.bridge.gateway_mode_ipv6";
constexpr const char* kTrusted = "com.docker.network.bridge.trusted_host_interfaces";
constexpr const char* kHostIpv4 = "com.docker.network.host_ipv4";
constexpr const char* kHostIpv6 = "com.docker.network.host_ipv6";
constexpr const char* kPrefix = "com.docker.network.container_iface_prefix";
constexpr std::array<std::string_view, 4> kModes = {"nat", "nat-unprotected", "routed", "isolated"};
constexpr size_t kInterfaceNameSize = 15;

class Reader {
 public:
  explicit Reader(const std::map<std::string, std::string>& options) : options_(options) {}

  const std::string* find(const char* name) const {
    const auto it = options_.find(name);
    return it == options_.end() ? nullptr : &it->second;
  }
  void flag(const char* name, bool& out) const {
    const std::string* value = find(name);
    if (value == nullptr) return;
    const auto parsed = text::to_bool(*value);
    if (!parsed)
      fail(name, *value, "strconv.ParseBool: parsing \"" + *value + "\": invalid syntax");
    out = *parsed;
  }
  void mode(const char* name, GatewayMode& out) const {
    const std::string* value = find(name);
    if (value == nullptr) return;
    const auto* it = std::find(kModes.begin(), kModes.end(), *value);
    if (it == kModes.end()) fail(name, *value, "unknown gateway mode " + *value);
    out = static_cast<GatewayMode>(it - kModes.begin());
  }
  void address(const char* name, IpFamily family, std::string& out) const {
    const std::string* value = find(name);
    if (value == nullptr || value->empty()) return;
    const auto parsed = parse_ip(*value, family);
    if (!parsed) fail(name, *value, "nil ip");
    out = parsed->str();
  }
  void interface(const char* name, size_t limit, std::string& out) const {
    const std::string* value = find(name);
    if (value == nullptr || value->empty()) return;
    if (value->size() > limit || !is_interface_name(*value))
      fail(name, *value, "not an interface name");
    out = *value;
  }
  void interfaces(const char* name, std::vector<std::string>& out) const {
    const std::string* value = find(name);
    if (value == nullptr) return;
    for (std::string& item : text::split(*value, ':')) {
      if (item.empty()) continue;
      if (!is_interface_name(item)) fail(name, *value, "not an interface name");
      out.push_back(std::move(item));
    }
  }

  [[noreturn]] static void fail(const char* name, const std::string& value,
                                const std::string& why) {
    throw Error(Errc::invalid,
                std::string("failed to parse ") + name + " value: " + value + " (" + why + ")");
  }

 private:
  const std::map<std::string, std::string>& options_;
};

}  // namespace

std::string_view to_string(GatewayMode mode) { return kModes[static_cast<size_t>(mode)]; }

std::optional<unsigned> mtu_option(const std::map<std::string, std::string>& options) {
  const Reader reader(options);
  const std::string* value = reader.find(kOptionMtu);
  if (value == nullptr) return std::nullopt;
  const auto mtu = text::to_int(*value);
  if (!mtu)
    Reader::fail(kOptionMtu, *value, "strconv.Atoi: parsing \"" + *value + "\": invalid syntax");
  if (*mtu < 0 || *mtu > 65535)
    throw Error(Errc::invalid, "invalid MTU number: " + std::to_string(*mtu));
  if (*mtu == 0) return std::nullopt;
  return static_cast<unsigned>(*mtu);
}

bool is_interface_name(const std::string& text) {
  return !text.empty() && text.size() <= kInterfaceNameSize && text != "." && text != ".." &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) {
           return c <= ' ' || c == '/' || c == ':' || c == '"' || c > '~';
         });
}

BridgeOptions parse_bridge_options(const std::map<std::string, std::string>& options) {
  const Reader reader(options);
  BridgeOptions parsed;
  reader.interface(kOptionBridge, kInterfaceNameSize, parsed.bridge);
  reader.flag(kOptionIcc, parsed.icc);
  reader.flag(kOptionMasquerade, parsed.masquerade);
  reader.flag(kInhibitIpv4, parsed.inhibit_ipv4);
  reader.mode(kMode4, parsed.mode4);
  reader.mode(kMode6, parsed.mode6);
  reader.interfaces(kTrusted, parsed.trusted_interfaces);
  parsed.mtu = mtu_option(options);
  reader.address(kOptionHostBinding, IpFamily::v4, parsed.host_binding);
  reader.address(kHostIpv4, IpFamily::v4, parsed.host_ipv4);
  reader.address(kHostIpv6, IpFamily::v6, parsed.host_ipv6);
  // Room for a number behind it.
  reader.interface(kPrefix, kInterfaceNameSize - 3, parsed.interface_prefix);
  return parsed;
}

}  // namespace gantry::domain
