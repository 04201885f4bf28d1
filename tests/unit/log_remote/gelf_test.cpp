#include <zlib.h>

#include <boost/test/unit_test.hpp>

#include "gelf/compression.hpp"
#include "gelf/driver.hpp"
#include "gelf/messages.hpp"
#include "lines.hpp"
#include "peers.hpp"
#include "thrown.hpp"

using namespace log_remote;
using namespace gantry::test;

namespace {

std::string inflated(const std::string& packet) {
  z_stream stream{};
  BOOST_REQUIRE(inflateInit2(&stream, 15 + 32) == Z_OK);  // either header
  std::string out(1 << 20, '\0');
  std::string in = packet;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  BOOST_TEST(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

std::unique_ptr<gantry::sdk::LogStream> opened(gantry::sdk::LogSource from,
                                               const gantry::sdk::LogOptions& options) {
  gelf::Driver driver{gantry::sdk::Host(nullptr)};
  from.options = options;
  return driver.open(from);
}

std::string put_together(UdpPeer& peer, std::size_t& count) {
  std::string whole, id;
  count = 1;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string chunk = peer.read();
    BOOST_REQUIRE(chunk.size() > 12);
    BOOST_TEST(chunk.size() <= 1420u);
    BOOST_TEST(chunk.substr(0, 2) == "\x1e\x0f");
    if (i == 0) id = chunk.substr(2, 8);
    BOOST_TEST((chunk.substr(2, 8) == id));
    BOOST_TEST(static_cast<unsigned char>(chunk[10]) == i);
    count = static_cast<unsigned char>(chunk[11]);
    whole += chunk.substr(12);
  }
  return whole;
}

constexpr const char* kFields =
    "\"_command\":\"sh -c true\",\"_container_id\":\"0123456789abcdef\","
    "\"_container_name\":\"web\",\"_created\":\"2023-11-14T22:13:20.5Z\","
    "\"_image_id\":\"sha256:aa\",\"_image_name\":\"alpine\",\"_tag\":\"0123456789ab\"";

}  // namespace

BOOST_AUTO_TEST_SUITE(log_remote_gelf)

BOOST_AUTO_TEST_CASE(tcp_messages_are_json_with_a_nul_behind_it) {
  TcpPeer peer;
  std::uint32_t taken = 0;
  opened(source(), {{"gelf-address", "tcp://127.0.0.1:" + peer.port()}})
      ->write(Lines({{"hello"}, {""}, {"oh \"no\"", true}}), taken, no_op());
  BOOST_TEST(taken == 3u);
  const auto message = [](const std::string& text, const std::string& level) {
    return "{\"version\":\"1.1\",\"host\":\"box\",\"short_message\":\"" + text +
           "\",\"timestamp\":1700000000.123,\"level\":" + level + "," + kFields + "}" +
           std::string(1, '\0');
  };
  BOOST_TEST(
      (peer.accept().read_to_end() == message("hello", "6") + message("oh \\\"no\\\"", "3")));
}

BOOST_AUTO_TEST_CASE(datagrams_are_compressed_as_the_options_say) {
  for (const char* type : {"gzip", "zlib", "none"}) {
    UdpPeer peer;
    std::uint32_t taken = 0;
    opened(source(), {{"gelf-address", "udp://127.0.0.1:" + peer.port()},
                      {"gelf-compression-type", type},
                      {"gelf-compression-level", "9"}})
        ->write(Lines({{"hello"}}), taken, no_op());
    BOOST_TEST(taken == 1u);
    const std::string packet = peer.read();
    const std::string head = packet.substr(0, 2);
    if (type == std::string("gzip")) BOOST_TEST((head == "\x1f\x8b"));
    if (type == std::string("zlib")) BOOST_TEST((head[0] == '\x78'));
    const std::string text = type == std::string("none") ? packet : inflated(packet);
    BOOST_TEST(
        text.starts_with("{\"version\":\"1.1\",\"host\":\"box\",\"short_message\":\"hello\""));
    BOOST_TEST(text.ends_with(std::string(kFields) + "}"));
  }
}

BOOST_AUTO_TEST_CASE(long_messages_go_in_chunks) {
  UdpPeer peer;
  const auto stream = opened(source(), {{"gelf-address", "udp://127.0.0.1:" + peer.port()},
                                        {"gelf-compression-type", "none"}});
  std::uint32_t taken = 0;
  stream->write(Lines(long_lines(1, 16384)), taken, no_op());
  BOOST_TEST(taken == 1u);
  std::size_t count = 0;
  const std::string whole = put_together(peer, count);
  BOOST_TEST(count == 12u);
  BOOST_TEST(whole.ends_with("}"));
  const gantry::sdk::Object document(whole);
  BOOST_TEST(document.string("short_message").size() == 16384u);
}

BOOST_AUTO_TEST_CASE(chunks_have_their_limits) {
  BOOST_TEST(gelf::chunks(std::string(1420, 'x'), 1).size() == 1u);
  BOOST_TEST(gelf::chunks(std::string(1421, 'x'), 1).size() == 2u);
  const Packets most = gelf::chunks(std::string(128 * 1408, 'x'), 0x0102030405060708);
  BOOST_TEST(most.size() == 128u);
  BOOST_TEST((most[127].substr(0, 12) ==
              std::string("\x1e\x0f\x01\x02\x03\x04\x05\x06\x07\x08\x7f\x80", 12)));
  const std::string too_long(128 * 1408 + 1, 'x');
  BOOST_TEST(message_of([&] { gelf::chunks(too_long, 1); }) ==
             "gelf: cannot send GELF message: msg too large, would need 129 chunks");
  BOOST_TEST(code_of([&] { gelf::chunks(too_long, 1); }) == GANTRY_INVALID);
}

BOOST_AUTO_TEST_CASE(attributes_get_an_underscore_and_any_bytes_give_json) {
  gantry::sdk::LogSource from = source();
  from.name = "/web";
  from.attributes = {{"team", "a"}, {"_mine", "b\xff"}, {"tag", "instead"}};
  const auto fields = gelf::fields_of(from);
  BOOST_TEST(fields.at("_container_name") == "web");
  BOOST_TEST(fields.at("_team") == "a");
  BOOST_TEST(fields.at("_mine") == "b\ufffd");
  BOOST_TEST(fields.at("_tag") == "instead");
  gelf::Settings settings;
  settings.endpoint.network = Network::kTcp;
  gelf::Messages messages(settings, "box\xfe", from);
  Packets packets;
  messages.encode(Lines({{std::string("a\0b\xff\n", 5)}})[0], packets);
  const gantry::sdk::Object document(packets.at(0).substr(0, packets.at(0).size() - 1));
  BOOST_TEST((document.string("short_message") == std::string("a\0b\ufffd\n", 7)));
}

BOOST_AUTO_TEST_CASE(every_level_gives_back_the_text) {
  for (int level = -1; level <= 9; ++level)
    BOOST_TEST(inflated(gelf::compressed(std::string(5000, 'y'), gelf::Compression::kGzip, level))
                   .size() == 5000u);
}

BOOST_AUTO_TEST_SUITE_END()
