// Answers that last: chunked streams, progress streams, waits, many followers at once.
#include <sys/resource.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/base/error.hpp"
#include "core/http/json_stream.hpp"
#include "tests/unit/http/test_server.hpp"

using namespace gantry;
using namespace std::chrono_literals;
using test::Client;
using test::TestServer;

namespace {

/// What handlers tell the test.
struct Report {
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<int> peers_gone{0};
  std::atomic<int> writes_failed{0};
  void count(std::atomic<int>& what) {
    const std::lock_guard lock(mutex);
    ++what;
    changed.notify_all();
  }
  bool reaches(const std::atomic<int>& what, int value) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 20s, [&] { return what >= value; });
  }
};

struct Running : TestServer {
  Running() {
    router().add("GET", "/ok", [](http::Exchange& e) { e.send(200, "text/plain", "OK"); });
    router().add("GET", "/lines", [](http::Exchange& e) {
      auto& s = e.stream("application/json", 201);
      s.write("one\n");
      s.write("");
      s.write(std::string(100'000, 'x'));
    });
    router().add("GET", "/follow", [this](http::Exchange& e) {
      e.stream("application/json");
      if (wait_for(release, e.peer()) == Woken::peer_gone) report.count(report.peers_gone);
    });
    router().add("GET", "/flood", [this](http::Exchange& e) {
      auto& s = e.stream("text/plain");
      while (s.write("0123456789")) {
      }
      if (!s.write("more")) report.count(report.writes_failed);
    });
    router().add("POST", "/progress", [](http::Exchange& e) {
      http::JsonStream stream(e);
      try {
        const std::string mode = e.query().get("mode");
        if (mode == "early") throw Error(Errc::not_found, "no such thing");
        stream.write("{\"status\":\"a\\u003cb\"}");
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
          threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i) stream.write("{\"status\":\"part\"}");
          });
        for (auto& t : threads) t.join();
        if (mode == "late") throw Error(Errc::internal, "broke <here>");
      } catch (const Error& error) {
        stream.write_error(error.what());
      }
    });
    start();
  }
  ~Running() {
    release.notify();
    stop();
  }
  Notifier release;
  Report report;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_stream_is_chunked_and_the_connection_stays, Running) {
  Client c(*this);
  for (int i = 0; i < 2; ++i) {
    const auto r = c.get("/lines");
    BOOST_TEST(r.status == 201);
    BOOST_TEST(r.headers.at("transfer-encoding") == "chunked");
    BOOST_TEST(r.body.size() == 100'004u);
    BOOST_TEST(r.complete);
  }
}

BOOST_FIXTURE_TEST_CASE(a_stream_is_whole_on_a_connection_that_closes_as_well, Running) {
  Client c(*this);
  const std::string answer =
      c.send("GET /lines HTTP/1.1\r\nConnection: close\r\n\r\n").read_to_end();
  BOOST_TEST(answer.ends_with("\r\n0\r\n\r\n"));
}

BOOST_FIXTURE_TEST_CASE(for_http_1_0_the_end_of_a_stream_is_the_end_of_the_connection, Running) {
  Client c(*this);
  const auto r = c.send("GET /lines HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").response();
  BOOST_TEST(!r.headers.contains("transfer-encoding"));
  BOOST_TEST(r.headers.at("connection") == "close");
  BOOST_TEST(r.body.size() == 100'004u);
}

BOOST_FIXTURE_TEST_CASE(the_head_of_a_stream_comes_before_its_first_byte, Running) {
  Client c(*this);
  c.send("GET /follow HTTP/1.1\r\n\r\n");
  std::string head;
  while (!head.ends_with("\r\n\r\n")) head += c.read(1);
  BOOST_TEST(head.starts_with("HTTP/1.1 200 OK\r\n"));
  release.notify();
  BOOST_TEST(c.read(5) == "0\r\n\r\n");
}

BOOST_FIXTURE_TEST_CASE(a_waiting_handler_learns_that_its_client_left, Running) {
  Client c(*this);
  c.send("GET /follow HTTP/1.1\r\n\r\n");
  c.read(1);
  c.half_close();
  BOOST_TEST(Client(*this).get("/ok").status == 200);
  BOOST_TEST(report.peers_gone == 0);
  c.close();
  BOOST_TEST(report.reaches(report.peers_gone, 1));
}

BOOST_FIXTURE_TEST_CASE(writing_to_a_client_that_left_ends_without_a_signal, Running) {
  Client c(*this);
  c.send("GET /flood HTTP/1.1\r\n\r\n");
  c.read(1000);
  c.close();
  BOOST_TEST(report.reaches(report.writes_failed, 1));
  BOOST_TEST(Client(*this).get("/ok").status == 200);
}

BOOST_FIXTURE_TEST_CASE(progress_is_one_object_per_line_from_any_thread, Running) {
  Client c(*this);
  const auto r = c.send("POST /progress HTTP/1.1\r\n\r\n").response();
  BOOST_TEST(r.headers.at("content-type") == "application/json");
  BOOST_TEST(r.body.starts_with("{\"status\":\"a\\u003cb\"}\r\n"));
  const std::string line = "{\"status\":\"part\"}\r\n";
  BOOST_TEST(r.body.size() == 23 + 200 * line.size());
  BOOST_TEST(r.body.ends_with(line));
  BOOST_TEST(r.complete);
}

BOOST_FIXTURE_TEST_CASE(progress_that_fails_at_once_is_a_real_error, Running) {
  Client c(*this);
  const auto r = c.send("POST /progress?mode=early HTTP/1.1\r\n\r\n").response();
  BOOST_TEST(r.status == 404);
  BOOST_TEST(r.body == "{\"message\":\"no such thing\"}\n");
}

BOOST_FIXTURE_TEST_CASE(progress_that_fails_later_says_so_in_the_stream, Running) {
  Client c(*this);
  const auto r = c.send("POST /progress?mode=late HTTP/1.1\r\n\r\n").response();
  BOOST_TEST(r.status == 200);
  BOOST_TEST(
      r.body.ends_with("{\"errorDetail\":{\"message\":\"broke \\u003chere\\u003e\"},\"error\":"
                       "\"broke \\u003chere\\u003e\"}\r\n"));
  BOOST_TEST(r.complete);
}

BOOST_FIXTURE_TEST_CASE(a_thousand_followers_leave_room_for_the_next_client, Running) {
  rlimit files{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const size_t count = files.rlim_cur > 2200 ? 1000 : files.rlim_cur / 2 - 100;
  std::vector<Client> followers;
  for (size_t i = 0; i < count; ++i) {
    followers.emplace_back(*this);
    followers.back().send("GET /follow HTTP/1.1\r\n\r\n");
  }
  for (auto& f : followers) BOOST_REQUIRE(f.read(9) == "HTTP/1.1 ");
  BOOST_TEST(server().connections() == count);
  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST(Client(*this).get("/ok").body == "OK");
  BOOST_CHECK(std::chrono::steady_clock::now() - begin < 5s);
  followers.clear();
  BOOST_TEST(report.reaches(report.peers_gone, static_cast<int>(count)));
}
