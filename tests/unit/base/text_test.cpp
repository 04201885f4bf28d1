#include "core/base/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace gantry;

BOOST_AUTO_TEST_CASE(splitting_keeps_empty_parts_and_joining_undoes_it) {
  const auto parts = text::split(",a,,b,", ',');
  BOOST_TEST(parts.size() == 5u);
  BOOST_TEST(text::join(parts, ",") == ",a,,b,");
  BOOST_TEST(text::split("", ',').size() == 1u);
}

BOOST_AUTO_TEST_CASE(integers_are_whole_or_nothing) {
  BOOST_TEST(text::to_int("-42").value() == -42);
  for (const char* s : {"", " 1", "1 ", "1x", "+", "9223372036854775808"})
    BOOST_TEST(!text::to_int(s).has_value(), s);
}

BOOST_AUTO_TEST_CASE(trimming_and_case_do_not_touch_the_inside) {
  BOOST_TEST(text::trim(" \t a b\r\n") == "a b");
  BOOST_TEST(text::trim(" \n") == "");
  BOOST_TEST(text::lower("A-b_C") == "a-b_c");
  BOOST_TEST(text::iequals("Content-Length", "content-lengtH"));
  BOOST_TEST(!text::iequals("a", "ab"));
}

BOOST_AUTO_TEST_CASE(hexadecimal_digits_have_values_and_others_none) {
  const std::string digits = "0123456789abcdefABCDEF";
  for (size_t i = 0; i < digits.size(); ++i)
    BOOST_TEST(text::hex_value(digits[i]) == static_cast<int>(i < 16 ? i : i - 6));
  for (const char other : {'g', 'G', '/', ':', '@', '`', '\0'})
    BOOST_TEST(text::hex_value(other) == -1);
}

BOOST_AUTO_TEST_CASE(bytes_are_written_in_lower_case_hex) {
  BOOST_TEST(text::hex("\x00\xff\x1a", 3) == "00ff1a");
  BOOST_TEST(text::is_hex("00ff1a"));
  BOOST_TEST(!text::is_hex("00FF1A"));
}
