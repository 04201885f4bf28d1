// The opening handshake, frames, and a stream behind a WebSocket.
#include "core/http/websocket.hpp"

#include <boost/test/unit_test.hpp>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/socket.hpp"
#include "core/http/websocket_handshake.hpp"
#include "tests/unit/http/test_server.hpp"

using namespace gantry;
using namespace std::chrono_literals;
using http::Opcode;
using test::Client;
using test::TestServer;
using Kind = http::WebSocketDecoder::Event::Kind;

namespace {

constexpr std::string_view kFields =
    "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// A frame as a client sends it.
std::string frame(Opcode opcode, std::string payload, bool final = true) {
  std::string out(http::FrameHead(opcode, payload.size()).bytes());
  if (!final) out[0] = static_cast<char>(out[0] & 0x7F);
  out[1] = static_cast<char>(static_cast<std::uint8_t>(out[1]) | 0x80);
  const std::string_view mask = "mask";
  for (size_t i = 0; i < payload.size(); ++i)
    payload[i] = static_cast<char>(payload[i] ^ mask[i % mask.size()]);
  return out.append(mask) + payload;
}

/// A frame as the server sends it.
std::string answer(Opcode opcode, std::string_view payload) {
  return std::string(http::FrameHead(opcode, payload.size()).bytes()).append(payload);
}

const std::string kGoingAway = "\x03\xe9";
const std::string kProtocolError = "\x03\xea";
const std::string kNormal = "\x03\xe8";

/// Everything that comes of it; a `!` at the end for a violation.
std::string decoded(std::string input) {
  http::WebSocketDecoder decoder;
  std::string out;
  std::span<char> rest(input);
  try {
    while (!rest.empty()) {
      const auto event = decoder.next(rest);
      if (event.kind == Kind::ping) out += "ping:";
      if (event.kind == Kind::close) out += "close:";
      out += event.payload;
      if (event.kind != Kind::more) out += ' ';
    }
  } catch (const Error&) {
    out += '!';
  }
  return out;
}

/// A server whose /ws leads to `inside`.
struct Running : TestServer {
  explicit Running(bool takes_input = true) {
    std::tie(inside, theirs) = make_socket_pair();
    router().add("GET", "/ws", [this, takes_input](http::Exchange& e) {
      if (!http::agree_on_websocket_version(e)) return;
      const std::string head = http::websocket_head(e);
      http::WebSocket socket(e.upgrade(head), Opcode::binary);
      socket.relay(theirs.get(), takes_input);
      theirs.reset();
    });
    start();
  }
  ~Running() { stop(); }
  std::string read_inside(size_t size) {
    std::string data(size, '\0');
    size_t have = 0;
    while (have < size) {
      const ssize_t n = ::read(inside.get(), data.data() + have, size - have);
      if (n <= 0) break;
      have += static_cast<size_t>(n);
    }
    return data.substr(0, have);
  }
  UniqueFd inside, theirs;
};

struct Deaf : Running {
  Deaf() : Running(false) {}
};

std::string request(std::string_view fields) {
  return "GET /ws HTTP/1.1\r\n" + std::string(fields) + "\r\n";
}

/// Opened, the head read.
struct Opened : Client {
  explicit Opened(const TestServer& server, std::string_view early = {}) : Client(server) {
    send(request(kFields) + std::string(early));
    std::string head;
    while (!head.ends_with("\r\n\r\n")) head += read(1);
    BOOST_TEST(head.starts_with("HTTP/1.1 101 "));
    BOOST_TEST(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") !=
               std::string::npos);
  }
  void expect(const std::string& bytes) { BOOST_TEST(read(bytes.size()) == bytes); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(frames_are_unmasked_and_fragments_joined) {
  BOOST_TEST(decoded(frame(Opcode::text, "one") + frame(Opcode::binary, "two")) == "one two ");
  BOOST_TEST(decoded(frame(Opcode::binary, "a", false) + frame(Opcode::ping, "p") +
                     frame(Opcode::continuation, "b")) == "a ping:p b ");
  BOOST_TEST(decoded(frame(Opcode::pong, "?") + frame(Opcode::close, kNormal)) ==
             "close:" + kNormal + " ");
  const std::string medium(300, 'm'), large(70000, 'l');
  BOOST_TEST(decoded(frame(Opcode::text, medium)) == medium + " ");
  BOOST_TEST(decoded(frame(Opcode::text, large)) == large + " ");
}

BOOST_AUTO_TEST_CASE(violations_are_seen) {
  BOOST_TEST(decoded("\x82\x01x") == "!");                       // no mask
  BOOST_TEST(decoded(frame(Opcode::continuation, "x")) == "!");  // of nothing
  BOOST_TEST(decoded(frame(Opcode::text, "x", false) + frame(Opcode::text, "y")) == "x !");
  BOOST_TEST(decoded(frame(Opcode::ping, "x", false)) == "!");               // in fragments
  BOOST_TEST(decoded(frame(Opcode::ping, std::string(126, 'x'))) == "!");    // too long
  BOOST_TEST(decoded(frame(static_cast<Opcode>(3), "x")) == "!");            // unknown
  BOOST_TEST(decoded("\xc2\x81" + std::string("maskx")) == "!");             // reserved bit
  BOOST_TEST(decoded("\x82\xff" + std::string(8, '\xff') + "mask") == "!");  // 2^63 and more
}

BOOST_AUTO_TEST_CASE(only_some_close_codes_may_be_sent) {
  BOOST_TEST(http::close_code_bytes("").empty());
  BOOST_TEST(http::close_code_bytes(kNormal + "reason") == kNormal);
  for (const char* bad : {"\x03", "\x03\xed", "\x03\xee", "\x07\xd0", "\x13\x88"})
    BOOST_CHECK_THROW(http::close_code_bytes(bad), Error);
}

BOOST_FIXTURE_TEST_CASE(a_request_that_is_no_handshake_is_refused, Running) {
  Client c(*this);
  for (const char* fields :
       {"", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
        "Upgrade: tcp\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhl\r\n"}) {
    const auto refused = c.send(request(fields)).response();
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.body.starts_with("{\"message\":\"bad WebSocket handshake: "));
  }
  const auto old = c.send(request("Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                  "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: x\r\n"))
                       .response();
  BOOST_TEST(old.status == 400);
  BOOST_TEST(old.headers.at("sec-websocket-version") == "13");
}

BOOST_FIXTURE_TEST_CASE(bytes_go_both_ways_and_the_close_is_answered, Running) {
  Opened c(*this, frame(Opcode::text, "early "));
  c.send(frame(Opcode::binary, "input"));
  BOOST_TEST(read_inside(11) == "early input");
  file::write_all(inside.get(), "output");
  c.expect(answer(Opcode::binary, "output"));
  c.send(frame(Opcode::ping, "hello"));
  c.expect(answer(Opcode::pong, "hello"));
  c.send(frame(Opcode::text, "last") + frame(Opcode::close, kNormal + "bye"));
  BOOST_TEST(read_inside(5) == "last");
  c.expect(answer(Opcode::close, kNormal));
  BOOST_TEST(c.read_to_end().empty());
}

BOOST_FIXTURE_TEST_CASE(the_end_of_the_stream_comes_behind_all_output, Running) {
  Opened c(*this);
  file::write_all(inside.get(), "the last words");
  inside.reset();
  c.expect(answer(Opcode::binary, "the last words") + answer(Opcode::close, kNormal));
}

BOOST_FIXTURE_TEST_CASE(a_violation_ends_it_with_its_code, Running) {
  Opened c(*this);
  c.send("\x82\x01x");
  c.expect(answer(Opcode::close, kProtocolError));
  BOOST_TEST(read_inside(1).empty());
}

BOOST_FIXTURE_TEST_CASE(a_client_that_leaves_ends_the_stream_behind_its_input, Running) {
  {
    Opened c(*this);
    c.send(frame(Opcode::text, std::string(100000, 'x')));
    c.close();
  }
  BOOST_TEST(read_inside(200000).size() == 100000u);
}

BOOST_FIXTURE_TEST_CASE(input_that_nobody_takes_is_dropped, Deaf) {
  Opened c(*this);
  for (int i = 0; i < 20; ++i) c.send(frame(Opcode::binary, std::string(100000, 'x')));
  c.send(frame(Opcode::ping, ""));
  c.expect(answer(Opcode::pong, ""));
}

BOOST_FIXTURE_TEST_CASE(a_client_that_does_not_read_makes_the_stream_wait, Running) {
  Opened c(*this);
  constexpr size_t kMuch = 4u << 20;
  std::thread writer([&] {
    file::write_all(inside.get(), std::string(kMuch, 'o'));
    inside.reset();
  });
  c.send(frame(Opcode::binary, "still heard"));  // while output waits
  std::string all = c.read_to_end();
  writer.join();
  BOOST_TEST(static_cast<size_t>(std::ranges::count(all, 'o')) >= kMuch);
  BOOST_TEST(all.ends_with(answer(Opcode::close, kNormal)));
}

BOOST_AUTO_TEST_CASE(stopping_the_server_says_so) {
  BOOST_TEST(test::stops_at_once([] {
    Running running;
    Opened c(running);
    c.send(frame(Opcode::ping, ""));
    c.expect(answer(Opcode::pong, ""));
    const auto took = test::stop_time(running.server());
    c.expect(answer(Opcode::close, kGoingAway));
    return took;
  }));
}
