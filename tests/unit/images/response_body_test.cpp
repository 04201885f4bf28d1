// Bodies of answers, cut into pieces and cut off.
#include "core/images/response_body.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using gantry::images::ResponseBody;
using gantry::test::error_text;

namespace {

/// A connection on which `bytes` come, `step` at a time, and then its end.
struct Wire {
  std::string_view bytes;
  std::size_t step;
  std::size_t operator()(char* buffer, std::size_t size) {
    const std::size_t n = std::min({size, step, bytes.size()});
    bytes.copy(buffer, n);
    bytes.remove_prefix(n);
    return n;
  }
};

std::string read_all(ResponseBody& body, Wire& wire, std::size_t piece = 7) {
  std::string all, buffer(piece, '\0');
  const ResponseBody::Source source = [&](char* to, std::size_t most) { return wire(to, most); };
  while (const std::size_t n = body.read(buffer.data(), buffer.size(), source))
    all.append(buffer, 0, n);
  return all;
}

constexpr std::string_view kChunks = "5\r\nhello\r\nC;x=y\r\n wide world!\r\n0\r\nA: b\r\n\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(response_body)

BOOST_AUTO_TEST_CASE(chunks_are_joined_however_they_come) {
  for (std::size_t step = 1; step <= kChunks.size(); ++step) {
    for (const std::size_t piece : {1u, 4u, 100u}) {
      ResponseBody body = ResponseBody::chunked();
      Wire wire{kChunks, step};
      BOOST_TEST(read_all(body, wire, piece) == "hello wide world!");
      BOOST_TEST(body.leaves_connection_usable());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_chunked_body_that_is_cut_off_anywhere_is_no_whole_one) {
  for (std::size_t size = 0; size < kChunks.size(); ++size) {
    ResponseBody body = ResponseBody::chunked();
    Wire wire{kChunks.substr(0, size), 1000};
    BOOST_TEST(error_text(Errc::unavailable, [&] { read_all(body, wire); }) == "unexpected EOF");
  }
}

BOOST_AUTO_TEST_CASE(malformed_chunks_are_told) {
  ResponseBody body = ResponseBody::chunked();
  Wire wire{"five\r\nhello\r\n0\r\n\r\n", 1000};
  error_text(Errc::unavailable, [&] { read_all(body, wire); });
}

BOOST_AUTO_TEST_CASE(what_comes_behind_the_chunks_spoils_the_connection) {
  ResponseBody body = ResponseBody::chunked();
  Wire wire{"0\r\n\r\nmore", 1000};
  BOOST_TEST(read_all(body, wire).empty());
  BOOST_TEST(!body.leaves_connection_usable());
}

BOOST_AUTO_TEST_CASE(a_known_length_is_read_to_its_end_and_no_further) {
  ResponseBody body = ResponseBody::of_length(5);
  Wire wire{"hello, next answer", 1000};
  BOOST_TEST(read_all(body, wire, 100) == "hello");
  BOOST_TEST(body.leaves_connection_usable());
  BOOST_TEST(wire.bytes == ", next answer");

  body = ResponseBody::of_length(5);
  wire = {"hell", 1000};
  BOOST_TEST(error_text(Errc::unavailable, [&] { read_all(body, wire); }) == "unexpected EOF");
}

BOOST_AUTO_TEST_CASE(without_framing_the_end_of_the_connection_is_the_end) {
  ResponseBody body = ResponseBody::until_end();
  Wire wire{"hello", 2};
  BOOST_TEST(read_all(body, wire) == "hello");
  BOOST_TEST(body.done());
  BOOST_TEST(!body.leaves_connection_usable());
  BOOST_TEST(ResponseBody().done());
}

BOOST_AUTO_TEST_SUITE_END()
