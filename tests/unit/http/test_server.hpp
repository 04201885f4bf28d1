// A server on a unix socket of its own, and a client that speaks to it byte by byte.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "core/base/unique_fd.hpp"
#include "core/http/server.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace gantry::test {

class TestServer {
 public:
  /// Routes are added to router() before start().
  TestServer();
  http::Router& router() { return router_; }
  http::ServerOptions& options() { return options_; }
  void start();
  /// The same for clients that speak TLS.
  void start_tls(const http::TlsFiles& files);
  http::Server& server() { return *server_; }
  /// For destructors of fixtures whose handlers use their members.
  void stop() {
    if (server_) server_->stop();
  }
  std::string socket_path() const { return directory_ / "s"; }

 private:
  void start(std::shared_ptr<const http::TlsContext> tls);

  TemporaryDirectory directory_;
  http::Router router_;
  http::ServerOptions options_;
  std::unique_ptr<http::Server> server_;
};

/// Whether one of three stops keeps below the grace of 2 s that answers under way are given: a busy
/// machine may hold one up. `run` sets up a server and gives what stop_time() says.
template <class Run>
bool stops_at_once(Run&& run) {
  for (int tries = 0; tries < 3; ++tries)
    if (run() < std::chrono::milliseconds(1500)) return true;
  return false;
}

inline std::chrono::nanoseconds stop_time(http::Server& server) {
  const auto begin = std::chrono::steady_clock::now();
  server.stop();
  return std::chrono::steady_clock::now() - begin;
}

struct Response {
  int status = 0;
  std::string head;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  bool complete = false;  // its end was seen: length reached or final chunk
};

/// Every wait ends after 20 s with an exception.
class Client {
 public:
  explicit Client(const TestServer& server);
  /// False when the server has closed.
  bool try_send(std::string_view bytes);
  Client& send(std::string_view bytes);
  /// Next answer; `head_only` for HEAD requests.
  Response response(bool head_only = false);
  Response get(const std::string& path);
  /// At least one byte, or empty at the end of the stream.
  std::string read_some();
  /// Exactly so many bytes.
  std::string read(size_t size);
  std::string read_to_end();
  void half_close();
  void close() { fd_.reset(); }
  int fd() const { return fd_.get(); }

 private:
  std::string read_line();
  UniqueFd fd_;
  std::string buffer_;
};

}  // namespace gantry::test
