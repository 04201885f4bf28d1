// A server and a client of ours over a socket pair, each with its thread; and flags to wait for.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "core/base/socket.hpp"
#include "core/grpc/connection.hpp"

namespace gantry::test {

/// Goes up once. A wait of 30 s has failed.
class Flag {
 public:
  void raise() {
    const std::lock_guard lock(mutex_);
    up_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(30), [this] { return up_; }))
      throw std::runtime_error("waited in vain");
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool up_ = false;
};

/// run() on a thread of its own; closed and joined in the end.
class Running {
 public:
  explicit Running(std::unique_ptr<grpc::Connection> connection)
      : connection_(std::move(connection)), thread_([this] { connection_->run(); }) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { stop(); }
  grpc::Connection* operator->() { return connection_.get(); }
  grpc::Connection& operator*() { return *connection_; }
  /// Waits until run() returns by itself.
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  void stop() {
    connection_->close();
    join();
  }

 private:
  const std::unique_ptr<grpc::Connection> connection_;
  std::thread thread_;
};

class Pair {
 public:
  explicit Pair(grpc::Handler handler) : Pair(make_socket_pair(), std::move(handler)) {}

 private:
  Pair(std::pair<UniqueFd, UniqueFd> ends, grpc::Handler handler)
      : server(grpc::Connection::server(std::move(ends.first), "", std::move(handler))),
        client(grpc::Connection::client(std::move(ends.second), "")) {}

 public:
  Running server;
  Running client;
};

/// The Error that `body` throws.
template <class Body>
Error thrown_by(const Body& body) {
  try {
    body();
  } catch (const Error& e) {
    return e;
  }
  throw std::runtime_error("no error was thrown");
}

}  // namespace gantry::test
