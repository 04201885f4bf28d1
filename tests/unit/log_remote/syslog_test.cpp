#include <boost/test/unit_test.hpp>

#include "../temporary_directory.hpp"
#include "lines.hpp"
#include "peers.hpp"
#include "syslog/driver.hpp"
#include "syslog/messages.hpp"
#include "text/timestamp.hpp"

using namespace log_remote;
using namespace gantry::test;

namespace {

std::string encoded(syslog::Format format, bool octet_counting, Line line) {
  syslog::Settings settings;
  settings.format = format;
  settings.octet_counting = octet_counting;
  syslog::Messages messages(settings, "box", "web/1", 42);
  Packets packets;
  messages.encode(Lines({std::move(line)})[0], packets);
  return packets.empty() ? "nothing" : packets.at(0);
}

std::unique_ptr<gantry::sdk::LogStream> opened(const gantry::sdk::LogOptions& options) {
  syslog::Driver driver{gantry::sdk::Host(nullptr)};
  gantry::sdk::LogSource from = source();
  from.options = options;
  return driver.open(from);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_remote_syslog)

BOOST_AUTO_TEST_CASE(each_format_is_dockers_byte_for_byte) {
  const std::string stamp = syslog_stamp(kTime);
  BOOST_TEST(encoded(syslog::Format::kUnix, false, {"hello"}) ==
             "<30>" + stamp + " web/1[42]: hello\n");
  BOOST_TEST(encoded(syslog::Format::kRfc3164, false, {"hello"}) ==
             "<30>" + stamp + " box web/1[42]: hello\n");
  BOOST_TEST(encoded(syslog::Format::kRfc5424, false, {"hello"}) ==
             "<30>1 " + rfc3339_local(kTime, false) + " box web/1 42 web/1 - hello\n");
  BOOST_TEST(encoded(syslog::Format::kRfc5424Micro, false, {"hello", true}) ==
             "<27>1 " + rfc3339_local(kTime, true) + " box web/1 42 web/1 - hello\n");
}

BOOST_AUTO_TEST_CASE(octet_counting_puts_the_length_of_all_of_it_first) {
  const std::string message = encoded(syslog::Format::kRfc5424, false, {"hello"});
  BOOST_TEST(encoded(syslog::Format::kRfc5424, true, {"hello"}) ==
             std::to_string(message.size()) + " " + message);
}

BOOST_AUTO_TEST_CASE(any_bytes_go_and_empty_lines_do_not) {
  const std::string bytes("\0\xff\x1b", 3);
  BOOST_TEST(encoded(syslog::Format::kUnix, false, {bytes}).ends_with("]: " + bytes + "\n"));
  BOOST_TEST(encoded(syslog::Format::kUnix, false, {""}) == "nothing");
}

BOOST_AUTO_TEST_CASE(datagrams_over_udp) {
  UdpPeer peer;
  const auto stream =
      opened({{"syslog-address", "udp://127.0.0.1:" + peer.port()}, {"syslog-facility", "local0"}});
  std::uint32_t taken = 0;
  stream->write(Lines({{"one"}, {""}, {"two", true}}), taken, no_op());
  BOOST_TEST(taken == 3u);
  BOOST_TEST(peer.read().starts_with("<134>"));
  const std::string second = peer.read();
  BOOST_TEST(second.starts_with("<131>"));
  BOOST_TEST(second.ends_with(": two\n"));
}

BOOST_AUTO_TEST_CASE(datagrams_and_streams_over_unix_sockets) {
  const TemporaryDirectory directory;
  const std::string datagrams = directory / "dgram", stream_path = directory / "stream";
  const UniqueFd receiver = unix_socket(datagrams, SOCK_DGRAM);
  const UniqueFd listener = unix_socket(stream_path, SOCK_STREAM);
  std::uint32_t taken = 0;
  opened({{"syslog-address", "unixgram://" + datagrams}})->write(Lines({{"one"}}), taken, no_op());
  BOOST_TEST(read_datagram(receiver.get()).ends_with(": one\n"));
  taken = 0;
  opened({{"syslog-address", "unix://" + stream_path}})
      ->write(Lines({{"two"}, {"three"}}), taken, no_op());
  BOOST_TEST(taken == 2u);
  await(listener.get());
  Accepted accepted(UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  const std::string got = accepted.read_to_end();
  BOOST_TEST(got.find(": two\n<30>") != std::string::npos);
  BOOST_TEST(got.ends_with(": three\n"));
}

BOOST_AUTO_TEST_CASE(a_socket_that_was_made_again_is_found_again) {
  const TemporaryDirectory directory;
  const std::string path = directory / "log";
  UniqueFd receiver = unix_socket(path, SOCK_DGRAM);
  const auto stream = opened({{"syslog-address", "unixgram://" + path}});
  std::uint32_t taken = 0;
  stream->write(Lines({{"one"}}), taken, no_op());
  receiver = UniqueFd();
  ::unlink(path.c_str());
  receiver = unix_socket(path, SOCK_DGRAM);
  taken = 0;
  stream->write(Lines({{"two"}}), taken, no_op());
  BOOST_TEST(taken == 1u);
  BOOST_TEST(read_datagram(receiver.get()).ends_with(": two\n"));
}

BOOST_AUTO_TEST_SUITE_END()
