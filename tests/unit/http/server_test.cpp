// Starting, limits, stopping.
#include <sys/socket.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "core/base/log.hpp"
#include "core/http/open_connections.hpp"
#include "tests/unit/captured_stderr.hpp"
#include "tests/unit/http/test_server.hpp"

using namespace gantry;
using namespace std::chrono_literals;
using test::Client;
using test::TestServer;

namespace {

struct Routes : TestServer {
  Routes() {
    router().add("GET", "/ok", [](http::Exchange& e) { e.send(200, "text/plain", "OK"); });
    router().add("GET", "/follow", [](http::Exchange& e) {
      Notifier never;
      e.stream("application/json");
      wait_for(never, e.peer());
    });
    router().add("GET", "/work", [this](http::Exchange& e) {
      working.notify();
      wait_for(finish, Peer(), 20s);
      e.send(200, "text/plain", "done");
    });
    router().add("GET", "/wait", [this](http::Exchange& e) {
      working.notify();
      Notifier never;
      wait_for(never, e.peer(), 20s);
    });
  }
  ~Routes() {
    finish.notify();
    stop();
  }
  Notifier working, finish;
};

auto now() { return std::chrono::steady_clock::now(); }

}  // namespace

BOOST_AUTO_TEST_CASE(stop_ends_idle_connections_and_streams_at_once) {
  BOOST_TEST(test::stops_at_once([] {
    Routes routes;
    routes.start();
    Client idle(routes), used(routes), follower(routes), half(routes);
    BOOST_TEST(used.get("/ok").status == 200);
    follower.send("GET /follow HTTP/1.1\r\n\r\n").read(9);
    half.send("GET /o");
    const auto took = test::stop_time(routes.server());
    BOOST_TEST(routes.server().connections() == 0u);
    BOOST_TEST(idle.read_to_end().empty());
    BOOST_TEST(used.read_to_end().empty());
    BOOST_TEST(follower.read_to_end().find("0\r\n\r\n") == std::string::npos);
    return took;
  }));
}

BOOST_FIXTURE_TEST_CASE(stop_lets_an_answer_that_is_worked_on_be_given, Routes) {
  start();
  Client c(*this);
  c.send("GET /work HTTP/1.1\r\n\r\n");
  BOOST_REQUIRE(wait_for(working, Peer(), 20s) == Woken::notified);
  std::thread stopper([&] { server().stop(); });
  finish.notify();
  BOOST_TEST(c.response().body == "done");
  stopper.join();
}

BOOST_FIXTURE_TEST_CASE(stop_makes_waiting_handlers_see_their_client_as_gone, Routes) {
  start();
  Client c(*this);
  c.send("GET /wait HTTP/1.1\r\n\r\n");
  BOOST_REQUIRE(wait_for(working, Peer(), 20s) == Woken::notified);
  BOOST_CHECK(test::stop_time(server()) < 5s);
  BOOST_TEST(server().connections() == 0u);
}

BOOST_AUTO_TEST_CASE(stop_ends_a_stream_whose_client_does_not_read) {
  BOOST_TEST(test::stops_at_once([] {
    Routes routes;
    routes.router().add("GET", "/flood", [&](http::Exchange& e) {
      auto& s = e.stream("text/plain");
      routes.working.notify();
      while (s.write(std::string(65536, 'x'))) {
      }
    });
    routes.start();
    Client stalled(routes);
    stalled.send("GET /flood HTTP/1.1\r\n\r\n");
    BOOST_REQUIRE(wait_for(routes.working, Peer(), 20s) == Woken::notified);
    const auto took = test::stop_time(routes.server());
    BOOST_TEST(routes.server().connections() == 0u);
    return took;
  }));
}

BOOST_AUTO_TEST_CASE(a_connection_given_away_while_stopping_is_told_so) {
  http::OpenConnections open;
  std::atomic<http::Phase> phase{http::Phase::handling};
  int ends[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  const UniqueFd ours(ends[0]), theirs(ends[1]);
  BOOST_TEST(open.enter(ours.get(), phase));
  BOOST_TEST(open.leave(ours.get()));
  BOOST_TEST(open.enter(ours.get(), phase));
  open.close_gently();
  BOOST_TEST(::send(ours.get(), "x", 1, MSG_NOSIGNAL) == 1);
  BOOST_TEST(!open.leave(ours.get()));
  BOOST_TEST(!open.enter(ours.get(), phase));
}

BOOST_FIXTURE_TEST_CASE(stop_may_be_called_twice_and_before_start, Routes) {
  {
    http::Server never_started(router(), options());
    never_started.stop();
  }
  start();
  server().stop();
  server().stop();
}

BOOST_FIXTURE_TEST_CASE(connections_beyond_the_limit_are_turned_away_with_an_answer, Routes) {
  options().max_connections = 3;
  start();
  std::vector<Client> held;
  for (int i = 0; i < 3; ++i) {
    held.emplace_back(*this);
    BOOST_TEST(held.back().get("/ok").status == 200);
  }
  Client extra(*this);
  const auto r = extra.response();
  BOOST_TEST(r.status == 503);
  BOOST_TEST(r.body == "{\"message\":\"too many connections\"}\n");
  held.pop_back();
  // The place is free once the server noticed: a moment later.
  const auto end = now() + 20s;
  bool served = false;
  while (!served && now() < end) {
    Client next(*this);
    next.try_send("GET /ok HTTP/1.1\r\n\r\n");
    served = next.response().status == 200;
  }
  BOOST_TEST(served);
}

BOOST_FIXTURE_TEST_CASE(each_request_is_one_line_of_the_access_log, Routes) {
  test::CapturedStderr captured;
  start();
  Client c(*this);
  c.get("/ok?secret=1");
  BOOST_TEST(captured.text().empty());
  log::configure(log::Level::debug, log::Format::text);
  c.get("/v1.44/ok?secret=1");
  c.get("/unknown");
  server().stop();
  log::configure(log::Level::info, log::Format::text);
  const std::string text = captured.text();
  BOOST_TEST(text.find("level=debug msg=\"GET /ok 200 ") != std::string::npos, text);
  BOOST_TEST(text.find("us 2\"\n") != std::string::npos, text);
  BOOST_TEST(text.find("GET /unknown 404 ") != std::string::npos, text);
  BOOST_TEST(text.find("secret") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(many_clients_at_once_get_their_own_answers, Routes) {
  router().add("GET", "/who/{id}",
               [](http::Exchange& e) { e.send(200, "text/plain", e.param("id")); });
  start();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        Client c(*this);
        for (int k = 0; k < 5; ++k) {
          const std::string id = std::to_string(t * 10000 + i * 10 + k);
          if (c.get("/who/" + id).body != id) ++wrong;
        }
      }
    });
  for (auto& t : threads) t.join();
  BOOST_TEST(wrong == 0);
}

BOOST_FIXTURE_TEST_CASE(clients_that_come_and_go_while_it_stops_are_no_danger, Routes) {
  for (int round = 0; round < 5; ++round) {
    TestServer one;
    one.router().add("GET", "/ok", [](http::Exchange& e) { e.send(200, "text/plain", "OK"); });
    one.start();
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        while (!stop) {
          try {
            Client(one).get("/ok");
          } catch (const std::exception&) {
            // refused or cut off: it is stopping
          }
        }
      });
    BOOST_TEST(Client(one).get("/ok").status == 200);
    one.server().stop();
    stop = true;
    for (auto& t : threads) t.join();
  }
}
