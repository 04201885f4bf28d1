// A session whose other end is a script of the test: a connection of ours that plays the client.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "core/buildkit/session.hpp"
#include "tests/unit/grpc/pair.hpp"

namespace gantry::test {

class SessionClient {
 public:
  SessionClient(std::set<std::string> methods, grpc::Handler answers, std::string shared_key = {})
      : SessionClient(make_socket_pair(), std::move(methods), std::move(answers),
                      std::move(shared_key)) {}
  SessionClient(const SessionClient&) = delete;
  SessionClient& operator=(const SessionClient&) = delete;
  ~SessionClient() {
    session_->close();
    thread_.join();
  }
  buildkit::Session& session() { return *session_; }
  buildkit::SessionPtr shared() const { return session_; }
  /// The client's process ends.
  void go() { client_->close(); }

 private:
  SessionClient(std::pair<UniqueFd, UniqueFd> ends, std::set<std::string> methods,
                grpc::Handler answers, std::string shared_key)
      : session_(std::make_shared<buildkit::Session>(std::move(ends.first), "", std::move(methods),
                                                     std::move(shared_key))),
        client_(grpc::Connection::server(std::move(ends.second), "", std::move(answers))),
        thread_([this] { session_->run(); }) {}

  const buildkit::SessionPtr session_;
  Running client_;
  std::thread thread_;
};

}  // namespace gantry::test
