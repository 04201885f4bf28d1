#include "device_address.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <memory>

namespace volume_local {

namespace sdk = gantry::sdk;

namespace {

bool is_address(const std::string& host) {
  unsigned char address[16];
  return ::inet_pton(AF_INET, host.c_str(), address) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address) == 1;
}

std::string resolve(const std::string& host) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  if (const int fault = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); fault != 0)
    throw sdk::Error(GANTRY_UNAVAILABLE,
                     "error resolving passed in network volume address: lookup " + host + ": " +
                         ::gai_strerror(fault));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, ::freeaddrinfo);
  char text[INET6_ADDRSTRLEN] = "";
  if (::getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0,
                    NI_NUMERICHOST) != 0)
    throw sdk::Error(GANTRY_INTERNAL, "cannot print the address of " + host);
  return text;
}

/// The value of `key` in "a=1,b=2", with its place.
std::string option_value(const std::string& options, const std::string& key, size_t& at) {
  for (size_t start = 0; start <= options.size();) {
    size_t end = options.find(',', start);
    if (end == std::string::npos) end = options.size();
    if (options.compare(start, key.size() + 1, key + "=") == 0) {
      at = start + key.size() + 1;
      return options.substr(at, end - at);
    }
    start = end + 1;
  }
  return {};
}

}  // namespace

MountOptions with_addresses(MountOptions options) {
  if (options.type != "nfs" && options.type != "nfs4" && options.type != "cifs") return options;
  size_t at = 0;
  if (const std::string host = option_value(options.options, "addr", at); !host.empty()) {
    if (!is_address(host)) options.options.replace(at, host.size(), resolve(host));
    return options;
  }
  if (options.type != "cifs" || options.device.rfind("//", 0) != 0) return options;
  const auto end = options.device.find('/', 2);
  const std::string host = options.device.substr(2, end == std::string::npos ? end : end - 2);
  if (!host.empty() && !is_address(host)) options.device.replace(2, host.size(), resolve(host));
  return options;
}

std::string without_password(std::string text, const std::string& options) {
  size_t at = 0;
  const std::string password = option_value(options, "password", at);
  if (password.empty()) return text;
  const std::string secret = "password=" + password;
  for (size_t found; (found = text.find(secret)) != std::string::npos;)
    text.replace(found, secret.size(), "password=********");
  return text;
}

}  // namespace volume_local
