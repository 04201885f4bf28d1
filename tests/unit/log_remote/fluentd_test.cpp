#include <boost/test/unit_test.hpp>
#include <msgpack.hpp>
#include <thread>

#include "../temporary_directory.hpp"
#include "fluentd/driver.hpp"
#include "lines.hpp"
#include "peers.hpp"
#include "text/digest.hpp"
#include "thrown.hpp"

using namespace log_remote;
using namespace gantry::test;

namespace {

using Record = std::map<std::string, std::string>;

std::unique_ptr<gantry::sdk::LogStream> opened(gantry::sdk::LogOptions options,
                                               gantry::sdk::LogSource from = source()) {
  fluentd::Driver driver{gantry::sdk::Host(nullptr)};
  from.options = std::move(options);
  return driver.open(from);
}

gantry::sdk::LogOptions to(const TcpPeer& peer) {
  return {{"fluentd-address", "127.0.0.1:" + peer.port()}};
}

/// One message, as Fluentd sees it.
struct Message {
  explicit Message(msgpack::object_handle given) : handle(std::move(given)) {
    const msgpack::object& whole = handle.get();
    BOOST_REQUIRE(whole.type == msgpack::type::ARRAY);
    BOOST_REQUIRE(whole.via.array.size == 4u);
    tag = whole.via.array.ptr[0].as<std::string>();
    time = whole.via.array.ptr[1];
    record = whole.via.array.ptr[2].as<Record>();
    option = whole.via.array.ptr[3].as<Record>();
  }
  msgpack::object_handle handle;
  std::string tag;
  msgpack::object time;
  Record record, option;
};

class Messages {
 public:
  explicit Messages(Accepted accepted) : accepted_(std::move(accepted)) {}
  Message next() {
    msgpack::object_handle found;
    while (!unpacker_.next(found)) {
      const std::string more = accepted_.read_some(4096);
      if (more.empty()) throw std::runtime_error("the stream ended");
      unpacker_.reserve_buffer(more.size());
      std::copy(more.begin(), more.end(), unpacker_.buffer());
      unpacker_.buffer_consumed(more.size());
    }
    return Message(std::move(found));
  }
  void acknowledge(const std::string& id) {
    msgpack::sbuffer buffer;
    msgpack::pack(buffer, Record{{"ack", id}});
    accepted_.write({buffer.data(), buffer.size()});
  }
  Accepted& accepted() { return accepted_; }

