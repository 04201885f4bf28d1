#include "options/url.hpp"

#include <algorithm>
#include <cctype>

#include "options/values.hpp"

namespace log_remote {

namespace {

[[noreturn]] void wrong(const std::string& text, const std::string& why) {
  invalid("parse " + in_quotes(text) + ": " + why);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = std::tolower(static_cast<unsigned char>(c));
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

std::string unescaped(const std::string& text, std::string_view part) {
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '%') {
      out += part[i];
      continue;
    }
    const int high = i + 1 < part.size() ? hex_value(part[i + 1]) : -1;
    const int low = i + 2 < part.size() ? hex_value(part[i + 2]) : -1;
    if (high < 0 || low < 0) wrong(text, "invalid URL escape " + in_quotes(part.substr(i, 3)));
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

/// Length of the scheme, without its colon; 0: there is none.
std::size_t scheme_length(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (std::isalpha(static_cast<unsigned char>(c))) continue;
    if (c == ':' && i == 0) wrong(text, "missing protocol scheme");
    if (c == ':') return i;
    const bool later =
        std::isdigit(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.';
    if (!later || i == 0) return 0;
  }
  return 0;
}

void check_host(const std::string& text, std::string_view host) {
  std::string_view after = host;  // what must be empty or a port
  if (host.starts_with('[')) {
    const auto bracket = host.rfind(']');
    if (bracket == std::string_view::npos) wrong(text, "missing ']' in host");
    after = host.substr(bracket + 1);
  } else {
    const auto bad = host.find_first_of(" \"<>\\^`{|}%");
    if (bad != std::string_view::npos)
      wrong(text, "invalid character " + in_quotes(host.substr(bad, 1)) + " in host name");
    const auto colon = host.rfind(':');
    after = colon == std::string_view::npos ? std::string_view() : host.substr(colon);
  }
  if (after.empty()) return;
  if (after[0] != ':' || after.find_first_not_of("0123456789", 1) != std::string_view::npos)
    wrong(text, "invalid port " + in_quotes(after) + " after host");
}

}  // namespace

Url parse_url(const std::string& text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      wrong(text, "net/url: invalid control character in URL");
  Url url;
  const std::size_t length = scheme_length(text);
  std::string_view rest = text;
  rest = rest.substr(0, rest.find('#'));
  if (length != 0) {
    url.scheme = text.substr(0, length);
    std::transform(url.scheme.begin(), url.scheme.end(), url.scheme.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    rest.remove_prefix(length + 1);
  }
  rest = rest.substr(0, rest.find('?'));
  if (length == 0 && !rest.starts_with('/') &&
      rest.substr(0, rest.find('/')).find(':') != std::string_view::npos)
    wrong(text, "first path segment in URL cannot contain colon");
  if (length != 0 && !rest.starts_with('/')) return url;  // "tcp:something" says nothing to us
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    std::string_view host = rest.substr(0, rest.find('/'));
    rest.remove_prefix(host.size());
    host = host.substr(host.rfind('@') + 1);  // nobody logs in
    check_host(text, host);
    url.host = host;
  }
  url.path = unescaped(text, rest);
  return url;
}

HostPort split_host_port(const std::string& text) {
  const auto wrong_address = [&](const char* why) { invalid("address " + text + ": " + why); };
  const auto colon = text.rfind(':');
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string::npos) wrong_address("missing ']' in address");
    const std::string host = text.substr(1, bracket - 1);
    if (bracket + 1 == text.size()) return {host, std::nullopt};
    if (colon != bracket + 1) wrong_address("too many colons in address");
    return {host, text.substr(colon + 1)};
  }
  if (colon == std::string::npos) return {text, std::nullopt};
  if (text.find(':') != colon) wrong_address("too many colons in address");
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::string checked_port(const std::string& port) {
  const auto number = find_integer(port);
  if (port.empty() || !number || *number < 0 || *number > 65535)
    invalid("address " + port + ": invalid port");
  return port;
}

}  // namespace log_remote
