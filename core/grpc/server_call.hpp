// A call as its handler sees it. Lives on the handler's thread, as long as the handler runs.
#pragma once

#include <memory>
#include <utility>

#include "core/base/error.hpp"
#include "core/grpc/call.hpp"
#include "core/grpc/server_session.hpp"

namespace gantry::grpc {

class ServerCall : public Call {
 public:
  ServerCall(ServerSession& session, Stream& stream) : session_(session), stream_(stream) {}

  const std::string& path() const override { return stream_.path; }
  const Metadata& metadata() const override { return stream_.metadata; }
  std::optional<std::string> receive(const std::stop_token& stop) override {
    return session_.receive(stream_, stop);
  }
  void send(std::string_view message) override { session_.send(stream_, message); }
  void close_send() override {
    throw Error(Errc::internal, "a server ends its call with the handler");
  }
  std::stop_token gone() const override { return stream_.gone.get_token(); }

 private:
  ServerSession& session_;
  Stream& stream_;
};

}  // namespace gantry::grpc
