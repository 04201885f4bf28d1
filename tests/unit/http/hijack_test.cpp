// Connections given away by a handler.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/unit/http/test_server.hpp"

using namespace gantry;
using namespace std::chrono_literals;
using test::Client;
using test::TestServer;

namespace {

constexpr std::string_view kHead =
    "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: "
    "Upgrade\r\nUpgrade: tcp\r\n\r\n";

struct Running : TestServer {
  Running() {
    router().add("POST", "/attach", [this](http::Exchange& e) {
      if (!e.wants_upgrade()) throw Error(Errc::internal, "the upgrade was not seen");
      put(e.hijack(kHead));
    });
    router().add("POST", "/exec", [this](http::Exchange& e) {
      body = e.read_body();
      put(e.hijack(kHead));
    });
    router().add("GET", "/ok", [](http::Exchange& e) { e.send(200, "text/plain", "OK"); });
    start();
  }
  ~Running() { stop(); }
  void put(http::Hijacked h) {
    const std::lock_guard lock(mutex);
    taken.emplace(std::move(h));
    changed.notify_all();
  }
  http::Hijacked take() {
    std::unique_lock lock(mutex);
    BOOST_REQUIRE(changed.wait_for(lock, 20s, [&] { return taken.has_value(); }));
    http::Hijacked h = std::move(*taken);
    taken.reset();
    return h;
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<http::Hijacked> taken;
  std::string body;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_socket_and_what_was_read_ahead_are_handed_over, Running) {
  Client c(*this);
  c.send("POST /attach HTTP/1.1\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\nearly input");
  BOOST_TEST(c.read(kHead.size()) == kHead);
  const http::Hijacked h = take();
  BOOST_TEST(h.read_ahead == "early input");
  file::write_all(h.fd.get(), "output");
  BOOST_TEST(c.read(6) == "output");
  c.send("late");
  char buffer[16];
  BOOST_TEST(::read(h.fd.get(), buffer, sizeof buffer) == 4);
  c.half_close();
  BOOST_TEST(::read(h.fd.get(), buffer, sizeof buffer) == 0);
  file::write_all(h.fd.get(), "after");
  BOOST_TEST(c.read(5) == "after");
}

BOOST_FIXTURE_TEST_CASE(the_body_of_the_request_is_not_taken_for_input, Running) {
  for (const char* path : {"/exec", "/attach"}) {
    Client c(*this);
    c.send("POST " + std::string(path) +
           " HTTP/1.1\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: "
           "2\r\n\r\n{}stdin");
    BOOST_TEST(c.read(kHead.size()) == kHead);
    BOOST_TEST(take().read_ahead == "stdin");
  }
  BOOST_TEST(body == "{}");
}

BOOST_FIXTURE_TEST_CASE(the_end_of_an_empty_chunked_body_is_not_taken_for_input, Running) {
  for (const char* path : {"/exec", "/attach"}) {
    Client c(*this);
    c.send("POST " + std::string(path) +
           " HTTP/1.1\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nTransfer-Encoding: "
           "chunked\r\n\r\n0\r\n\r\nstdin");
    BOOST_TEST(c.read(kHead.size()) == kHead);
    BOOST_TEST(take().read_ahead == "stdin");
  }
}

BOOST_FIXTURE_TEST_CASE(a_hijacked_socket_blocks_and_has_no_timeouts, Running) {
  Client c(*this);
  c.send("POST /attach HTTP/1.1\r\nUpgrade: tcp\r\n\r\n");
  const http::Hijacked h = take();
  BOOST_TEST((::fcntl(h.fd.get(), F_GETFL) & O_NONBLOCK) == 0);
  BOOST_TEST((::fcntl(h.fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
  for (const int option : {SO_SNDTIMEO, SO_RCVTIMEO}) {
    timeval time{1, 1};
    socklen_t size = sizeof time;
    BOOST_REQUIRE(::getsockopt(h.fd.get(), SOL_SOCKET, option, &time, &size) == 0);
    BOOST_TEST(time.tv_sec == 0);
    BOOST_TEST(time.tv_usec == 0);
  }
}

BOOST_FIXTURE_TEST_CASE(a_hijacked_connection_outlives_the_server, Running) {
  Client c(*this);
  c.send("POST /attach HTTP/1.1\r\nUpgrade: tcp\r\n\r\n");
  BOOST_TEST(c.read(kHead.size()) == kHead);
  const http::Hijacked h = take();
  server().stop();
  BOOST_TEST(server().connections() == 0u);
  file::write_all(h.fd.get(), "still here");
  BOOST_TEST(c.read(10) == "still here");
}

BOOST_FIXTURE_TEST_CASE(a_client_that_left_before_the_hijack_harms_nobody, Running) {
  for (int i = 0; i < 20; ++i) {
    Client c(*this);
    c.send("POST /attach HTTP/1.1\r\nUpgrade: tcp\r\n\r\n");
    c.close();
  }
  BOOST_TEST(Client(*this).get("/ok").status == 200);
}

BOOST_FIXTURE_TEST_CASE(stopping_while_connections_are_hijacked_touches_no_foreign_descriptor,
                        Running) {
  std::vector<Client> clients;
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back(*this);
    clients.back().try_send("POST /attach HTTP/1.1\r\nUpgrade: tcp\r\n\r\n");
  }
  server().stop();
  const std::lock_guard lock(mutex);
  // The last one taken, if any, must be usable in both directions.
  if (taken) BOOST_CHECK_NO_THROW(file::write_all(taken->fd.get(), "x"));
}
