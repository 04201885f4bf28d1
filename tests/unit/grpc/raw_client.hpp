// A server of ours, and a client that speaks HTTP/2 byte by byte.
#pragma once

#include <string>
#include <utility>

#include "tests/unit/grpc/pair.hpp"
#include "tests/unit/grpc/raw_peer.hpp"

namespace gantry::test {

/// Gives back every message.
inline grpc::Status echo(grpc::Call& call) {
  while (const auto got = call.receive()) call.send(*got);
  return {};
}

struct RawClient {
  explicit RawClient(grpc::Handler handler = echo, const std::string& read_ahead = "")
      : RawClient(make_socket_pair(), std::move(handler), read_ahead) {}

 private:
  RawClient(std::pair<UniqueFd, UniqueFd> ends, grpc::Handler handler,
            const std::string& read_ahead)
      : server(grpc::Connection::server(std::move(ends.first), read_ahead, std::move(handler))),
        peer(std::move(ends.second)) {}

 public:
  /// The trailers of a stream, or what stands for them.
  Frame end_of(std::uint32_t stream) {
    for (;;) {
      Frame got = peer.next(kHeaders, stream);
      if (got.ends_stream()) return got;
    }
  }
  bool still_answers(std::uint32_t stream) {
    peer.send(request(stream, "/a/B") + frame(kData, kEndStream, stream, message("alive")));
    return end_of(stream).field("grpc-status") == "0";
  }

  Running server;
  RawPeer peer;
};

}  // namespace gantry::test
