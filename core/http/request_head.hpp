// Parsing of an HTTP/1.x request head in place: the fields are views into the given bytes. Strict
// where leniency would let two readers of one connection disagree about where a message ends (RFC
// 9112 6.1, 11.2). Pure: any thread. Errors: Error{invalid}, or Error{unsupported} for a transfer
// coding.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gantry::http {

struct HeaderField {
  std::string_view name;
  std::string_view value;  // without blanks around it
};

struct RequestHead {
  std::string_view method;
  std::string_view target;
  int minor_version = 1;  // of HTTP/1.x
  std::vector<HeaderField> fields;

  // What the fields say about the message and the connection.
  std::uint64_t content_length = 0;
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;
  bool has_upgrade = false;

  bool has_body() const { return chunked || content_length > 0; }
  /// Value of the first field of that name (any case); nullopt when there is none.
  std::optional<std::string_view> find(std::string_view name) const;
  std::vector<std::string> find_all(std::string_view name) const;
};

/// Size of the head at the begin of `data` including its blank line, or 0 when it is not complete.
/// `scanned` carries the progress between calls on growing data; it starts at 0. Blank lines before
/// a request are no part of its head: the caller skips them (RFC 9112 2.2).
size_t find_head_end(std::string_view data, size_t& scanned);

/// Parses a complete head (as measured by find_head_end). Reuses the memory of `head`.
void parse_head(std::string_view data, RequestHead& head);

}  // namespace gantry::http
