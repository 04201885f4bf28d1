#include "core/grpc/response.hpp"

#include <charconv>
#include <string_view>

#include "core/grpc/content_type.hpp"
#include "core/grpc/status_message.hpp"

namespace gantry::grpc {
namespace {

int number_in(std::string_view text) {
  int number = -1;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size() ? number : -1;
}

Code code_in(std::string_view text) {
  const int number = number_in(text);
  return number >= 0 && number <= static_cast<int>(Code::unauthenticated)
             ? static_cast<Code>(number)
             : Code::unknown;
}

/// gRPC, "HTTP to gRPC Status Code Mapping".
Code code_of_http(int status) {
  switch (status) {
    case 400:
      return Code::internal;
    case 401:
      return Code::unauthenticated;
    case 403:
      return Code::permission_denied;
    case 404:
      return Code::unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return Code::unavailable;
    default:
      return Code::unknown;
  }
}

}  // namespace

void Response::add(const Metadata& fields) {
  for (const auto& [name, value] : fields) {
    if (name == ":status") {
      http_status_ = number_in(value);
    } else if (name == "content-type") {
      content_type_ = value;
    } else if (name == "grpc-status") {
      code_ = code_in(value);
    } else if (name == "grpc-message") {
      message_ = decode_status_message(value);
    }
  }
}

bool Response::is_grpc() const {
  const bool interim = http_status_ >= 100 && http_status_ < 200;
  return interim || code_ || (http_status_ == 200 && grpc::is_grpc(content_type_));
}

Status Response::status() const {
  if (code_) return {*code_, message_};
  if (http_status_ != 200)
    return {code_of_http(http_status_),
            "the server answered with HTTP status " + std::to_string(http_status_)};
  if (!is_grpc())
    return {Code::unknown, "the server answered with content type \"" + content_type_ + "\""};
  return {Code::internal, "the server ended the call without a status"};
}

}  // namespace gantry::grpc
