// The side of a session that answers calls. Each new one is handed over by take_calls(). Threads as
// in Session.
#pragma once

#include <memory>
#include <vector>

#include "core/grpc/session.hpp"

namespace gantry::grpc {

class ServerSession : public Session {
 public:
  ServerSession();
  /// Calls that have come since the last time: each is to be answered with finish().
  std::vector<std::shared_ptr<Stream>> take_calls();
  /// The handler has done its part. To be called once for every call taken.
  void finish(Stream& stream, Status status);

 private:
  std::shared_ptr<Stream> accept() override;
  void headers_received(Stream& stream) override;
  void peer_ended(Stream& stream) override;
  void stream_closed(Stream& stream, std::uint32_t error) override;
  void end_stream_sent(Stream& stream) override;
  std::uint32_t finish_data(Stream& stream) override;
  void begin_data(Stream& stream) override;
  void fail(Stream& stream, Status status) override;
  void answer(Stream& stream);
  void answer_http(Stream& stream, std::string_view http_status);

  std::vector<std::shared_ptr<Stream>> calls_;
  size_t handlers_ = 0;
};

}  // namespace gantry::grpc
