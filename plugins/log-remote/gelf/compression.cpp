#include "gelf/compression.hpp"

#include <zlib.h>

#include <gantry/cpp/error.hpp>
#include <memory>

namespace log_remote::gelf {

namespace {

constexpr int kWindow = 15, kWindowOfGzip = 15 + 16, kMemory = 8;  // zlib's defaults

}  // namespace

std::string compressed(std::string_view text, Compression compression, int level) {
  if (compression == Compression::kNone) return std::string(text);
  z_stream stream{};
  const int window = compression == Compression::kGzip ? kWindowOfGzip : kWindow;
  if (deflateInit2(&stream, level, Z_DEFLATED, window, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw gantry::sdk::Error(GANTRY_EXHAUSTED, "gelf: no memory for compression");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ended(&stream, &deflateEnd);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
    throw gantry::sdk::Error(GANTRY_INTERNAL, "gelf: compression failed");
  out.resize(out.size() - stream.avail_out);
  return out;
}

}  // namespace log_remote::gelf
