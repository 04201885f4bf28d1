// A call without a connection: its peer's messages are there from the beginning.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/grpc/call.hpp"

namespace gantry::test {

class PacketCall final : public grpc::Call {
 public:
  explicit PacketCall(std::vector<std::string> messages)
      : messages_(messages.begin(), messages.end()) {}

  const std::string& path() const override { return path_; }
  const grpc::Metadata& metadata() const override { return metadata_; }
  /// After the last message the peer has ended its side.
  std::optional<std::string> receive(const std::stop_token& stop) override {
    if (stop.stop_requested()) throw Error(Errc::cancelled, "the call was cancelled");
    if (messages_.empty()) return std::nullopt;
    std::string message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }
  void send(std::string_view message) override {
    if (ended) throw Error(Errc::internal, "a message after the last one");
    sent.emplace_back(message);
  }
  void close_send() override { ended = true; }
  std::stop_token gone() const override { return {}; }

  std::vector<std::string> sent;
  bool ended = false;  // this side

 private:
  const std::string path_ = "/test";
  const grpc::Metadata metadata_;
  std::deque<std::string> messages_;
};

}  // namespace gantry::test
