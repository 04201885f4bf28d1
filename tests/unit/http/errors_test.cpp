// What becomes of errors: thrown by handlers, or made by clients.
#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "tests/unit/http/test_server.hpp"

using namespace gantry;
using test::Client;
using test::TestServer;

namespace {

struct Running : TestServer {
  Running() {
    for (const auto& [name, code] :
         std::initializer_list<std::pair<const char*, Errc>>{{"invalid", Errc::invalid},
                                                             {"unauthorized", Errc::unauthorized},
                                                             {"permission", Errc::permission},
                                                             {"not_found", Errc::not_found},
                                                             {"conflict", Errc::conflict},
                                                             {"unsupported", Errc::unsupported},
                                                             {"unavailable", Errc::unavailable},
                                                             {"timeout", Errc::timeout},
                                                             {"exhausted", Errc::exhausted},
                                                             {"internal", Errc::internal}})
      router().add("GET", "/throw/" + std::string(name), [code = code](http::Exchange& e) {
        e.set_header("X-Success", "yes");
        throw Error(code, "it's \"so\" <b>");
      });
    router().add("GET", "/throw/std",
                 [](http::Exchange&) { throw std::runtime_error("standard trouble"); });
    router().add("GET", "/throw/int", [](http::Exchange&) { throw 42; });
    router().add("GET", "/silent", [](http::Exchange&) {});
    router().add("GET", "/twice", [](http::Exchange& e) {
      e.send(200, "text/plain", "first");
      e.send(200, "text/plain", "second");
    });
    router().add("GET", "/broken-stream", [](http::Exchange& e) {
      e.stream("application/json").write("{\"part\":1}\n");
      throw Error(Errc::internal, "the disk is gone");
    });
    router().add("GET", "/bad-header",
                 [](http::Exchange& e) { e.set_header("X", "a\r\nInjected: b"); });
    router().add("GET", "/ok", [](http::Exchange& e) { e.send(200, "text/plain", "OK"); });
    options().head_timeout = std::chrono::seconds(1);
    options().body_idle_timeout = std::chrono::seconds(1);
    options().max_head_bytes = 16384;
    router().add("POST", "/read", [](http::Exchange& e) { e.send_json(e.read_body(1000, false)); });
    start();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(error_classes_become_status_codes_and_dockers_body, Running) {
  Client c(*this);
  for (const auto& [name, status] :
       std::initializer_list<std::pair<const char*, int>>{{"invalid", 400},
                                                          {"unauthorized", 401},
                                                          {"permission", 403},
                                                          {"not_found", 404},
                                                          {"conflict", 409},
                                                          {"unsupported", 501},
                                                          {"unavailable", 503},
                                                          {"timeout", 504},
                                                          {"exhausted", 500},
                                                          {"internal", 500}}) {
    const auto r = c.get("/throw/" + std::string(name));
    BOOST_TEST(r.status == status);
    BOOST_TEST(r.headers.at("content-type") == "application/json");
    BOOST_TEST(r.body == "{\"message\":\"it's \\\"so\\\" <b>\"}\n");
    BOOST_TEST(!r.headers.contains("x-success"));
  }
}

BOOST_FIXTURE_TEST_CASE(other_exceptions_are_500_and_the_connection_goes_on, Running) {
  Client c(*this);
  BOOST_TEST(c.get("/throw/std").body == "{\"message\":\"standard trouble\"}\n");
  BOOST_TEST(c.get("/throw/int").status == 500);
  BOOST_TEST(c.get("/silent").status == 500);
  BOOST_TEST(c.get("/bad-header").status == 500);
  BOOST_TEST(c.get("/ok").body == "OK");
}

BOOST_FIXTURE_TEST_CASE(unknown_paths_and_methods_are_page_not_found, Running) {
  Client c(*this);
  BOOST_TEST(c.get("/unknown").body == "{\"message\":\"page not found\"}\n");
  BOOST_TEST(c.get("/v1.51/unknown").status == 404);
  BOOST_TEST(c.send("PUT /ok HTTP/1.1\r\n\r\n").response().status == 404);
  BOOST_TEST(c.send("HEAD /ok HTTP/1.1\r\n\r\n").response(true).status == 404);
  BOOST_TEST(c.get("/ok").status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_stream_that_fails_is_never_ended_as_if_it_were_whole, Running) {
  Client c(*this);
  const auto r = c.get("/broken-stream");
  BOOST_TEST(r.status == 200);
  BOOST_TEST(r.body == "{\"part\":1}\n");
  BOOST_TEST(!r.complete);
}

BOOST_FIXTURE_TEST_CASE(a_second_answer_does_not_reach_the_client, Running) {
  Client c(*this);
  BOOST_TEST(c.get("/twice").body == "first");
  BOOST_TEST(c.read_to_end().empty());
}

BOOST_FIXTURE_TEST_CASE(malformed_requests_get_400_in_json_and_a_closed_connection, Running) {
  for (const char* request :
       {"GARBAGE\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
        "POST /ok HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /ok HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"}) {
    Client c(*this);
    const auto r = c.send(std::string(request) + "GET /ok HTTP/1.1\r\n\r\n").response();
    BOOST_TEST(r.status == 400, request);
    BOOST_TEST(r.body.starts_with("{\"message\":\"malformed HTTP request: "));
    BOOST_TEST(r.headers.at("api-version") == "1.51");
    BOOST_TEST(c.read_to_end().empty());
  }
}

BOOST_FIXTURE_TEST_CASE(a_malformed_chunked_body_is_400_and_ends_the_connection, Running) {
  Client c(*this);
  c.send("POST /read HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nGET /ok HTTP/1.1\r\n\r\n");
  BOOST_TEST(c.response().status == 400);
  BOOST_TEST(c.read_to_end().empty());
}

BOOST_FIXTURE_TEST_CASE(a_head_beyond_the_limit_is_400, Running) {
  for (const char* end : {"", "\r\n\r\n"}) {
    Client c(*this);
    c.send("GET /ok HTTP/1.1\r\nX: " + std::string(20'000, 'x') + end);
    const auto r = c.response();
    BOOST_TEST(r.status == 400);
    BOOST_TEST(r.body == "{\"message\":\"request header fields too large\"}\n");
  }
  Client c(*this);
  c.send("GET /ok HTTP/1.1\r\nX: " + std::string(16'000, 'x') + "\r\n\r\n");
  BOOST_TEST(c.response().status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_half_sent_head_times_out_but_an_idle_connection_does_not, Running) {
  Client idle(*this), used(*this), slow(*this);
  BOOST_TEST(used.get("/ok").status == 200);
  slow.send("GET /ok HTTP/1.1\r\nHo");
  const auto r = slow.response();
  BOOST_TEST(r.status == 408);
  BOOST_TEST(idle.get("/ok").status == 200);
  BOOST_TEST(used.get("/ok").status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_body_that_stops_coming_times_out, Running) {
  Client c(*this);
  c.send("POST /read HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  BOOST_TEST(c.response().status == 504);
}

BOOST_FIXTURE_TEST_CASE(a_client_that_leaves_in_its_body_harms_nobody, Running) {
  for (const char* request :
       {"POST /read HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc",
        "POST /read HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "GET /o", "\r\n"}) {
    Client gone(*this);
    gone.send(request);
    gone.close();
    BOOST_TEST(Client(*this).get("/ok").status == 200);
  }
}
