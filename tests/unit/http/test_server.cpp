#include "tests/unit/http/test_server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdio>
#include <stdexcept>

#include "core/base/socket.hpp"
#include "core/base/text.hpp"

namespace gantry::test {
namespace {

constexpr int kLimitMs = 20'000;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path.c_str());
  return address;
}

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

}  // namespace

TestServer::TestServer() { options_.server_header = "Docker/test (linux)"; }

void TestServer::start() { start(nullptr); }

void TestServer::start_tls(const http::TlsFiles& files) {
  start(std::make_shared<const http::TlsContext>(files));
}

void TestServer::start(std::shared_ptr<const http::TlsContext> tls) {
  const sockaddr_un address = address_of(socket_path());
  UniqueFd listener = make_socket(AF_UNIX, SOCK_STREAM);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener.get(), 1024) != 0)
    fail("listen");
  server_ = std::make_unique<http::Server>(router_, options_);
  std::vector<http::Listener> listeners;
  listeners.push_back({std::move(listener), std::move(tls)});
  server_->start(std::move(listeners));
}

Client::Client(const TestServer& server) : fd_(make_socket(AF_UNIX, SOCK_STREAM)) {
  const sockaddr_un address = address_of(server.socket_path());
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("connect");
}

bool Client::try_send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), kNoSigpipe);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

Client& Client::send(std::string_view bytes) {
  if (!try_send(bytes)) fail("the server closed while we sent");
  return *this;
}

std::string Client::read_some() {
  if (!buffer_.empty()) return std::exchange(buffer_, {});
  pollfd p{fd_.get(), POLLIN, 0};
  if (::poll(&p, 1, kLimitMs) <= 0) fail("no answer in time");
  char buffer[16384];
  const ssize_t n = ::recv(fd_.get(), buffer, sizeof buffer, 0);
  return n <= 0 ? std::string() : std::string(buffer, static_cast<size_t>(n));
}

std::string Client::read(size_t size) {
  std::string bytes = std::exchange(buffer_, {});
  while (bytes.size() < size) {
    const std::string more = read_some();
    if (more.empty()) fail("the server closed after: " + bytes);
    bytes += more;
  }
  buffer_ = bytes.substr(size);
  return bytes.substr(0, size);
}

std::string Client::read_to_end() {
  std::string bytes;
  for (;;) {
    const std::string more = read_some();
    if (more.empty()) return bytes;
    bytes += more;
  }
}

std::string Client::read_line() {
  std::string line;
  while (!line.ends_with("\r\n")) line += read(1);
  return line.substr(0, line.size() - 2);
}

Response Client::response(bool head_only) {
  Response r;
  for (std::string line = read_line(); !line.empty(); line = read_line()) {
    r.head += line + "\r\n";
    const size_t colon = line.find(':');
    if (r.status == 0) {
      r.status = static_cast<int>(text::to_int(line.substr(9, 3)).value_or(-1));
    } else if (colon == std::string::npos) {
      fail("header without a colon: " + line);
    } else if (!r.headers
                    .emplace(text::lower(line.substr(0, colon)), text::trim(line.substr(colon + 1)))
                    .second) {
      fail("header given twice: " + line);
    }
  }
  r.complete = true;
  if (head_only || r.status == 204 || r.status == 304 || r.status < 200) return r;
  if (const auto it = r.headers.find("content-length"); it != r.headers.end()) {
    r.body = read(static_cast<size_t>(*text::to_int(it->second)));
  } else if (r.headers.contains("transfer-encoding")) {
    try {
      for (;;) {
        const size_t size = std::stoul(read_line(), nullptr, 16);
        r.body += read(size);
        if (read(2) != "\r\n") fail("chunk without an end");
        if (size == 0) break;
      }
    } catch (const std::runtime_error&) {
      r.complete = false;
    }
  } else {
    r.body = read_to_end();
  }
  return r;
}

Response Client::get(const std::string& path) {
  return send("GET " + path + " HTTP/1.1\r\nHost: d\r\n\r\n").response();
}

void Client::half_close() { ::shutdown(fd_.get(), SHUT_WR); }

}  // namespace gantry::test
