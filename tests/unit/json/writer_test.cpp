#include "core/json/writer.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

using gantry::json::Writer;

namespace {

std::string quoted(std::string_view value, bool html = false) {
  return Writer(html).str(value).take();
}
std::string number(double value) { return Writer().number(value).take(); }

}  // namespace

BOOST_AUTO_TEST_CASE(objects_and_arrays_are_separated_by_commas) {
  Writer w;
  w.begin_object().field("a", 1).field("b", "x").field("t", true);
  w.key("l").begin_array().i64(1).null().begin_object().end_object().begin_array().end_array();
  w.end_array().key("r").raw("{\"q\":1}").field("z", std::uint64_t{18446744073709551615u});
  w.end_object();
  BOOST_TEST(w.text() ==
             R"({"a":1,"b":"x","t":true,"l":[1,null,{},[]],"r":{"q":1},"z":18446744073709551615})");
}

BOOST_AUTO_TEST_CASE(lists_and_maps_have_one_call) {
  Writer w;
  w.begin_object().field("l", std::vector<std::string>{"a", "b"});
  w.field("m", std::map<std::string, std::string>{{"k", "v"}, {"n", ""}}).end_object();
  BOOST_TEST(w.take() == R"({"l":["a","b"],"m":{"k":"v","n":""}})");
}

BOOST_AUTO_TEST_CASE(a_writer_is_usable_again_after_take_and_clear) {
  Writer w;
  w.begin_array().i64(1).end_array();
  BOOST_TEST(w.take() == "[1]");
  w.begin_array().i64(2);
  w.clear();
  w.str("x");
  BOOST_TEST(w.take() == "\"x\"");
}

BOOST_AUTO_TEST_CASE(strings_are_escaped) {
  BOOST_TEST(quoted("plain text") == "\"plain text\"");
  BOOST_TEST(quoted("a\"b\\c\n\t") == R"("a\"b\\c\n\t")");
  BOOST_TEST(quoted(std::string_view("\0\x1f\x7f", 3)) == "\"\\u0000\\u001F\x7f\"");
  BOOST_TEST(quoted("\xc3\xa9\xf0\x9f\x90\xb3") == "\"\xc3\xa9\xf0\x9f\x90\xb3\"");
}

BOOST_AUTO_TEST_CASE(html_is_escaped_only_when_asked) {
  BOOST_TEST(quoted("<a>&") == "\"<a>&\"");
  BOOST_TEST(quoted("<a>&", true) == R"("\u003ca\u003e\u0026")");
}

BOOST_AUTO_TEST_CASE(invalid_utf8_becomes_the_replacement_character) {
  const std::string r = "\xef\xbf\xbd";
  BOOST_TEST(quoted("a\xff"
                    "b") == "\"a" + r + "b\"");
  BOOST_TEST(quoted("\xc3") == "\"" + r + "\"");
  BOOST_TEST(quoted("\xe2\x82") == "\"" + r + r + "\"");
  BOOST_TEST(quoted("\xed\xa0\x80") == "\"" + r + r + r + "\"");  // a surrogate
  BOOST_TEST(quoted("\xc0\xaf\xc3\xa9") == "\"" + r + r + "\xc3\xa9\"");
}

BOOST_AUTO_TEST_CASE(numbers_print_as_go_prints_them) {
  BOOST_TEST(number(0) == "0");
  BOOST_TEST(number(1.5) == "1.5");
  BOOST_TEST(number(100) == "100");
  BOOST_TEST(number(1e20) == "100000000000000000000");
  BOOST_TEST(number(1e21) == "1e+21");
  BOOST_TEST(number(0.000001) == "0.000001");
  BOOST_TEST(number(1e-7) == "1e-7");
  BOOST_TEST(number(1.25e-10) == "1.25e-10");
  BOOST_TEST(number(-0.1) == "-0.1");
  BOOST_TEST(number(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
  BOOST_TEST(number(std::nan("")) == "null");
}
