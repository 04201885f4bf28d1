#include "core/grpc/connection.hpp"

#include <exception>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/grpc/client_call.hpp"
#include "core/grpc/handler_threads.hpp"
#include "core/grpc/pump.hpp"
#include "core/grpc/server_call.hpp"

namespace gantry::grpc {
namespace {

constexpr const char* kClosed = "the connection was closed";
constexpr const char* kBroken = "the connection has broken";

void pump(UniqueFd fd, Session& session, std::string_view read_ahead,
          std::function<void()> after_input) {
  try {
    Pump(std::move(fd), session, std::move(after_input)).run(read_ahead);
  } catch (const std::exception& e) {
    log::error(std::string("grpc: ") + e.what());
  }
  session.end(kBroken);
}

class ServerConnection : public Connection {
 public:
  ServerConnection(UniqueFd fd, std::string read_ahead, Handler handler)
      : fd_(std::move(fd)), read_ahead_(std::move(read_ahead)), handler_(std::move(handler)) {}

  void run() override {
    HandlerThreads threads;
    pump(std::move(fd_), session_, std::exchange(read_ahead_, {}), [&] { start_calls(threads); });
    threads.join_all();
  }
  void close() override { session_.end(kClosed); }
  std::unique_ptr<Call> call(const std::string&, const Metadata&) override {
    throw Error(Errc::internal, "a server makes no calls");
  }

 private:
  void start_calls(HandlerThreads& threads);
  Status handle(Stream& stream);

  UniqueFd fd_;
  std::string read_ahead_;
  const Handler handler_;
  ServerSession session_;
};

void ServerConnection::start_calls(HandlerThreads& threads) {
  for (const std::shared_ptr<Stream>& stream : session_.take_calls()) {
    try {
      threads.run([this, stream] { session_.finish(*stream, handle(*stream)); });
    } catch (const std::exception& e) {
      log::error(std::string("grpc: no thread for a call: ") + e.what());
      session_.finish(*stream, {Code::unavailable, "no thread for the call"});
    }
  }
}

Status ServerConnection::handle(Stream& stream) {
  try {
    ServerCall call(session_, stream);
    return handler_(call);
  } catch (const Error& e) {
    return status_of(e);
  } catch (const std::exception& e) {
    log::error("grpc: " + stream.path + ": " + e.what());
    return {Code::internal, e.what()};
  }
}

class ClientConnection : public Connection {
 public:
  ClientConnection(UniqueFd fd, std::string read_ahead)
      : fd_(std::move(fd)), read_ahead_(std::move(read_ahead)) {}

  void run() override {
    pump(std::move(fd_), *session_, std::exchange(read_ahead_, {}), [] {});
  }
  void close() override { session_->end(kClosed); }
  std::unique_ptr<Call> call(const std::string& path, const Metadata& metadata) override {
    return std::make_unique<ClientCall>(session_, session_->open(path, metadata));
  }

 private:
  UniqueFd fd_;
  std::string read_ahead_;
  const std::shared_ptr<ClientSession> session_ = std::make_shared<ClientSession>();
};

}  // namespace

std::unique_ptr<Connection> Connection::server(UniqueFd fd, std::string read_ahead,
                                               Handler handler) {
  return std::make_unique<ServerConnection>(std::move(fd), std::move(read_ahead),
                                            std::move(handler));
}

std::unique_ptr<Connection> Connection::client(UniqueFd fd, std::string read_ahead) {
  return std::make_unique<ClientConnection>(std::move(fd), std::move(read_ahead));
}

std::string call_once(Connection& connection, const std::string& path, std::string_view message,
                      const std::stop_token& stop, const Metadata& metadata) {
  const std::unique_ptr<Call> call = connection.call(path, metadata);
  try {
    call->send(message);
    call->close_send();
  } catch (const Error&) {
    // The server has answered without waiting for it: receive() tells what.
  }
  std::optional<std::string> answer = call->receive(stop);
  if (!answer) throw Error(Errc::internal, path + ": the server sent no message");
  if (call->receive(stop)) throw Error(Errc::internal, path + ": the server sent two messages");
  return std::move(*answer);
}

}  // namespace gantry::grpc
