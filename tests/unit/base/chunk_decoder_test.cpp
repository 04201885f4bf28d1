#include "core/base/chunk_decoder.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "core/base/error.hpp"

using namespace gantry;

namespace {

struct Decoded {
  std::string payload;
  size_t used = 0;
  bool done = false;
};

/// Feeds `step` bytes at a time.
Decoded decode(std::string_view input, size_t step) {
  ChunkDecoder decoder;
  Decoded result;
  std::string_view window;
  while (!decoder.done()) {
    const size_t offset = result.used;
    if (window.empty() && offset == input.size()) break;
    window = input.substr(offset, step);
    if (decoder.payload_left() > 0) {
      const size_t n = std::min<size_t>(window.size(), decoder.payload_left());
      result.payload += window.substr(0, n);
      decoder.took_payload(n);
      result.used += n;
    } else {
      result.used += decoder.parse(window);
    }
    window = {};
  }
  result.done = decoder.done();
  return result;
}

bool refused(std::string_view input) {
  try {
    decode(input, 1);
  } catch (const Error& e) {
    return e.code() == Errc::invalid;
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_CASE(chunks_extensions_and_trailers_are_read_however_they_are_cut) {
  const std::string body =
      "5\r\nhello\r\n000A;name=\"v\"\r\n, 10 bytes\r\n0\r\nX-Trailer: 1\r\nY: 2\r\n\r\n";
  for (size_t step = 1; step <= body.size() + 8; ++step) {
    const Decoded d = decode(body + "GET / HT", step);
    BOOST_TEST(d.payload == "hello, 10 bytes");
    BOOST_TEST(d.used == body.size());
    BOOST_TEST(d.done);
  }
}

BOOST_AUTO_TEST_CASE(a_body_without_its_end_is_not_done) {
  const std::string body = "3\r\nabc\r\n0\r\n\r\n";
  for (size_t n = 0; n < body.size(); ++n) BOOST_TEST(!decode(body.substr(0, n), 3).done);
}

BOOST_AUTO_TEST_CASE(framing_that_two_readers_could_take_differently_is_refused) {
  for (const char* body :
       {"\r\n", "x\r\n", "0x5\r\n", "+5\r\n", "-1\r\n", " 5\r\n", "5\n", "5\r\r\n", "5\r\nhelloX",
        "5\r\nhello\n", "5\r\nhello\rX", "5;a\nb\r\n", "0\r\nX\n", "0\r\nX: \x01\r\n", "0\r\n\rX",
        "100000000000000000\r\n", "fffffffffffffffff\r\n"})
    BOOST_TEST(refused(body), body);
}

BOOST_AUTO_TEST_CASE(endless_extensions_and_trailers_are_refused) {
  BOOST_TEST(refused("5;" + std::string(5000, 'e')));
  BOOST_TEST(refused(std::string(5000, '0')));
  std::string trailers = "0\r\n";
  while (trailers.size() < 20'000) trailers += "X: y\r\n";
  BOOST_TEST(refused(trailers));
}
