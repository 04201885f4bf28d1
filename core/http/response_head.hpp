// Writes the head of an answer into a buffer. One thread per object.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::http {

/// How the end of the body is told to the client.
enum class BodyEnd {
  none,    // no body and no length: 1xx, 204, 304
  length,  // Content-Length
  chunked,
  close,  // HTTP/1.0 streams
};

struct ResponseHead {
  int status = 200;
  int minor_version = 1;  // of the request: HTTP/1.0 gets HTTP/1.0
  std::string_view content_type;
  std::string_view extra;  // complete lines
  BodyEnd end = BodyEnd::length;
  std::uint64_t length = 0;
  bool keep_alive = true;
};

class ResponseHeadWriter {
 public:
  /// `common`: complete lines that every answer carries (behaviours.md 1.3). Borrowed.
  explicit ResponseHeadWriter(std::string_view common) : common_(common) {}
  void append(std::string& out, const ResponseHead& head);

 private:
  void append_date(std::string& out);

  std::string_view common_;
  std::time_t date_second_ = -1;
  std::string date_;  // of that second: a busy connection formats it once
};

}  // namespace gantry::http
