#include "core/base/time.hpp"

#include <boost/test/unit_test.hpp>

using namespace gantry;

BOOST_AUTO_TEST_CASE(times_print_as_go_prints_them) {
  BOOST_TEST(rfc3339_nano(0) == "0001-01-01T00:00:00Z");
  BOOST_TEST(rfc3339_nano(1'700'000'000'000'000'000) == "2023-11-14T22:13:20Z");
  BOOST_TEST(rfc3339_nano(1'700'000'000'120'000'000) == "2023-11-14T22:13:20.12Z");
  BOOST_TEST(rfc3339_fixed(1'700'000'000'120'000'000) == "2023-11-14T22:13:20.120000000Z");
  BOOST_TEST(rfc3339_seconds(1'700'000'000'999'999'999) == "2023-11-14T22:13:20Z");
  BOOST_TEST(rfc3339_fixed(-1) == "1969-12-31T23:59:59.999999999Z");
}

BOOST_AUTO_TEST_CASE(times_are_read_with_fraction_and_offset) {
  BOOST_TEST(parse_rfc3339("2023-11-14T22:13:20Z").value() == 1'700'000'000'000'000'000);
  BOOST_TEST(parse_rfc3339("2023-11-14T23:13:20.5+01:00").value() == 1'700'000'000'500'000'000);
  BOOST_TEST(parse_rfc3339("0001-01-01T00:00:00Z").value() == 0);
  for (const char* s : {"", "2023-11-14", "2023-11-14T22:13:20", "2023-11-14T22:13:20.Z", "x"})
    BOOST_TEST(!parse_rfc3339(s).has_value(), s);
}

BOOST_AUTO_TEST_CASE(query_timestamps_are_seconds_with_an_optional_fraction) {
  BOOST_TEST(parse_unix_timestamp("1700000000").value() == 1'700'000'000'000'000'000);
  BOOST_TEST(parse_unix_timestamp("1.000000001").value() == 1'000'000'001);
  BOOST_TEST(parse_unix_timestamp("-1.5").value() == -1'500'000'000);
  for (const char* s : {"", "x", "1.", "1.x", "99999999999999999999"})
    BOOST_TEST(!parse_unix_timestamp(s).has_value(), s);
}

BOOST_AUTO_TEST_CASE(times_far_away_are_the_nearest_that_there_is) {
  for (const char* s : {"9223372037", "9223372036.854775808", "253402300799.5"})
    BOOST_TEST(parse_unix_timestamp(s).value() == INT64_MAX, s);
  for (const char* s : {"-9223372037", "-62135596800", "-9223372036854775808.9"})
    BOOST_TEST(parse_unix_timestamp(s).value() == INT64_MIN, s);
  BOOST_TEST(parse_unix_timestamp("9223372036.854775807").value() == INT64_MAX);
  BOOST_TEST(parse_unix_timestamp("9223372036").value() == 9'223'372'036'000'000'000);
  BOOST_TEST(parse_rfc3339("9999-12-31T23:59:59.5Z").value() == INT64_MAX);
  BOOST_TEST(parse_rfc3339("1066-10-14T09:00:00+01:00").value() == INT64_MIN);
}
