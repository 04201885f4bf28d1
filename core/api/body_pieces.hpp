// What operations share whose bodies and answers are streams: images and builds.
#pragma once

#include <string_view>
#include <vector>

#include "core/http/exchange.hpp"
#include "core/http/json_stream.hpp"
#include "core/services/images/image_progress.hpp"

namespace gantry::api {

/// The request's body as a function that gives piece after piece, an empty one at the end.
class BodyPieces {
 public:
  explicit BodyPieces(http::Exchange& exchange) : exchange_(exchange), buffer_(kBuffer) {}
  std::string_view operator()() {
    if (!exchange_.has_body()) return {};
    return {buffer_.data(), exchange_.body().read(buffer_.data(), buffer_.size())};
  }

 private:
  static constexpr std::size_t kBuffer = 128u << 10;

  http::Exchange& exchange_;
  std::vector<char> buffer_;
};

inline services::ProgressOutput progress_to(http::JsonStream& stream, http::Exchange& exchange) {
  return {[&stream](std::string_view line) { return stream.write(line); }, exchange.peer()};
}

}  // namespace gantry::api
