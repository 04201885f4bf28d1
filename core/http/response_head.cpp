#include "core/http/response_head.hpp"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

#include <charconv>

#include "core/http/status.hpp"

namespace gantry::http {
namespace {

void append_number(std::string& out, std::uint64_t value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

void ResponseHeadWriter::append_date(std::string& out) {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    date_second_ = now;
    date_ = "Date: " +
            Poco::DateTimeFormatter::format(Poco::Timestamp::fromEpochTime(now),
                                            Poco::DateTimeFormat::HTTP_FORMAT) +
            "\r\n";
  }
  out += date_;
}

void ResponseHeadWriter::append(std::string& out, const ResponseHead& head) {
  out += head.minor_version == 0 ? "HTTP/1.0 " : "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(head.status));
  out += ' ';
  out += reason_of(head.status);
  out += "\r\n";
  out += common_;
  append_date(out);
  if (!head.content_type.empty()) {
    out += "Content-Type: ";
    out += head.content_type;
    out += "\r\n";
  }
  out += head.extra;
  if (head.end == BodyEnd::length) {
    out += "Content-Length: ";
    append_number(out, head.length);
    out += "\r\n";
  } else if (head.end == BodyEnd::chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  }
  if (!head.keep_alive) {
    out += "Connection: close\r\n";
  } else if (head.minor_version == 0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

}  // namespace gantry::http
