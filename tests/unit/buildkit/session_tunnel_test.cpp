// Sessions inside a call: bytes between messages and a socket.
#include "core/buildkit/session_tunnel.hpp"

#include <sys/socket.h>

#include "core/buildkit/proto/session.pb.h"
#include "tests/unit/grpc/pair.hpp"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::buildkit;
using namespace gantry::test;
using grpc::Call;
using grpc::Status;

namespace {

std::string wrapped(const std::string& bytes) {
  proto::BytesMessage message;
  message.set_data(bytes);
  return message.SerializeAsString();
}

/// The other end of the socket that a call is carried to.
struct Tunnel {
  UniqueFd inside, outside;
  Flag ended;
  Pair pair;
  std::unique_ptr<Call> call;

  Tunnel() : Tunnel(make_socket_pair()) {}
  explicit Tunnel(std::pair<UniqueFd, UniqueFd> ends)
      : inside(std::move(ends.first)),
        outside(std::move(ends.second)),
        pair([this](Call& carried) {
          carry(carried, std::move(outside));
          ended.raise();
          return Status();
        }),
        call(pair.client->call("/test/Session")) {}

  std::string read(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t at = 0;
    while (at < size) {
      const ssize_t n = ::recv(inside.get(), bytes.data() + at, size - at, 0);
      if (n <= 0) break;
      at += static_cast<std::size_t>(n);
    }
    bytes.resize(at);
    return bytes;
  }
  /// What the call carries out.
  std::string receive(std::size_t size) {
    std::string bytes;
    proto::BytesMessage message;
    while (bytes.size() < size) {
      message.ParseFromString(call->receive().value());
      bytes += message.data();
    }
    return bytes;
  }
};

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_tunnels, Tunnel)

BOOST_AUTO_TEST_CASE(bytes_go_both_ways) {
  call->send(wrapped("hel"));
  call->send(wrapped(""));
  call->send(wrapped("lo"));
  BOOST_TEST(read(5) == "hello");
  send_all(inside.get(), "answer");
  BOOST_TEST(receive(6) == "answer");
}

BOOST_AUTO_TEST_CASE(many_bytes_go_both_ways_at_once) {
  const std::string bytes = pattern(3u << 20);
  std::jthread sending([&] {
    for (std::size_t at = 0; at < bytes.size(); at += 100'000)
      call->send(wrapped(bytes.substr(at, 100'000)));
  });
  std::jthread writing([&] { send_all(inside.get(), bytes); });
  std::string got;
  std::jthread reading([&] { got = read(bytes.size()); });
  BOOST_TEST((receive(bytes.size()) == bytes));
  reading.join();
  BOOST_TEST((got == bytes));
}

BOOST_AUTO_TEST_CASE(a_client_that_ends_its_side_ends_the_session) {
  call->send(wrapped("last"));
  call->close_send();
  BOOST_TEST(read(100) == "last");  // and then the end
  ended.wait();
  BOOST_TEST(!call->receive());
}

BOOST_AUTO_TEST_CASE(a_client_that_gives_up_ends_the_session) {
  call->send(wrapped("x"));
  read(1);
  call.reset();
  BOOST_TEST(read(1) == "");
  ended.wait();
}

BOOST_AUTO_TEST_CASE(a_session_that_ends_ends_the_call) {
  call->send(wrapped("x"));
  read(1);
  inside.reset();
  ended.wait();
  error_text(Errc::cancelled, [&] { call->receive(); });
}

BOOST_AUTO_TEST_CASE(a_piece_that_cannot_be_read_ends_the_session) {
  call->send("\xff\xff");
  BOOST_TEST(read(1) == "");
  ended.wait();
}

BOOST_AUTO_TEST_SUITE_END()
