// Requests and answers on one connection: framing, versions, order.
#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "tests/unit/http/test_server.hpp"

using namespace gantry;
using test::Client;
using test::TestServer;

namespace {

struct Running : TestServer {
  Running() {
    const http::Handler ping = [](http::Exchange& e) { e.send(200, "text/plain", "OK"); };
    router().add("GET", "/_ping", ping);
    router().add("HEAD", "/_ping", ping);
    router().add("POST", "/echo", [](http::Exchange& e) {
      e.send(200, "text/plain", e.read_body(8u << 20, false));
    });
    router().add("POST", "/ignore", [](http::Exchange& e) { e.send_empty(204); });
    router().add("POST", "/json", [](http::Exchange& e) { e.send_json(e.read_body(100)); });
    router().add("GET", "/large",
                 [](http::Exchange& e) { e.send(200, "text/plain", std::string(3'000'000, 'l')); });
    router().add("GET", "/see/{name}", [](http::Exchange& e) {
      e.set_header("X-Name", e.param("name"));
      e.send_json("{\"minor\":" + std::to_string(e.version().minor) + ",\"path\":\"" + e.path() +
                  "\",\"q\":\"" + e.query().get("q") + "\",\"h\":\"" + e.header("x-test") + "\"}");
    });
    start();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(every_answer_carries_dockers_headers, Running) {
  Client c(*this);
  for (const char* path : {"/_ping", "/unknown", "/v1.12/_ping"}) {
    const auto r = c.get(path);
    BOOST_TEST(r.headers.at("api-version") == "1.51");
    BOOST_TEST(r.headers.at("docker-experimental") == "false");
    BOOST_TEST(r.headers.at("ostype") == "linux");
    BOOST_TEST(r.headers.at("server") == "Docker/test (linux)");
    BOOST_TEST(r.headers.at("date").size() == 29u);
    BOOST_TEST(r.headers.at("date").ends_with(" GMT"));
  }
}

BOOST_FIXTURE_TEST_CASE(a_request_reaches_its_handler_with_all_its_parts, Running) {
  Client c(*this);
  const auto r =
      c.send("GET /v1.43/see/a%20b?q=c+d HTTP/1.1\r\nHost: d\r\nX-Test:  t \r\n\r\n").response();
  BOOST_TEST(r.status == 200);
  BOOST_TEST(r.headers.at("x-name") == "a b");
  BOOST_TEST(r.headers.at("content-type") == "application/json");
  BOOST_TEST(r.body == "{\"minor\":43,\"path\":\"/see/a%20b\",\"q\":\"c d\",\"h\":\"t\"}\n");
  BOOST_TEST(c.get("http://docker/see/x").status == 200);
}

BOOST_FIXTURE_TEST_CASE(headers_of_one_answer_do_not_appear_on_the_next, Running) {
  Client c(*this);
  BOOST_TEST(c.get("/see/x").headers.contains("x-name"));
  BOOST_TEST(!c.get("/_ping").headers.contains("x-name"));
}

BOOST_FIXTURE_TEST_CASE(pipelined_requests_are_answered_in_order, Running) {
  Client c(*this);
  std::string all;
  for (int i = 0; i < 500; ++i)
    all += "POST /echo HTTP/1.1\r\nContent-Length: " + std::to_string(std::to_string(i).size()) +
           "\r\n\r\n" + std::to_string(i);
  c.send(all);
  for (int i = 0; i < 500; ++i) BOOST_TEST(c.response().body == std::to_string(i));
}

BOOST_FIXTURE_TEST_CASE(a_head_may_come_byte_by_byte_and_after_blank_lines, Running) {
  Client c(*this);
  for (const char byte : std::string("\r\n\r\nGET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"))
    c.send({&byte, 1});
  BOOST_TEST(c.response().body == "OK");
}

BOOST_FIXTURE_TEST_CASE(head_is_answered_as_get_without_the_body, Running) {
  Client c(*this);
  c.send("HEAD /_ping HTTP/1.1\r\n\r\nGET /_ping HTTP/1.1\r\n\r\n");
  const auto head = c.response(true);
  BOOST_TEST(head.headers.at("content-length") == "2");
  BOOST_TEST(c.response().body == "OK");
}

BOOST_FIXTURE_TEST_CASE(http_1_0_is_closed_unless_asked_to_stay, Running) {
  Client once(*this);
  const std::string answer = once.send("GET /_ping HTTP/1.0\r\n\r\n").read_to_end();
  BOOST_TEST(answer.starts_with("HTTP/1.0 200 OK\r\n"));
  BOOST_TEST(answer.ends_with("\r\n\r\nOK"));
  Client stays(*this);
  for (int i = 0; i < 2; ++i) {
    const auto r = stays.send("GET /_ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").response();
    BOOST_TEST(r.headers.at("connection") == "keep-alive");
  }
}

BOOST_FIXTURE_TEST_CASE(connection_close_is_honoured, Running) {
  Client c(*this);
  const auto r = c.send("GET /_ping HTTP/1.1\r\nConnection: close\r\n\r\n").response();
  BOOST_TEST(r.headers.at("connection") == "close");
  BOOST_TEST(c.read_to_end().empty());
}

BOOST_FIXTURE_TEST_CASE(chunked_bodies_with_trailers_are_read, Running) {
  Client c(*this);
  const std::string request =
      "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n "
      "world\r\n0\r\nT: 1\r\n\r\n";
  BOOST_TEST(c.send(request + request).response().body == "hello world");
  BOOST_TEST(c.response().body == "hello world");
  for (const char byte : request) c.send({&byte, 1});
  BOOST_TEST(c.response().body == "hello world");
}

BOOST_FIXTURE_TEST_CASE(large_bodies_pass_in_both_directions, Running) {
  Client c(*this);
  std::string body(2'000'000, 'b');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  c.send("POST /echo HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n" + body);
  BOOST_TEST((c.response().body == body));
  std::string chunked = "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (size_t at = 0; at < body.size(); at += 50'000)
    chunked += "c350\r\n" + body.substr(at, 50'000) + "\r\n";
  c.send(chunked + "0\r\n\r\n");
  BOOST_TEST((c.response().body == body));
  BOOST_TEST(c.get("/large").body.size() == 3'000'000u);
}

BOOST_FIXTURE_TEST_CASE(a_body_that_the_handler_left_is_skipped, Running) {
  Client c(*this);
  const std::string body(500'000, 'x');
  c.send("POST /ignore HTTP/1.1\r\nContent-Length: 500000\r\n\r\n" + body);
  const auto r = c.response();
  BOOST_TEST(r.status == 204);
  BOOST_TEST(!r.headers.contains("content-length"));
  BOOST_TEST(c.get("/_ping").body == "OK");
  c.send("POST /unknown HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  BOOST_TEST(c.response().status == 404);
  BOOST_TEST(c.get("/_ping").body == "OK");
}

BOOST_FIXTURE_TEST_CASE(a_left_body_beyond_a_megabyte_closes_the_connection, Running) {
  Client c(*this);
  c.send("POST /ignore HTTP/1.1\r\nContent-Length: 50000000\r\n\r\n");
  BOOST_TEST(c.response().status == 204);
  c.try_send(std::string(3'000'000, 'x'));
  BOOST_TEST(c.read_to_end().empty());
}

BOOST_FIXTURE_TEST_CASE(expect_100_continue_is_answered_when_the_body_is_wanted, Running) {
  Client c(*this);
  c.send("POST /echo HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(c.read(25) == "HTTP/1.1 100 Continue\r\n\r\n");
  BOOST_TEST(c.send("body").response().body == "body");
  c.send("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(c.read(25) == "HTTP/1.1 100 Continue\r\n\r\n");
  BOOST_TEST(c.send("1\r\nx\r\n0\r\n\r\n").response().body == "x");
}

BOOST_FIXTURE_TEST_CASE(a_body_sent_without_waiting_gets_no_100_continue, Running) {
  Client c(*this);
  c.send("POST /echo HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody");
  BOOST_TEST(c.response().status == 200);
}

BOOST_FIXTURE_TEST_CASE(an_unwanted_expected_body_closes_the_connection, Running) {
  Client c(*this);
  c.send("POST /ignore HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  const auto r = c.response();
  BOOST_TEST(r.status == 204);
  BOOST_TEST(r.headers.at("connection") == "close");
  BOOST_TEST(c.read_to_end().empty());
}

BOOST_FIXTURE_TEST_CASE(options_is_answered_for_every_path, Running) {
  Client c(*this);
  for (const char* target : {"*", "/anything", "/v1.40/_ping"}) {
    const auto r = c.send("OPTIONS " + std::string(target) + " HTTP/1.1\r\n\r\n").response();
    BOOST_TEST(r.status == 200);
    BOOST_TEST(r.body.empty());
  }
}

BOOST_FIXTURE_TEST_CASE(json_bodies_need_a_json_content_type, Running) {
  Client c(*this);
  const auto post = [&](const std::string& header) {
    return c.send("POST /json HTTP/1.1\r\n" + header + "Content-Length: 2\r\n\r\n{}").response();
  };
  BOOST_TEST(post("Content-Type: application/json\r\n").body == "{}\n");
  BOOST_TEST(post("Content-Type: Application/JSON; charset=utf-8\r\n").status == 200);
  const auto plain = post("Content-Type: text/plain\r\n");
  BOOST_TEST(plain.status == 400);
  BOOST_TEST(plain.body ==
             "{\"message\":\"unsupported Content-Type header (text/plain): must be "
             "'application/json'\"}\n");
  BOOST_TEST(post("").body == "{\"message\":\"malformed Content-Type header ()\"}\n");
  BOOST_TEST(c.send("POST /json HTTP/1.1\r\n\r\n").response().status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_body_beyond_the_handlers_limit_is_refused, Running) {
  Client c(*this);
  const std::string head = "POST /json HTTP/1.1\r\nContent-Type: application/json\r\n";
  c.send(head + "Content-Length: 101\r\n\r\n" + std::string(101, ' '));
  BOOST_TEST(c.response().status == 400);
  c.send(head + "Transfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, ' ') +
         "\r\n0\r\n\r\n");
  const auto r = c.response();
  BOOST_TEST(r.status == 400);
  BOOST_TEST(r.body == "{\"message\":\"request body is larger than 100 bytes\"}\n");
  BOOST_TEST(c.get("/_ping").status == 200);
}
