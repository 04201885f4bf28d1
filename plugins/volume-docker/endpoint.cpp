#include "endpoint.hpp"

#include <cctype>
#include <gantry/cpp/json.hpp>

namespace volume_docker {

namespace sdk = gantry::sdk;

namespace {

[[noreturn]] void invalid(const std::string& what) { throw sdk::Error(GANTRY_INVALID, what); }

std::string_view trimmed(std::string_view text) {
  const auto space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

/// Escaped as the host part of a URL.
std::string escaped(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || std::string_view("-_.~").find(c) != std::string_view::npos)
      out += c;
    else
      (out += '%') += {kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

void split_host(std::string_view authority, Endpoint& endpoint) {
  const auto bracket = authority.find(']');
  const auto colon = authority.rfind(':');
  if (authority.starts_with('[')) {
    if (bracket == std::string_view::npos || colon != bracket + 1)
      invalid("address " + std::string(authority) + ": missing port in address");
    endpoint.host = authority.substr(1, bracket - 1);
  } else {
    if (colon == std::string_view::npos)
      invalid("address " + std::string(authority) + ": missing port in address");
    endpoint.host = authority.substr(0, colon);
    if (endpoint.host.find(':') != std::string::npos)
      invalid("address " + std::string(authority) + ": too many colons in address");
  }
  endpoint.port = authority.substr(colon + 1);
  bool digits = !endpoint.port.empty() && endpoint.port.size() <= 5;
  for (const char c : endpoint.port) digits = digits && c >= '0' && c <= '9';
  if (endpoint.host.empty() || !digits || std::stoi(endpoint.port) > 65535)
    invalid("address " + std::string(authority) + ": invalid port");
}

}  // namespace

std::string Endpoint::url(std::string_view method) const {
  std::string text = tls ? "https://" : "http://";
  if (!socket.empty())
    text += escaped(socket);
  else
    text += (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
  return text + "/" + std::string(method);
}

std::string Endpoint::dial() const {
  return socket.empty() ? "dial tcp " + host + ":" + port : "dial unix " + socket;
}

bool Endpoint::operator==(const Endpoint& other) const {
  return socket == other.socket && host == other.host && port == other.port && tls == other.tls &&
         tls_options.skip_verify == other.tls_options.skip_verify &&
         tls_options.ca_file == other.tls_options.ca_file &&
         tls_options.cert_file == other.tls_options.cert_file &&
         tls_options.key_file == other.tls_options.key_file;
}

Endpoint parse_address(std::string_view address) {
  for (const char c : address)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) invalid("invalid character in address");
  const auto mark = address.find("://");
  if (mark == std::string_view::npos || mark == 0) invalid("Unknown protocol");
  const std::string_view scheme = address.substr(0, mark);
  std::string_view rest = address.substr(mark + 3);
  Endpoint endpoint;
  if (scheme == "unix") {
    if (!rest.starts_with('/'))
      invalid("unix socket \"" + std::string(rest) + "\" is not absolute");
    endpoint.socket = rest;
    return endpoint;
  }
  if (scheme != "tcp" && scheme != "http" && scheme != "https")
    invalid("protocol \"" + std::string(scheme) + "\" is not supported");
  endpoint.tls = scheme == "https";
  split_host(rest.substr(0, rest.find('/')), endpoint);
  return endpoint;
}

Endpoint parse_spec(std::string_view text) { return parse_address(trimmed(text)); }

Endpoint parse_json_spec(std::string_view text) {
  const sdk::Object object(text);
  Endpoint endpoint = parse_address(object.string("Addr"));
  const auto tls = object.document().FindMember("TLSConfig");
  if (tls == object.document().MemberEnd() || tls->value.IsNull()) return endpoint;
  if (!tls->value.IsObject()) invalid("\"TLSConfig\" must be an object");
  const auto skip = tls->value.FindMember("InsecureSkipVerify");
  if (skip != tls->value.MemberEnd()) {
    if (!skip->value.IsBool()) invalid("\"TLSConfig.InsecureSkipVerify\" must be a boolean");
    endpoint.tls_options.skip_verify = skip->value.GetBool();
  }
  endpoint.tls_options.ca_file = sdk::Object::string_in(tls->value, "CAFile");
  endpoint.tls_options.cert_file = sdk::Object::string_in(tls->value, "CertFile");
  endpoint.tls_options.key_file = sdk::Object::string_in(tls->value, "KeyFile");
  if (endpoint.tls_options.ca_file.empty()) endpoint.tls_options.skip_verify = true;
  return endpoint;
}

}  // namespace volume_docker
