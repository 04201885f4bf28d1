// Waiting for a connection's next request, at any pace of the client.
#include "core/http/input_buffer.hpp"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/unique_fd.hpp"

using namespace gantry;
using namespace std::chrono_literals;

namespace {

struct Ends {
  UniqueFd server, client;

  Ends() {
    std::array<int, 2> fds{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
    server = UniqueFd(fds[0]);
    client = UniqueFd(fds[1]);
  }
};

void write_byte(const UniqueFd& fd, char byte) {
  BOOST_REQUIRE(::send(fd.get(), &byte, 1, MSG_NOSIGNAL) == 1);
}

char read_byte(const UniqueFd& fd) {
  char byte = 0;
  BOOST_REQUIRE(::recv(fd.get(), &byte, 1, 0) == 1);
  return byte;
}

/// Answers each byte with itself until the end of the stream; the processor time that it took.
std::chrono::microseconds echo_until_the_end(int fd) {
  http::InputBuffer input(fd);
  while (input.fill_next()) {
    const auto bytes = input.unread();
    if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) break;
    input.consume(bytes.size());
  }
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  return std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

}  // namespace

BOOST_AUTO_TEST_CASE(requests_arrive_whole_and_in_order_at_any_pace) {
  Ends ends;
  auto echo = std::async(std::launch::async, echo_until_the_end, ends.server.get());
  for (int i = 0; i < 2000; ++i) {
    if (i % 100 == 99) std::this_thread::sleep_for(1ms);  // the client's pause is what is tested
    write_byte(ends.client, static_cast<char>(i));
    BOOST_REQUIRE(read_byte(ends.client) == static_cast<char>(i));
  }
  ::shutdown(ends.client.get(), SHUT_WR);
  BOOST_TEST((echo.wait_for(10s) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(a_client_that_pauses_after_a_quick_start_costs_no_processor_time) {
  Ends ends;
  auto echo = std::async(std::launch::async, echo_until_the_end, ends.server.get());
  const auto exchange = [&] {
    write_byte(ends.client, 'x');
    read_byte(ends.client);
  };
  for (int i = 0; i < 10; ++i) exchange();
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(20ms);  // the pause that must cost nothing
    exchange();
  }
  ::shutdown(ends.client.get(), SHUT_WR);
  BOOST_TEST(echo.get() < 100ms);  // of 400 ms
}

BOOST_AUTO_TEST_CASE(the_end_is_seen_while_the_next_request_is_looked_for) {
  Ends ends;
  auto echo = std::async(std::launch::async, echo_until_the_end, ends.server.get());
  for (int i = 0; i < 100; ++i) {
    write_byte(ends.client, 'x');
    read_byte(ends.client);
  }
  ends.client.reset();
  BOOST_TEST((echo.wait_for(10s) == std::future_status::ready));
}
