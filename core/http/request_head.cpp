#include "core/http/request_head.hpp"

#include <array>
#include <cstring>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::http {
namespace {

constexpr size_t kMaxFields = 128;

/// tchar of RFC 9110 5.6.2: methods and field names consist of these.
constexpr std::array<bool, 256> token_bytes() {
  std::array<bool, 256> token{};
  for (size_t c = '0'; c <= '9'; ++c) token[c] = true;
  for (size_t c = 'a'; c <= 'z'; ++c) token[c] = token[c - 32] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) token[static_cast<size_t>(c)] = true;
  return token;
}

constexpr auto kToken = token_bytes();

bool is_token(std::string_view s) {
  if (s.empty()) return false;
  for (const char c : s)
    if (!kToken[static_cast<unsigned char>(c)]) return false;
  return true;
}

bool has_control(std::string_view s, bool tab_allowed) {
  for (const char c : s) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && !(tab_allowed && byte == '\t')) || byte == 0x7f) return true;
  }
  return false;
}

[[noreturn]] void malformed(const char* what) {
  throw Error(Errc::invalid, std::string("malformed HTTP request: ") + what);
}

std::string_view trim_blanks(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

/// Calls fn for each element of a comma-separated list.
template <typename Fn>
void each_element(std::string_view list, Fn fn) {
  for (;;) {
    const size_t comma = list.find(',');
    fn(trim_blanks(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

/// The next line without its end, which is CRLF or (RFC 9112 2.2) a lone LF.
std::string_view take_line(std::string_view& data) {
  const size_t newline = data.find('\n');
  if (newline == std::string_view::npos) malformed("incomplete head");
  std::string_view line = data.substr(0, newline);
  data.remove_prefix(newline + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

void parse_request_line(std::string_view line, RequestHead& head) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) malformed("request line");
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(head.method)) malformed("method");
  if (head.target.empty() || has_control(head.target, false) ||
      head.target.find(' ') != std::string_view::npos)
    malformed("request target");
  if (version == "HTTP/1.1") {
    head.minor_version = 1;
  } else if (version == "HTTP/1.0") {
    head.minor_version = 0;
  } else {
    malformed("unsupported protocol version");
  }
}

/// Seen at most once each; a second one could be read differently by someone in between.
struct Framing {
  bool content_length = false;
  bool transfer_encoding = false;
  bool host = false;
  bool close = false;
  bool keep_alive = false;
};

void once(bool& seen, const char* complaint) {
  if (seen) malformed(complaint);
  seen = true;
}

std::uint64_t parse_length(std::string_view value) {
  if (value.empty() || value.size() > 18) malformed("Content-Length");
  std::uint64_t length = 0;
  for (const char c : value) {
    if (c < '0' || c > '9') malformed("Content-Length");
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return length;
}

/// Only the fields that the connection itself acts upon; told apart by length first, since this
/// runs for every field of every request.
void interpret(const HeaderField& field, RequestHead& head, Framing& framing) {
  const auto is = [&](std::string_view name) { return text::iequals(field.name, name); };
  switch (field.name.size()) {
    case 4:
      if (is("Host")) once(framing.host, "more than one Host");
      break;
    case 6:
      if (is("Expect")) {
        if (!text::iequals(field.value, "100-continue")) malformed("Expect");
        head.expects_continue = true;
      }
      break;
    case 7:
      if (is("Upgrade")) head.has_upgrade = true;
      break;
    case 10:
      if (is("Connection"))
        each_element(field.value, [&](std::string_view option) {
          framing.close |= text::iequals(option, "close");
          framing.keep_alive |= text::iequals(option, "keep-alive");
        });
      break;
    case 14:
      if (is("Content-Length")) {
        once(framing.content_length, "more than one Content-Length");
        head.content_length = parse_length(field.value);
      }
      break;
    case 17:
      if (is("Transfer-Encoding")) {
        once(framing.transfer_encoding, "more than one Transfer-Encoding");
        if (!text::iequals(field.value, "chunked"))
          throw Error(Errc::unsupported, "unsupported transfer encoding");
        head.chunked = true;
      }
      break;
    default:
      break;
  }
}

}  // namespace

std::optional<std::string_view> RequestHead::find(std::string_view name) const {
  for (const HeaderField& field : fields)
    if (text::iequals(field.name, name)) return field.value;
  return std::nullopt;
}

std::vector<std::string> RequestHead::find_all(std::string_view name) const {
  std::vector<std::string> values;
  for (const HeaderField& field : fields)
    if (text::iequals(field.name, name)) values.emplace_back(field.value);
  return values;
}

size_t find_head_end(std::string_view data, size_t& scanned) {
  const char* const begin = data.data();
  const char* const end = begin + data.size();
  const char* at = begin + scanned;
  for (;;) {
    const auto* newline =
        at == end ? nullptr
                  : static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
    if (newline == nullptr) {
      scanned = data.size();
      return 0;
    }
    const char* next = newline + 1;
    if (next != end && *next == '\r') ++next;
    if (next == end) {
      scanned = static_cast<size_t>(newline - begin);  // the line after it is not known yet
      return 0;
    }
    if (*next == '\n') return static_cast<size_t>(next + 1 - begin);
    at = newline + 1;
  }
}

void parse_head(std::string_view data, RequestHead& head) {
  head.fields.clear();
  head.content_length = 0;
  head.chunked = head.expects_continue = head.has_upgrade = false;

  parse_request_line(take_line(data), head);

  Framing framing;
  for (;;) {
    const std::string_view line = take_line(data);
    if (line.empty()) break;
    // A folded line begins with a blank and a name followed by one is no token: both are refused
    // here.
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) malformed("header field without a colon");
    const HeaderField field{line.substr(0, colon), trim_blanks(line.substr(colon + 1))};
    if (!is_token(field.name)) malformed("header field name");
    if (has_control(field.value, true)) malformed("header field value");
    if (head.fields.size() == kMaxFields) malformed("too many header fields");
    head.fields.push_back(field);
    interpret(field, head, framing);
  }
  if (framing.content_length && framing.transfer_encoding)
    malformed("both Content-Length and Transfer-Encoding");
  if (framing.transfer_encoding && head.minor_version == 0)
    malformed("Transfer-Encoding in HTTP/1.0");
  if (head.minor_version == 0) head.expects_continue = false;  // RFC 9110 10.1.1
  head.keep_alive = !framing.close && (head.minor_version == 1 || framing.keep_alive);
}

}  // namespace gantry::http
