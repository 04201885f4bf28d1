// Frames from any WebSocket client: however they are cut into pieces, the messages, the pings, the
// close and the refusal are the same.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/http/websocket_decoder.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;
using Kind = http::WebSocketDecoder::Event::Kind;

namespace {

struct Outcome {
  std::string data;
  std::vector<std::string> pings;
  std::string close;
  bool closed = false;
  bool refused = false;
  bool operator==(const Outcome&) const = default;
};

void take(const http::WebSocketDecoder::Event& event, Outcome& out) {
  if (event.kind == Kind::data) out.data += event.payload;
  if (event.kind == Kind::ping) out.pings.emplace_back(event.payload);
  if (event.kind == Kind::close) {
    out.closed = true;
    out.close = http::close_code_bytes(event.payload);
  }
}

Outcome decode(std::string input, size_t step) {
  http::WebSocketDecoder decoder;
  Outcome out;
  try {
    for (size_t at = 0; at < input.size() && !out.closed; at += step) {
      std::span<char> piece{input.data() + at, std::min(step, input.size() - at)};
      while (!piece.empty() && !out.closed) {
        const size_t before = piece.size();
        const auto event = decoder.next(piece);
        FUZZ_CHECK(piece.size() < before);
        FUZZ_CHECK(event.kind != Kind::more || piece.empty());
        FUZZ_CHECK(event.kind == Kind::data || event.payload.size() <= http::kMaxControlPayload);
        take(event, out);
      }
    }
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
    out.refused = true;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const Outcome whole = decode(input, size + 1);
  FUZZ_CHECK(whole.data.size() <= size);
  for (const size_t step : {size_t{1}, size_t{2}, size_t{7}})
    FUZZ_CHECK(decode(input, step) == whole);
  return 0;
}
