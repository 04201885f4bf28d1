#include "tests/unit/grpc/raw_peer.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <stdexcept>

#include "core/base/socket.hpp"

namespace gantry::test {
namespace {

std::string length_of_string(size_t size) {
  if (size < 127) return {static_cast<char>(size)};
  std::string out{'\x7f'};
  for (size -= 127; size >= 128; size >>= 7) out += static_cast<char>((size & 127) | 128);
  return out + static_cast<char>(size);
}

Fields inflate(nghttp2_hd_inflater* inflater, const std::string& block) {
  Fields fields;
  auto* at = reinterpret_cast<const std::uint8_t*>(block.data());
  size_t left = block.size();
  for (;;) {
    nghttp2_nv field;
    int flags = 0;
    const auto n = nghttp2_hd_inflate_hd2(inflater, &field, &flags, at, left, 1);
    if (n < 0) throw std::runtime_error("bad header block");
    at += n;
    left -= static_cast<size_t>(n);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
      fields.emplace_back(std::string(reinterpret_cast<char*>(field.name), field.namelen),
                          std::string(reinterpret_cast<char*>(field.value), field.valuelen));
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
  }
  nghttp2_hd_inflate_end_headers(inflater);
  return fields;
}

}  // namespace

std::string Frame::field(std::string_view name) const {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return {};
}

std::uint32_t Frame::number(size_t offset) const {
  std::uint32_t out = 0;
  for (size_t i = 0; i < 4; ++i)
    out = out << 8 | static_cast<unsigned char>(payload.at(offset + i));
  return out;
}

std::string big_endian(std::uint32_t number) {
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(number >> shift & 0xFF);
  return out;
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload) {
  std::string out = big_endian(static_cast<std::uint32_t>(payload.size())).substr(1);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  out += big_endian(stream);
  out += payload;
  return out;
}

std::string header_block(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out += '\0';  // literal, not indexed, new name
    out += length_of_string(name.size()) + name;
    out += length_of_string(value.size()) + value;
  }
  return out;
}

std::string settings(const std::vector<std::pair<std::uint16_t, std::uint32_t>>& values) {
  std::string payload;
  for (const auto& [name, value] : values)
    payload += big_endian(name).substr(2) + big_endian(value);
  return frame(kSettings, 0, 0, payload);
}

std::string preface(const std::vector<std::pair<std::uint16_t, std::uint32_t>>& values) {
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings(values);
}

std::string request(std::uint32_t stream, const std::string& path, std::uint8_t flags) {
  const Fields fields{{":method", "POST"}, {":scheme", "http"},
                      {":path", path},     {":authority", "a"},
                      {"te", "trailers"},  {"content-type", "application/grpc+proto"}};
  return frame(kHeaders, kEndHeaders | flags, stream, header_block(fields));
}

std::string message(std::string_view bytes) {
  std::string out{'\0'};
  out += big_endian(static_cast<std::uint32_t>(bytes.size()));
  out += bytes;
  return out;
}

RawPeer::RawPeer(UniqueFd fd) : fd_(std::move(fd)) {
  timeval limit{};
  limit.tv_sec = 30;
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  nghttp2_hd_inflate_new(&inflater_);
}

RawPeer::~RawPeer() { nghttp2_hd_inflate_del(inflater_); }

bool RawPeer::try_send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), kNoSigpipe);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RawPeer::send(std::string_view bytes) {
  if (!try_send(bytes)) throw std::runtime_error("the peer takes nothing");
}

std::string RawPeer::read(size_t size) {
  std::string out(size, '\0');
  for (size_t got = 0; got < size;) {
    const ssize_t n = ::recv(fd_.get(), out.data() + got, size - got, 0);
    if (n == 0) throw std::runtime_error("the connection has ended");
    if (n < 0) throw std::runtime_error("nothing came");
    got += static_cast<size_t>(n);
  }
  return out;
}

Frame RawPeer::next() {
  const std::string head = read(9);
  Frame got;
  got.payload = '\0' + head.substr(0, 3);
  const size_t size = got.number();
  got.payload = head.substr(5);
  got.stream = got.number() & 0x7FFFFFFF;
  got.type = static_cast<std::uint8_t>(head[3]);
  got.flags = static_cast<std::uint8_t>(head[4]);
  got.payload = read(size);
  if (got.type == kHeaders) got.fields = inflate(inflater_, got.payload);
  return got;
}

Frame RawPeer::next(std::uint8_t type, std::uint32_t stream) {
  for (;;) {
    Frame got = next();
    if (got.type == type && (stream == 0 || got.stream == stream)) return got;
  }
}

std::vector<Frame> RawPeer::settle() {
  std::vector<Frame> between;
  // Twice: the answer to the first may go out before what was queued earlier.
  for (const char* mark : {"first...", "second.."}) {
    send(frame(kPing, 0, 0, mark));
    for (;;) {
      between.push_back(next());
      if (between.back().type == kPing && between.back().payload == mark) break;
    }
  }
  return between;
}

bool RawPeer::ends() {
  try {
    for (;;) next();
  } catch (const std::runtime_error& e) {
    return std::string_view(e.what()) == "the connection has ended";
  }
}

void RawPeer::half_close() { ::shutdown(fd_.get(), SHUT_WR); }

}  // namespace gantry::test
