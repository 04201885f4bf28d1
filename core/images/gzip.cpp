#include "core/images/gzip.hpp"

#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <vector>

#include "core/base/error.hpp"

namespace gantry::images {
namespace {

constexpr std::size_t kGzipBlock = 128u << 10;
constexpr int kGzipWindow = 15 + 16;  // the largest window, in gzip's wrapping
constexpr int kMemoryLevel = 8;       // zlib's default

class Deflater {
 public:
  Deflater() {
    if (::deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                       Z_DEFAULT_STRATEGY) != Z_OK)
      throw Error(Errc::exhausted, "out of memory");
  }
  ~Deflater() { ::deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void run(const char* data, std::size_t size, bool last,
           const std::function<void(std::string_view)>& sink) {
    // zlib does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data));
    stream_.avail_in = static_cast<uInt>(size);
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      if (::deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR)
        throw Error(Errc::internal, "gzip failed");
      const std::size_t made = out_.size() - stream_.avail_out;
      if (made > 0) sink({out_.data(), made});
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
  std::vector<char> out_ = std::vector<char>(kGzipBlock);
};

}  // namespace

void gzip(int fd, const std::function<void(std::string_view)>& sink) {
  Deflater deflater;
  std::vector<char> buffer(kGzipBlock);
  for (;;) {
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw_errno("read layer");
    deflater.run(buffer.data(), static_cast<std::size_t>(size), size == 0, sink);
    if (size == 0) return;
  }
}

}  // namespace gantry::images
