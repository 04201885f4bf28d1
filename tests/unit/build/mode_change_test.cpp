// --chmod, as numbers and as words.
#include "core/build/mode_change.hpp"

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;

namespace {

std::string changed(const std::string& text, std::uint32_t mode, bool is_directory = false) {
  char octal[8];
  std::snprintf(octal, sizeof octal, "%o", ModeChange(text).apply(mode, is_directory));
  return octal;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mode_changes)

BOOST_AUTO_TEST_CASE(a_number_is_the_mode) {
  BOOST_TEST(changed("755", 0600) == "755");
  BOOST_TEST(changed("04711", 0600) == "4711");
  BOOST_TEST(changed("0", 07777) == "0");
}

BOOST_AUTO_TEST_CASE(words_add_and_take) {
  BOOST_TEST(changed("+x", 0640) == "751");
  BOOST_TEST(changed("+w", 0444) == "666");  // no umask
  BOOST_TEST(changed("u+x,go-rwx", 0644) == "700");
  BOOST_TEST(changed("a-w", 0666) == "444");
  BOOST_TEST(changed("ug=rw,o=", 0777) == "660");
  BOOST_TEST(changed("u+x-w+s", 0640) == "4540");
  BOOST_TEST(changed("g=u", 02740) == "2770");
  BOOST_TEST(changed("o+u,g-o", 0750) == "707");
  BOOST_TEST(changed("+t", 0755) == "1755");
  BOOST_TEST(changed("u+t", 0755) == "755");
  BOOST_TEST(changed("u=rwx", 04600) == "700");
  BOOST_TEST(changed("a=r", 01777) == "444");
}

BOOST_AUTO_TEST_CASE(a_capital_x_is_for_what_can_be_executed_or_entered) {
  const std::string usual = "u=rwX,go=rX";
  BOOST_TEST(changed(usual, 0600) == "644");
  BOOST_TEST(changed(usual, 0100) == "755");
  BOOST_TEST(changed(usual, 0600, true) == "755");
  BOOST_TEST(changed("a-x,+X", 0755) == "755");  // as the file was
}

BOOST_AUTO_TEST_CASE(what_is_no_mode_is_refused) {
  for (const char* text : {"", "8", "17777", "123456", "-1", "u", "z=r", "u=q", "u+r,", ",u+r",
                           "u~r", "0x1", "uu", "+rz", "u+r g+r"})
    BOOST_TEST(error_text(Errc::invalid, [&] { ModeChange{text}; }) ==
               std::string("invalid chmod parameter: '") + text +
                   "'. it should be octal string and between 0 and 07777");
}

BOOST_AUTO_TEST_SUITE_END()
