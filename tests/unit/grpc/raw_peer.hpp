// The other end of a connection, byte by byte: frames written and read by hand, so that it can do
// what no proper peer does.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace gantry::test {

enum FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
};
inline constexpr std::uint8_t kEndStream = 1, kAck = 1, kEndHeaders = 4;

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Frame {
  std::uint8_t type = 0xFF;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
  Fields fields;  // of HEADERS

  bool ends_stream() const { return (flags & kEndStream) != 0; }
  /// The first field of that name, or "".
  std::string field(std::string_view name) const;
  /// Big-endian, in the payload.
  std::uint32_t number(size_t offset = 0) const;
};

std::string big_endian(std::uint32_t number);
std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload);
/// Fields without compression, each shorter than 16 KiB.
std::string header_block(const Fields& fields);
std::string settings(const std::vector<std::pair<std::uint16_t, std::uint32_t>>& values);
/// "PRI * HTTP/2.0…" and settings.
std::string preface(const std::vector<std::pair<std::uint16_t, std::uint32_t>>& values = {});
std::string request(std::uint32_t stream, const std::string& path, std::uint8_t flags = 0);
/// A gRPC message: flag, length, bytes.
std::string message(std::string_view bytes);

class RawPeer {
 public:
  explicit RawPeer(UniqueFd fd);
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;
  ~RawPeer();

  /// Blocks while the peer takes nothing; false when it is gone.
  bool try_send(std::string_view bytes);
  void send(std::string_view bytes);
  /// The client's first 24 bytes.
  void skip_preface() { read(24); }
  /// Throws at the end of the connection, and after 30 s without a byte.
  Frame next();
  /// Skips to the next frame of that type, of that stream unless that is 0.
  Frame next(std::uint8_t type, std::uint32_t stream = 0);
  /// Everything that was sent before has been dealt with, and what it caused has been read: those
  /// frames.
  std::vector<Frame> settle();
  /// True when the connection ends; what comes before is skipped.
  bool ends();
  void half_close();
  void close() { fd_.reset(); }

 private:
  std::string read(size_t size);
  UniqueFd fd_;
  nghttp2_hd_inflater* inflater_ = nullptr;
};

}  // namespace gantry::test
