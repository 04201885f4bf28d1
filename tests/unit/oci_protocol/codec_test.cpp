#include "protocol/codec.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "protocol/client.hpp"
#include "protocol/messages.hpp"
#include "tests/unit/oci_protocol/encoded.hpp"

using namespace gantry::shim;
using gantry::test::encoded;

BOOST_AUTO_TEST_SUITE(codec)

BOOST_AUTO_TEST_CASE(every_field_of_the_largest_message_comes_back) {
  const std::vector<std::string> args = {"sh", "-c", "", "echo \xff"}, env = {"A=1"};
  const TextListBuffer packed_args(args), packed_env(env);
  const std::uint32_t groups[] = {7, 8};
  ExecStart sent;
  sent.exec_id = "e1";
  sent.args = packed_args.view();
  sent.env = packed_env.view();
  sent.cwd = "/tmp";
  sent.uid = 1000, sent.gid = 100;
  sent.groups = {reinterpret_cast<const char*>(groups), sizeof groups};
  sent.cap_bounding = 1ull << 40, sent.cap_ambient = 3;
  sent.seccomp = std::string_view("\0\1\2\3\4\5\6\7", 8);
  sent.tty = 1, sent.tty_rows = 24, sent.tty_columns = 80;
  sent.has_stream = 1;
  sent.stream.streams = 5;
  sent.stream.read_ahead = "typed";
  sent.has_oom_score_adj = 1, sent.oom_score_adj = -500;

  const std::string body = encoded(sent);
  ExecStart got;
  Decoder decoder(body);
  got.fields(decoder);
  BOOST_TEST(decoder.ok());
  std::vector<std::string> got_args;
  BOOST_TEST(got.args.each([&](const char* arg) { got_args.emplace_back(arg); }));
  BOOST_TEST(got_args == args);
  BOOST_TEST(got.cwd == "/tmp");
  BOOST_TEST(got.cwd.data()[4] == '\0');
  BOOST_TEST(got.groups == sent.groups);
  BOOST_TEST(got.cap_bounding == sent.cap_bounding);
  BOOST_TEST(got.seccomp == sent.seccomp);
  BOOST_TEST(got.stream.read_ahead == "typed");
  BOOST_TEST(got.stream.log_offset == UINT64_MAX);
  BOOST_TEST(got.oom_score_adj == -500);
}

BOOST_AUTO_TEST_CASE(message_of_an_older_sender_leaves_later_fields_at_their_defaults) {
  std::string body;
  Encoder<std::string> encode(body);
  encode(std::uint32_t{5});
  Attach got;
  Decoder decoder(body);
  got.fields(decoder);
  BOOST_TEST(decoder.ok());
  BOOST_TEST(got.streams == 5u);
  BOOST_TEST(got.detach_keys == "");
  BOOST_TEST(got.log_offset == UINT64_MAX);
}

BOOST_AUTO_TEST_CASE(fields_of_a_newer_sender_are_skipped) {
  std::string body = encoded(Ack{77});
  body += "something new";
  Ack got;
  Decoder decoder(body);
  got.fields(decoder);
  BOOST_TEST(decoder.ok());
  BOOST_TEST(got.sequence == 77u);
}

BOOST_AUTO_TEST_CASE(no_prefix_of_a_message_reads_outside_it) {
  const std::vector<std::string> args = {"one", "two"};
  const TextListBuffer packed(args);
  ExecStart sent;
  sent.exec_id = "x";
  sent.args = packed.view();
  sent.cwd = "/";
  const std::string body = encoded(sent);
  for (std::size_t size = 0; size < body.size(); ++size) {
    const std::string cut(body, 0, size);  // on the heap: a sanitizer sees a byte too far
    ExecStart got;
    Decoder decoder(cut);
    got.fields(decoder);
    got.args.each([](const char* arg) { BOOST_TEST(std::string(arg).size() == 3u); });
  }
}

BOOST_AUTO_TEST_CASE(list_whose_count_disagrees_with_its_bytes_is_malformed) {
  for (const std::uint32_t count : {0u, 1u, 3u, 0xffffffffu}) {
    std::string body;
    Encoder<std::string> encode(body);
    encode(count);
    encode(std::string_view("a\0b\0", 4));
    TextList got;
    Decoder decoder(body);
    decoder(got);
    BOOST_TEST(!decoder.ok());
  }
}

BOOST_AUTO_TEST_CASE(text_with_a_nul_is_not_put_into_a_list) {
  TextListBuffer list;
  BOOST_CHECK_THROW(list.add(std::string_view("a\0b", 3)), ShimError);
}

BOOST_AUTO_TEST_SUITE_END()
