// A chunked body from anybody: however it is cut into pieces, the payload, the end and the refusal
// are the same. (Two readings of one body are what request smuggling lives on.)
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/chunk_decoder.hpp"
#include "core/base/error.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

namespace {

struct Outcome {
  std::string payload;
  size_t used = 0;
  bool done = false;
  bool refused = false;
  bool operator==(const Outcome&) const = default;
};

Outcome decode(std::string_view input, size_t step) {
  ChunkDecoder decoder;
  Outcome out;
  try {
    while (!decoder.done() && out.used < input.size()) {
      const std::string_view window = input.substr(out.used, step);
      if (decoder.payload_left() > 0) {
        const auto n =
            static_cast<size_t>(std::min<std::uint64_t>(window.size(), decoder.payload_left()));
        out.payload += window.substr(0, n);
        decoder.took_payload(n);
        out.used += n;
      } else {
        const size_t n = decoder.parse(window);
        FUZZ_CHECK(n <= window.size());
        FUZZ_CHECK(n > 0 || decoder.payload_left() > 0 || decoder.done());
        out.used += n;
      }
    }
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
    out.refused = true;
    out.used = 0;  // where in its window it stopped depends on the window
  }
  out.done = decoder.done();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Outcome whole = decode(input, size + 1);
  FUZZ_CHECK(whole.payload.size() <= size);
  for (const size_t step : {size_t{1}, size_t{2}, size_t{7}})
    FUZZ_CHECK(decode(input, step) == whole);
  return 0;
}
