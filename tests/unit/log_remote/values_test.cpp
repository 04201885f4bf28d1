#include "options/values.hpp"

#include <boost/test/unit_test.hpp>

#include "options/url.hpp"
#include "thrown.hpp"

using namespace log_remote;
using gantry::test::message_of;

BOOST_AUTO_TEST_SUITE(log_remote_values)

BOOST_AUTO_TEST_CASE(durations) {
  BOOST_TEST(parse_duration("1h2m3.5s").count() == 3'723'500'000'000);
  BOOST_TEST(parse_duration("-1.5ms").count() == -1'500'000);
  BOOST_TEST(parse_duration("7us9ns").count() == 7'009);
  BOOST_TEST(parse_duration("0").count() == 0);
  const auto says = [](const char* text) { return message_of([&] { parse_duration(text); }); };
  for (const char* text : {"", "-", "s", ".s", "1.2.3s", "99999999999h"})
    BOOST_TEST(says(text) == "time: invalid duration \"" + std::string(text) + "\"");
  BOOST_TEST(says("3 s") == "time: unknown unit \" s\" in duration \"3 s\"");
  BOOST_TEST(says("3days") == "time: unknown unit \"days\" in duration \"3days\"");
}

BOOST_AUTO_TEST_CASE(sizes) {
  BOOST_TEST(parse_size("8388608") == 8'388'608);
  BOOST_TEST(parse_size("8MB") == 8'388'608);
  BOOST_TEST(parse_size("1.5 GiB") == 1'610'612'736);
  BOOST_TEST(parse_size("7b") == 7);
  const auto says = [](const char* text) { return message_of([&] { parse_size(text); }); };
  BOOST_TEST(says("") == "invalid size: ''");
  BOOST_TEST(says("-1m") == "invalid size: '-1m'");
  BOOST_TEST(says("9999999999t") == "invalid size: '9999999999t'");
  BOOST_TEST(says("1.2.3m") == "strconv.ParseFloat: parsing \"1.2.3\": invalid syntax");
  for (const char* text : {"1mx", "1x", "1mibs"})
    BOOST_TEST(says(text) == "invalid suffix: '" + std::string(text).substr(1) + "'");
}

BOOST_AUTO_TEST_CASE(numbers) {
  BOOST_TEST((find_integer("+7") == 7));
  BOOST_TEST((find_integer("-7") == -7));
  for (const char* text : {"", "+", "+-7", "7 ", "0x7", "99999999999999999999"})
    BOOST_TEST(!find_integer(text).has_value());
  BOOST_TEST(parse_unsigned("4294967295") == 4294967295u);
  BOOST_TEST(message_of([] { parse_unsigned("4294967296"); }) ==
             "strconv.ParseUint: parsing \"4294967296\": value out of range");
}

BOOST_AUTO_TEST_CASE(text_in_messages_is_quoted) {
  BOOST_TEST(in_quotes("a\"b\\c\n\x01") == R"("a\"b\\c\n\x01")");
}

BOOST_AUTO_TEST_CASE(addresses_are_taken_apart_by_gos_rules) {
  const Url url = parse_url("UDP://user@[fe80::1]:514/a%20b?c#d");
  BOOST_TEST(url.scheme == "udp");
  BOOST_TEST(url.host == "[fe80::1]:514");
  BOOST_TEST(url.path == "/a b");
  BOOST_TEST(parse_url("/a:b").path == "/a:b");
  BOOST_TEST(parse_url("tcp:x").host == "");
  const auto says = [](const char* text) { return message_of([&] { parse_url(text); }); };
  BOOST_TEST(says("://x") == "parse \"://x\": missing protocol scheme");
  BOOST_TEST(says("tcp://a b") == "parse \"tcp://a b\": invalid character \" \" in host name");
  BOOST_TEST(says("tcp://[::1") == "parse \"tcp://[::1\": missing ']' in host");
  BOOST_TEST(says("tcp://a\n") ==
             "parse \"tcp://a\\n\": net/url: invalid control character in URL");
  BOOST_TEST(says("unix:///%zz") == "parse \"unix:///%zz\": invalid URL escape \"%zz\"");
  BOOST_TEST(says("unix:///%4") == "parse \"unix:///%4\": invalid URL escape \"%4\"");
}

BOOST_AUTO_TEST_SUITE_END()
