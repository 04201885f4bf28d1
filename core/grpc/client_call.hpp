// A call as the one who makes it sees it. Keeps its session alive; when it goes early, the server
// is told.
#pragma once

#include <memory>
#include <utility>

#include "core/grpc/call.hpp"
#include "core/grpc/client_session.hpp"

namespace gantry::grpc {

class ClientCall : public Call {
 public:
  ClientCall(std::shared_ptr<ClientSession> session, std::shared_ptr<Stream> stream)
      : session_(std::move(session)), stream_(std::move(stream)) {}
  ClientCall(const ClientCall&) = delete;
  ClientCall& operator=(const ClientCall&) = delete;
  ~ClientCall() override { session_->abandon(*stream_); }

  const std::string& path() const override { return stream_->path; }
  const Metadata& metadata() const override { return stream_->metadata; }
  std::optional<std::string> receive(const std::stop_token& stop) override {
    return session_->receive(*stream_, stop);
  }
  void send(std::string_view message) override { session_->send(*stream_, message); }
  void close_send() override { session_->close_send(*stream_); }
  std::stop_token gone() const override { return stream_->gone.get_token(); }

 private:
  const std::shared_ptr<ClientSession> session_;
  const std::shared_ptr<Stream> stream_;
};

}  // namespace gantry::grpc
