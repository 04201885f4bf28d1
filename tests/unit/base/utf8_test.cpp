#include "core/base/utf8.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace gantry;

BOOST_AUTO_TEST_CASE(cut_text_ends_with_a_whole_character) {
  BOOST_TEST(utf8::cut("abc", 3) == "abc");
  BOOST_TEST(utf8::cut("abc", 2) == "ab");
  BOOST_TEST(utf8::cut("a\u20ac", 3) == "a");
  BOOST_TEST(utf8::cut("a\u20acb", 4) == "a\u20ac");
  BOOST_TEST(utf8::cut("\u20ac", 2) == "");
  BOOST_TEST(utf8::cut(std::string(9, '\x80'), 8).size() == 5u);  // no text at all
}