 private:
  Accepted accepted_;
  msgpack::unpacker unpacker_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(log_remote_fluentd)

BOOST_AUTO_TEST_CASE(records_are_dockers) {
  TcpPeer peer;
  gantry::sdk::LogSource from = source();
  from.tag = "docker.web";
  from.attributes = {{"team", "a"}};
  std::uint32_t taken = 0;
  opened(to(peer), from)->write(Lines({{"hello\xff"}, {"", true}}), taken, no_op());
  BOOST_TEST(taken == 2u);
  Messages messages(peer.accept());
  const Message first = messages.next();
  BOOST_TEST(first.tag == "docker.web");
  BOOST_TEST(first.time.as<std::int64_t>() == 1'700'000'000);
  BOOST_TEST((first.record == Record{{"container_id", "0123456789abcdef"},
                                     {"container_name", "/web"},
                                     {"source", "stdout"},
                                     {"log", "hello\xff"},
                                     {"team", "a"}}));
  BOOST_TEST(first.option.empty());
  const Message second = messages.next();
  BOOST_TEST(second.record.at("source") == "stderr");
  BOOST_TEST(second.record.at("log") == "");
}

BOOST_AUTO_TEST_CASE(sub_second_precision_sends_event_times) {
  TcpPeer peer;
  auto options = to(peer);
  options["fluentd-sub-second-precision"] = "true";
  std::uint32_t taken = 0;
  opened(options)->write(Lines({{"hello"}}), taken, no_op());
  const Message message = Messages(peer.accept()).next();
  BOOST_REQUIRE(message.time.type == msgpack::type::EXT);
  BOOST_TEST(message.time.via.ext.type() == 0);
  BOOST_TEST((std::string(message.time.via.ext.data(), message.time.via.ext.size) ==
              std::string("\x65\x53\xf1\x00\x07\x5b\xcd\x15", 8)));
}

BOOST_AUTO_TEST_CASE(pieces_of_a_long_line_belong_together) {
  TcpPeer peer;
  std::uint32_t taken = 0;
  const auto stream = opened(to(peer));
  const Lines lines({{"a", false, 1, false, kTime},
                     {"x", true, 1, false, kTime},
                     {"b", false, 2, true, kTime + 1},
                     {"c", false, 1, false, kTime + 2},
                     {"d"}});
  stream->write(lines, taken, no_op());
  Messages messages(peer.accept());
  const Record a = messages.next().record, x = messages.next().record, b = messages.next().record,
               c = messages.next().record, d = messages.next().record;
  BOOST_TEST(a.at("partial_message") == "true");
  BOOST_TEST(a.at("partial_ordinal") == "1");
  BOOST_TEST(a.at("partial_last") == "false");
  BOOST_TEST(a.at("partial_id").size() == 64u);
  BOOST_TEST(b.at("partial_id") == a.at("partial_id"));
  BOOST_TEST(b.at("partial_ordinal") == "2");
  BOOST_TEST(b.at("partial_last") == "true");
  BOOST_TEST(x.at("partial_id") != a.at("partial_id"));
  BOOST_TEST(c.at("partial_id") != a.at("partial_id"));
  BOOST_TEST(d.count("partial_message") == 0u);
  taken = 0;
  stream->write(lines, taken, no_op());  // what comes again is the same line again
  BOOST_TEST(messages.next().record.at("partial_id") == a.at("partial_id"));
}

BOOST_AUTO_TEST_CASE(unix_sockets) {
  const TemporaryDirectory directory;
  const std::string path = directory / "fluentd";
  const UniqueFd listener = unix_socket(path, SOCK_STREAM);
  std::uint32_t taken = 0;
  opened({{"fluentd-address", "unix://" + path}})->write(Lines({{"hello"}}), taken, no_op());
  await(listener.get());
  Messages messages{Accepted(UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)))};
  BOOST_TEST(messages.next().record.at("log") == "hello");
}

BOOST_AUTO_TEST_CASE(lines_count_when_they_are_acknowledged) {
  TcpPeer peer;
  auto options = to(peer);
  options["fluentd-request-ack"] = "true";
  std::string first_ids, second_ids;
  std::thread server([&] {
    Messages first(peer.accept());
    for (int i = 0; i < 70; ++i) {  // more than are under way at once
      const std::string id = first.next().option.at("chunk");
      BOOST_TEST(id.size() == 24u);
      first.acknowledge(id);
    }
    first.next();
    first.accepted().close();  // the 71st is not acknowledged
    Messages second(peer.accept());
    const Message again = second.next();
    BOOST_TEST(again.record.at("log").substr(0, 3) == "70 ");
    second.acknowledge("something else");
    second.accepted().read_to_end();
  });
  const auto stream = opened(options);
  std::uint32_t taken = 0;
  stream->write(Lines(long_lines(70, 10)), taken, no_op());
  BOOST_TEST(taken == 70u);
  const auto rest = long_lines(71, 10);
  taken = 0;
  BOOST_TEST(message_of([&] { stream->write(Lines({rest.back()}), taken, no_op()); }) ==
             "fluentd: an acknowledgement of another message");
  BOOST_TEST(taken == 0u);
  server.join();
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_is_waited_for_a_bounded_time) {
  TcpPeer peer;
  auto options = to(peer);
  options["fluentd-request-ack"] = "true";
  options["fluentd-read-timeout"] = "1ms";
  const auto stream = opened(options);
  std::uint32_t taken = 0;
  BOOST_TEST(code_of([&] { stream->write(Lines({{"hello"}}), taken, no_op()); }) == GANTRY_TIMEOUT);
  BOOST_TEST(taken == 0u);
}

BOOST_AUTO_TEST_CASE(nonsense_in_place_of_an_acknowledgement_ends_the_connection) {
  for (const std::string& nonsense :
       {std::string("\xc1"), std::string("\x07"), std::string("\xdf\xff\xff\xff\xff", 5),
        std::string("\x80")}) {
    TcpPeer peer;
    auto options = to(peer);
    options["fluentd-request-ack"] = "true";
    std::thread server([&] {
      Accepted accepted = peer.accept();
      accepted.write(nonsense);
      accepted.read_to_end();
    });
    const auto stream = opened(options);
    std::uint32_t taken = 0;
    BOOST_TEST(code_of([&] { stream->write(Lines({{"hello"}}), taken, no_op()); }) ==
               GANTRY_UNAVAILABLE);
    BOOST_TEST(taken == 0u);
    server.join();
  }
}

BOOST_AUTO_TEST_SUITE_END()
