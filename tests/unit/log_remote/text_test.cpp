#include <stdlib.h>
#include <time.h>

#include <boost/test/unit_test.hpp>

#include "lines.hpp"
#include "text/digest.hpp"
#include "text/timestamp.hpp"
#include "text/utf8.hpp"

using namespace log_remote;
using gantry::test::kTime;

namespace {

/// Local time is somewhere else for a while.
class TimeZone {
 public:
  explicit TimeZone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;
  ~TimeZone() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(log_remote_text)

BOOST_AUTO_TEST_CASE(timestamps_are_local_with_their_offset) {
  {
    const TimeZone zone("UTC0");
    BOOST_TEST(syslog_stamp(kTime) == "Nov 14 22:13:20");
    BOOST_TEST(rfc3339_local(kTime, false) == "2023-11-14T22:13:20Z");
    BOOST_TEST(rfc3339_local(kTime, true) == "2023-11-14T22:13:20.123456Z");
    BOOST_TEST(syslog_stamp(0) == "Jan  1 00:00:00");
  }
  {
    const TimeZone zone("ABC-5:30");
    BOOST_TEST(syslog_stamp(kTime) == "Nov 15 03:43:20");
    BOOST_TEST(rfc3339_local(kTime, false) == "2023-11-15T03:43:20+05:30");
  }
  const TimeZone zone("ABC8");
  BOOST_TEST(rfc3339_local(kTime, true) == "2023-11-14T14:13:20.123456-08:00");
  BOOST_TEST(rfc3339_utc(kTime) == "2023-11-14T22:13:20.123456789Z");
  BOOST_TEST(rfc3339_utc(1'500'000'000) == "1970-01-01T00:00:01.5Z");
  BOOST_TEST(rfc3339_utc(1'000'000'000) == "1970-01-01T00:00:01Z");
}

BOOST_AUTO_TEST_CASE(instants_before_the_epoch_are_rounded_down) {
  const Instant instant = split_instant(-1);
  BOOST_TEST(instant.seconds == -1);
  BOOST_TEST(instant.nanoseconds == 999'999'999);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_are_replaced_one_by_one) {
  const std::string good = "a\u00e9\u20ac\U0001f600";
  BOOST_TEST(valid_utf8(good) == good);
  const std::string mark = "\ufffd";
  BOOST_TEST(valid_utf8("a\xff"
                        "b") == "a" + mark + "b");
  BOOST_TEST(valid_utf8("\xc0\xaf") == mark + mark);                        // too long
  BOOST_TEST(valid_utf8("\xed\xa0\x80") == mark + mark + mark);             // a surrogate
  BOOST_TEST(valid_utf8("\xf4\x90\x80\x80") == mark + mark + mark + mark);  // too far
  BOOST_TEST(valid_utf8("\xe2\x82") == mark + mark);                        // cut off
  BOOST_TEST(valid_utf8("\xe2\x82x") == mark + mark + "x");
}

BOOST_AUTO_TEST_CASE(digests) {
  BOOST_TEST(sha256_hex("abc") ==
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(base64("") == "");
  BOOST_TEST(base64("ab") == "YWI=");
}

BOOST_AUTO_TEST_SUITE_END()
