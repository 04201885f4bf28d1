// What has no connection: messages out of bytes, the text of a status.
#include <boost/test/unit_test.hpp>
#include <string>

#include "core/grpc/call.hpp"
#include "core/grpc/inbox.hpp"
#include "core/grpc/outbox.hpp"
#include "core/grpc/status_message.hpp"
#include "tests/unit/grpc/raw_peer.hpp"

using namespace gantry;
using grpc::Code;
using grpc::Inbox;
using grpc::Outbox;
using test::message;

BOOST_AUTO_TEST_CASE(messages_are_the_same_however_their_bytes_are_cut) {
  const std::string bytes = message("one") + message("") + message("three");
  for (size_t step = 1; step <= bytes.size(); ++step) {
    Inbox inbox;
    for (size_t at = 0; at < bytes.size(); at += step)
      BOOST_TEST(inbox.add(std::string_view(bytes).substr(at, step)).is_ok());
    BOOST_TEST(inbox.at_boundary());
    for (const char* expected : {"one", "", "three"}) {
      BOOST_REQUIRE(!inbox.empty());
      BOOST_TEST(inbox.take() == expected);
    }
    BOOST_TEST(inbox.empty());
    BOOST_TEST(inbox.take_released() == bytes.size());
  }
}

BOOST_AUTO_TEST_CASE(room_for_messages_is_given_back_when_they_are_taken) {
  Inbox inbox;
  (void)inbox.add(message("one") + message("four"));
  BOOST_TEST(inbox.take_released() == 0u);
  inbox.take();
  BOOST_TEST(inbox.take_released() == 8u);
  BOOST_TEST(inbox.take_released() == 0u);
  inbox.take();
  BOOST_TEST(inbox.take_released() == 9u);
}

BOOST_AUTO_TEST_CASE(room_for_an_unfinished_message_is_given_back_when_nothing_else_is_there) {
  const std::string half = message("a long message").substr(0, 10);
  Inbox inbox;
  (void)inbox.add(half);
  BOOST_TEST(inbox.take_released() == 10u);
  (void)inbox.add(message("a long message").substr(10));
  BOOST_TEST(inbox.take_released() == 0u);
  (void)inbox.add(half);
  BOOST_TEST(inbox.take_released() == 0u);
  inbox.take();
  BOOST_TEST(inbox.take_released() == 9u + 10u);
  BOOST_TEST(!inbox.at_boundary());
}

BOOST_AUTO_TEST_CASE(room_for_messages_is_given_back_when_they_are_dropped) {
  Inbox inbox;
  (void)inbox.add(message("one") + message("four") + message("five").substr(0, 6));
  inbox.clear();
  BOOST_TEST(inbox.empty());
  BOOST_TEST(inbox.take_released() == 8u + 9u + 6u);
}

BOOST_AUTO_TEST_CASE(what_is_no_message_of_ours_is_refused) {
  const auto code = [](const std::string& bytes) { return Inbox().add(bytes).code; };
  const std::string limit = test::big_endian(grpc::kMaxMessage);
  BOOST_TEST((code('\0' + limit) == Code::ok));
  BOOST_TEST((code('\0' + test::big_endian(grpc::kMaxMessage + 1)) == Code::resource_exhausted));
  BOOST_TEST((code('\0' + test::big_endian(0xFFFFFFFF)) == Code::resource_exhausted));
  BOOST_TEST((code('\1' + limit) == Code::unimplemented));
  BOOST_TEST((code("GET / HTTP/1.1\r\n\r\n") == Code::internal));
}

BOOST_AUTO_TEST_CASE(an_outbox_gives_out_what_was_put_in_by_pieces_of_any_size) {
  for (size_t step = 1; step < 20; ++step) {
    Outbox outbox;
    outbox.put("one");
    outbox.put("");
    outbox.put("three");
    std::string out;
    std::uint8_t piece[20];
    while (!outbox.empty()) {
      const size_t n = outbox.take(piece, step);
      BOOST_REQUIRE((n > 0 && n <= step));
      out.append(reinterpret_cast<char*>(piece), n);
    }
    BOOST_TEST((out == message("one") + message("") + message("three")));
  }
}

BOOST_AUTO_TEST_CASE(an_outbox_is_full_at_some_point_and_takes_any_message_before) {
  Outbox outbox;
  outbox.put(std::string(100'000, 'x'));
  BOOST_TEST(outbox.has_room());
  outbox.put(std::string(1'000'000, 'x'));
  BOOST_TEST(!outbox.has_room());
  outbox.clear();
  BOOST_TEST(outbox.has_room());
  BOOST_TEST(outbox.empty());
}

BOOST_AUTO_TEST_CASE(the_text_of_a_status_is_percent_encoded) {
  const auto encode = grpc::encode_status_message;
  BOOST_TEST(encode("plain ~text!") == "plain ~text!");
  BOOST_TEST(encode("50%\n\x7f\xC3\xA9") == "50%25%0A%7F%C3%A9");
  BOOST_TEST(grpc::decode_status_message("50%25%0a%7F%C3%A9") == "50%\n\x7f\xC3\xA9");
  BOOST_TEST(encode(std::string(5000, 'x')).size() == 4096u);
}

BOOST_AUTO_TEST_CASE(a_text_that_is_not_properly_encoded_stays_as_it_is) {
  for (const char* text : {"%", "%4", "100% sure", "%zz", "%4g"})
    BOOST_TEST(grpc::decode_status_message(text) == text);
}
