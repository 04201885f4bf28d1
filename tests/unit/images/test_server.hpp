// A small HTTP server on a free loopback port that does what each test tells it, misbehaviour
// included. One thread per connection; the destructor closes everything and joins.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gantry::test {

struct ServedRequest {
  std::string method, target, body;
  std::map<std::string, std::string> headers;  // lower-case names
  std::string header(const std::string& name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? std::string() : it->second;
  }
};

/// What a handler does with its connection.
class Reply {
 public:
  Reply(int fd, const std::atomic<bool>& stopping) : fd_(fd), stopping_(stopping) {}
  bool raw(const std::string& bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
      const ssize_t n = ::send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (n <= 0) return false;
      at += static_cast<std::size_t>(n);
    }
    return true;
  }
  void send(int status, const std::string& body, const std::string& headers = {}) {
    raw("HTTP/1.1 " + std::to_string(status) + " Status\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body);
  }
  /// Announces all of `body` but sends only the first `size` bytes, then closes.
  void send_part(const std::string& body, std::size_t size, int status = 200,
                 const std::string& headers = {}) {
    raw("HTTP/1.1 " + std::to_string(status) + " Status\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body.substr(0, size));
    close();
  }
  void close() { open_ = false; }
  /// Sends nothing more until the peer or the test ends.
  void stall() {
    char c;
    while (!stopping_ && ::recv(fd_, &c, 1, 0) > 0) {
    }
    open_ = false;
  }
  bool open() const { return open_; }

 private:
  int fd_;
  const std::atomic<bool>& stopping_;
  bool open_ = true;
};

class TestServer {
 public:
  using Handler = std::function<void(const ServedRequest&, Reply&)>;

  explicit TestServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 64) != 0)
      throw std::runtime_error("cannot listen");
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : sockets_) ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
  }

  int port() const { return port_; }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  /// Targets asked for so far, with their method: "GET /v2/".
  std::vector<std::string> log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  int count(const std::string& part) const {
    int n = 0;
    for (const std::string& line : log()) n += line.find(part) != std::string::npos;
    return n;
  }

 private:
  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        ::close(fd);
        return;
      }
      sockets_.push_back(fd);
      threads_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    std::string pending;
    Reply reply(fd, stopping_);
    ServedRequest request;
    while (reply.open() && read_request(fd, pending, request)) {
      {
        const std::lock_guard lock(mutex_);
        log_.push_back(request.method + " " + request.target);
      }
      handler_(request, reply);
    }
    const std::lock_guard lock(mutex_);
    sockets_.remove(fd);
    ::close(fd);
  }

  static bool fill(int fd, std::string& pending) {
    char buffer[8192];
    const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    pending.append(buffer, static_cast<std::size_t>(n));
    return true;
  }

  static bool read_request(int fd, std::string& pending, ServedRequest& request) {
    std::size_t end;
    while ((end = pending.find("\r\n\r\n")) == std::string::npos)
      // A TLS handshake is no HTTP: plain servers hang up on it.
      if (!fill(fd, pending) || pending.front() == '\x16') return false;
    request = {};
    std::string head = pending.substr(0, end + 2);
    pending.erase(0, end + 4);
    request.method = head.substr(0, head.find(' '));
    const std::size_t from = request.method.size() + 1;
    request.target = head.substr(from, head.find(' ', from) - from);
    std::size_t at = head.find("\r\n") + 2;
    while (at < head.size()) {
      const std::size_t stop = head.find("\r\n", at), colon = head.find(':', at);
      std::string name = head.substr(at, colon - at);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      std::string value = head.substr(colon + 1, stop - colon - 1);
      value.erase(0, value.find_first_not_of(' '));
      std::string& slot = request.headers[name];
      slot += slot.empty() ? value : "," + value;
      at = stop + 2;
    }
    const std::string length = request.header("content-length");
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    while (pending.size() < size)
      if (!fill(fd, pending)) return false;
    request.body = pending.substr(0, size);
    pending.erase(0, size);
    return true;
  }

  Handler handler_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::list<int> sockets_;
  std::list<std::thread> threads_;
  std::vector<std::string> log_;
  std::thread acceptor_;
};

}  // namespace gantry::test
