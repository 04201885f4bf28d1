#include "syslog/messages.hpp"

#include "text/timestamp.hpp"

namespace log_remote::syslog {

namespace {

constexpr int kError = 3, kInformational = 6;  // severities

}  // namespace

Messages::Messages(const Settings& settings, std::string host, std::string tag, int process_id)
    : facility_(settings.facility),
      format_(settings.format),
      octet_counting_(settings.octet_counting),
      host_(std::move(host)),
      tag_(std::move(tag)),
      process_id_(std::to_string(process_id)) {}

void Messages::encode(const gantry::sdk::LogLine& line, Packets& out) {
  if (line.text().empty()) return;
  std::string message = head(line);
  message += line.text();
  message += '\n';  // in datagrams, too
  if (octet_counting_) message = std::to_string(message.size()) + " " + message;
  out.push_back(std::move(message));
}

std::string Messages::head(const gantry::sdk::LogLine& line) const {
  const std::string priority =
      "<" + std::to_string(facility_ * 8 + (line.is_stderr() ? kError : kInformational)) + ">";
  const std::string process = tag_ + "[" + process_id_ + "]: ";
  switch (format_) {
    case Format::kUnix:
      return priority + syslog_stamp(line.time_ns()) + " " + process;
    case Format::kRfc3164:
      return priority + syslog_stamp(line.time_ns()) + " " + host_ + " " + process;
    case Format::kRfc5424:
    case Format::kRfc5424Micro:
      break;
  }
  // The tag is the name of the application, too, because rsyslog makes its own tag of that.
  return priority + "1 " + rfc3339_local(line.time_ns(), format_ == Format::kRfc5424Micro) + " " +
         host_ + " " + tag_ + " " + process_id_ + " " + tag_ + " - ";
}

}  // namespace log_remote::syslog
