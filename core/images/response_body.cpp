#include "core/images/response_body.hpp"

#include <algorithm>
#include <string_view>

#include "core/base/error.hpp"

namespace gantry::images {
namespace {

constexpr std::size_t kFramingPiece = 4096;

[[noreturn]] void cut_short() { throw Error(Errc::unavailable, "unexpected EOF"); }

}  // namespace

ResponseBody ResponseBody::of_length(std::uint64_t length) {
  ResponseBody body;
  body.left_ = length;
  body.done_ = length == 0;
  return body;
}

ResponseBody ResponseBody::chunked() {
  ResponseBody body;
  body.chunks_.emplace();
  body.done_ = false;
  return body;
}

ResponseBody ResponseBody::until_end() {
  ResponseBody body;
  body.done_ = false;
  body.usable_ = false;
  return body;
}

std::size_t ResponseBody::read(char* buffer, std::size_t size, const Source& source) {
  if (done_ || size == 0) return 0;
  if (left_) return read_known(buffer, size, source);
  if (chunks_) return read_chunked(buffer, size, source);
  const std::size_t n = source(buffer, size);
  done_ = n == 0;
  return n;
}

std::size_t ResponseBody::read_known(char* buffer, std::size_t size, const Source& source) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, *left_));
  const std::size_t n = source(buffer, wanted);
  if (n == 0) cut_short();
  *left_ -= n;
  done_ = *left_ == 0;
  return n;
}

std::size_t ResponseBody::read_chunked(char* buffer, std::size_t size, const Source& source) {
  for (;;) {
    if (chunks_->done()) {
      done_ = true;
      usable_ = at_ == input_.size();
      return 0;
    }
    if (const std::uint64_t payload = chunks_->payload_left(); payload > 0) {
      auto n = static_cast<std::size_t>(std::min<std::uint64_t>(size, payload));
      if (at_ < input_.size()) {
        n = input_.copy(buffer, n, at_);
        at_ += n;
      } else if ((n = source(buffer, n)) == 0) {
        cut_short();
      }
      chunks_->took_payload(n);
      return n;
    }
    if (at_ == input_.size()) {
      input_.resize(kFramingPiece);
      at_ = 0;
      input_.resize(source(input_.data(), input_.size()));
      if (input_.empty()) cut_short();
    }
    try {
      at_ += chunks_->parse(std::string_view(input_).substr(at_));
    } catch (const Error& error) {
      throw Error(Errc::unavailable, error.what());
    }
  }
}

}  // namespace gantry::images
