#include "core/http/request_head.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "core/base/error.hpp"

using namespace gantry;
using http::RequestHead;

namespace {

RequestHead parse(std::string_view text) {
  size_t scanned = 0;
  BOOST_REQUIRE_EQUAL(http::find_head_end(text, scanned), text.size());
  RequestHead head;
  http::parse_head(text, head);
  return head;
}

bool refused(std::string_view text, Errc code = Errc::invalid) {
  try {
    RequestHead head;
    http::parse_head(text, head);
  } catch (const Error& e) {
    return e.code() == code;
  }
  return false;
}

/// A request with one more header line.
std::string with(std::string_view line) {
  return "POST /x HTTP/1.1\r\nHost: d\r\n" + std::string(line) + "\r\n\r\n";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_usual_head_is_taken_apart) {
  const auto h = parse(
      "POST /v1.51/containers/create?name=a%20b HTTP/1.1\r\nHost: docker\r\nUser-Agent:  "
      "Docker-Client/28 \t\r\nContent-Length: 12\r\nContent-Type: application/json\r\n\r\n");
  BOOST_TEST(h.method == "POST");
  BOOST_TEST(h.target == "/v1.51/containers/create?name=a%20b");
  BOOST_TEST(h.minor_version == 1);
  BOOST_TEST(h.content_length == 12u);
  BOOST_TEST(!h.chunked);
  BOOST_TEST(h.keep_alive);
  BOOST_TEST(h.find("user-agent").value() == "Docker-Client/28");
  BOOST_TEST(!h.find("X-None").has_value());
}

BOOST_AUTO_TEST_CASE(the_end_of_a_head_is_found_however_it_is_cut) {
  const std::string head = "GET / HTTP/1.1\r\nHost: d\r\nX: \r\n\r\n";
  size_t scanned = 0;
  for (size_t n = 0; n < head.size(); ++n)
    BOOST_TEST(http::find_head_end(std::string_view(head).substr(0, n), scanned) == 0u);
  BOOST_TEST(http::find_head_end(head + "body\r\n\r\n", scanned) == head.size());
}

BOOST_AUTO_TEST_CASE(lines_may_end_in_a_lone_newline) {
  const auto h = parse("GET / HTTP/1.0\nHost: d\n\n");
  BOOST_TEST(h.minor_version == 0);
  BOOST_TEST(h.find("host").value() == "d");
}

BOOST_AUTO_TEST_CASE(connections_are_kept_as_the_version_and_the_header_say) {
  BOOST_TEST(parse("GET / HTTP/1.1\r\n\r\n").keep_alive);
  BOOST_TEST(!parse("GET / HTTP/1.0\r\n\r\n").keep_alive);
  BOOST_TEST(!parse("GET / HTTP/1.1\r\nConnection: Upgrade, Close\r\n\r\n").keep_alive);
  BOOST_TEST(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  const auto h = parse("POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  BOOST_TEST(h.keep_alive);
  BOOST_TEST(h.has_upgrade);
}

BOOST_AUTO_TEST_CASE(lengths_that_two_readers_could_take_differently_are_refused) {
  for (const char* line : {"Content-Length: 5\r\nContent-Length: 5",
                           "Content-Length: 5\r\nContent-Length: 6",
                           "Content-Length: 5\r\nTransfer-Encoding: chunked",
                           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                           "Content-Length: +5",
                           "Content-Length: -5",
                           "Content-Length: 5, 5",
                           "Content-Length: 0x5",
                           "Content-Length: 5 5",
                           "Content-Length:",
                           "Content-Length: 1000000000000000000",
                           "Content-Length : 5",
                           " Content-Length: 5",
                           "Content\tLength: 5",
                           "Host: e",
                           "X: a\r\n b",
                           "X: a\rb",
                           "Content-Length\r\n: 5",
                           ": 5",
                           "novalue",
                           "Expect: something"})
    BOOST_TEST(refused(with(line)), line);
  BOOST_TEST(refused(with(std::string_view("X: a\0b", 6))));
  for (const char* coding : {"gzip", "gzip, chunked", "chunked, gzip", "xchunked", "chunked;q=1"})
    BOOST_TEST(refused(with(std::string("Transfer-Encoding: ") + coding), Errc::unsupported),
               coding);
  BOOST_TEST(refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"));
  BOOST_TEST(parse(with("transfer-encoding: Chunked")).chunked);
}

BOOST_AUTO_TEST_CASE(malformed_request_lines_are_refused) {
  for (const char* line :
       {"GET", "GET /", "GET  HTTP/1.1", "GET /a b HTTP/1.1", "GET / HTTP/2.0", "GET / HTTP/1.2",
        "GET / http/1.1", "G\x01T / HTTP/1.1", "GET /\x7f HTTP/1.1", "GET /\t HTTP/1.1",
        " GET / HTTP/1.1", "PRI * HTTP/2.0", "(GET) / HTTP/1.1"})
    BOOST_TEST(refused(std::string(line) + "\r\n\r\n"), line);
}

BOOST_AUTO_TEST_CASE(an_incomplete_head_and_too_many_fields_are_refused) {
  BOOST_TEST(refused(""));
  BOOST_TEST(refused("GET / HTTP/1.1\r\nHost: d\r\n"));
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 129; ++i) many += "X: y\r\n";
  BOOST_TEST(refused(many + "\r\n"));
}

BOOST_AUTO_TEST_CASE(an_old_protocol_does_not_wait_for_100_continue) {
  BOOST_TEST(parse(with("Expect: 100-Continue")).expects_continue);
  BOOST_TEST(!parse("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expects_continue);
}

BOOST_AUTO_TEST_CASE(a_reused_head_remembers_nothing) {
  RequestHead head;
  http::parse_head("POST / HTTP/1.0\r\nContent-Length: 5\r\nUpgrade: x\r\n\r\n", head);
  http::parse_head("GET / HTTP/1.1\r\n\r\n", head);
  BOOST_TEST(head.fields.empty());
  BOOST_TEST(head.content_length == 0u);
  BOOST_TEST(!head.has_upgrade);
  BOOST_TEST(head.keep_alive);
}
