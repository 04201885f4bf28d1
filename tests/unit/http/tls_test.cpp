// Clients that speak TLS.
#include <openssl/ssl.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <thread>
#include <vector>

#include "tests/unit/http/certificate.hpp"
#include "tests/unit/http/test_server.hpp"

using namespace gantry;
using test::Client;
using test::TestServer;

namespace {

struct Running : TestServer {
  test::TemporaryDirectory files;

  Running() {
    ::signal(SIGPIPE, SIG_IGN);
    for (const char* name : {"server", "client", "stranger"})
      test::write_certificate(files.path(), name);
    router().add("GET", "/_ping", [](http::Exchange& e) { e.send(200, "text/plain", "OK"); });
    router().add("GET", "/large",
                 [](http::Exchange& e) { e.send(200, "text/plain", std::string(3'000'000, 'l')); });
    router().add("POST", "/echo", [](http::Exchange& e) {
      e.send(200, "text/plain", e.read_body(8u << 20, false));
    });
    start_tls({{files / "server.pem"}, {files / "server.key"}, {files / "client.pem"}});
  }
};

/// Blocking; throws when the handshake fails.
class TlsClient {
 public:
  explicit TlsClient(const Running& server, const char* certificate = "client")
      : plain_(server), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    const auto file = [&](const char* ending) {
      return (server.files.path() / (std::string(certificate) + ending)).string();
    };
    SSL_CTX_use_certificate_file(context_.get(), file(".pem").c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_.get(), file(".key").c_str(), SSL_FILETYPE_PEM);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), plain_.fd());
    if (SSL_connect(ssl_.get()) != 1) throw std::runtime_error("no handshake");
  }

  void send(std::string_view bytes) {
    if (SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0)
      throw std::runtime_error("the server closed while we sent");
  }
  std::string read(size_t size) {
    std::string bytes(size, '\0');
    size_t have = 0;
    while (have < size) {
      const int n = SSL_read(ssl_.get(), bytes.data() + have, static_cast<int>(size - have));
      if (n <= 0) break;
      have += static_cast<size_t>(n);
    }
    bytes.resize(have);
    return bytes;
  }
  std::string read_to_end() {
    std::string all;
    for (std::string more = read(1); !more.empty(); more = read(1)) all += more;
    return all;
  }
  void end_sending() { SSL_shutdown(ssl_.get()); }
  void leave() { plain_.close(); }

 private:
  Client plain_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  std::unique_ptr<SSL, Free> ssl_;
};

constexpr const char* kPing = "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n";

}  // namespace

BOOST_FIXTURE_TEST_CASE(requests_are_answered_through_tls, Running) {
  TlsClient client(*this);
  for (int i = 0; i < 50; ++i) {
    client.send(kPing);
    std::string answer;
    while (!answer.ends_with("\r\n\r\nOK")) answer += client.read(1);
    BOOST_REQUIRE(answer.starts_with("HTTP/1.1 200"));
  }
  client.send("GET /large HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
  BOOST_TEST(client.read_to_end().ends_with(std::string(3'000'000, 'l')));
}

BOOST_FIXTURE_TEST_CASE(large_bodies_go_both_ways_at_once, Running) {
  std::vector<std::jthread> clients;
  std::atomic<int> right = 0;
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&, this] {
      TlsClient client(*this);
      const std::string body(2'000'000, 'b');
      client.send(
          "POST /echo HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Length: 2000000\r\n\r\n" +
          body);
      if (client.read_to_end().ends_with("\r\n\r\n" + body)) ++right;
    });
  clients.clear();
  BOOST_TEST(right == 8);
}

BOOST_FIXTURE_TEST_CASE(a_client_that_has_sent_all_still_gets_its_answer, Running) {
  TlsClient client(*this);
  client.send("GET /large HTTP/1.1\r\nHost: d\r\n\r\n");
  client.end_sending();
  BOOST_TEST(client.read_to_end().size() > 3'000'000u);
}

BOOST_FIXTURE_TEST_CASE(strangers_are_not_answered, Running) {
  std::string answer;
  try {
    TlsClient stranger(*this, "stranger");  // with TLS 1.3 it learns with its first read
    stranger.send(kPing);
    answer = stranger.read(1);
  } catch (const std::runtime_error&) {
  }
  BOOST_TEST(answer.empty());
  Client plain(*this);
  plain.send(kPing);
  BOOST_TEST(plain.read_to_end().find("Client sent an HTTP request to an HTTPS server") !=
             std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(clients_may_leave_at_any_moment, Running) {
  for (int i = 0; i < 20; ++i) {
    Client(*this).close();
    TlsClient client(*this);
    if (i % 3 > 0) client.send("GET /large HTTP/1.1\r\nHost: d\r\n\r\n");
    if (i % 3 > 1) (void)client.read(1000);
    client.leave();
  }
  TlsClient client(*this);
  client.send(kPing);
  BOOST_TEST(client.read(12) == "HTTP/1.1 200");
}

BOOST_FIXTURE_TEST_CASE(a_server_that_stops_ends_them_all, Running) {
  TlsClient idle(*this);
  Client silent(*this);
  idle.send(kPing);
  BOOST_TEST(idle.read(12) == "HTTP/1.1 200");
  BOOST_TEST(server().stop());
  (void)idle.read_to_end();
  BOOST_TEST(silent.read_to_end() == "");
}

BOOST_FIXTURE_TEST_CASE(a_client_that_does_not_read_keeps_no_server_from_stopping, Running) {
  TlsClient stalled(*this), busy(*this);
  for (int i = 0; i < 3; ++i) stalled.send("GET /large HTTP/1.1\r\nHost: d\r\n\r\n");
  std::jthread reading([&] {
    for (int i = 0; i < 20; ++i) {
      try {
        busy.send("GET /large HTTP/1.1\r\nHost: d\r\n\r\n");
      } catch (const std::runtime_error&) {
        return;
      }
      if (busy.read(3'000'000).size() < 3'000'000) return;
    }
  });
  BOOST_TEST(stalled.read(12) == "HTTP/1.1 200");
  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST(server().stop());
  BOOST_CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(8));
}
