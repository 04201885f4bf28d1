// Quotes, escapes and variables.
#include "core/build/dockerfile_words.hpp"

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;

BOOST_AUTO_TEST_SUITE(words)

BOOST_AUTO_TEST_CASE(words_are_those_of_a_dockerfile) {
  const Environment env = {"A=one two", "EMPTY="};
  const auto word = [&](const char* text) { return dockerfile_word(text, env); };
  BOOST_TEST(word("$A") == "one two");
  BOOST_TEST(word("${A}s") == "one twos");
  BOOST_TEST(word("$Ab-$") == "-$");
  BOOST_TEST(word("${EMPTY:-x}${EMPTY-y}") == "x");
  BOOST_TEST(word("${NO-${A}}") == "one two");
  BOOST_TEST(word("${A+set}${NO+set}${EMPTY:+set}") == "set");
  BOOST_TEST(word("'$A' \"$A\"") == "$A one two");
  BOOST_TEST(word("\\$A \\\\ \"\\n\\\"\"") == "$A \\ \\n\"");
  BOOST_TEST(dockerfile_words(" a  'b c'd \"\" $A", env) ==
             (std::vector<std::string>{"a", "b cd", "", "one two"}));
  for (const char* bad :
       {"'x", "\"x", "${", "${A", "${A:", "${A:-", "${}", "${A*x}", "${NO:?words}"})
    BOOST_TEST_CONTEXT(bad) {
      const std::string text = error_text(Errc::invalid, [&] { word(bad); });
      BOOST_TEST(!text.empty());
    }
  BOOST_TEST(error_text(Errc::invalid, [&] { word("${NO:?words}"); }) == "NO: words");
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += "${NO-";
  BOOST_TEST(error_text(Errc::invalid, [&] { word(deep.c_str()); }) ==
             "substitutions are nested too deeply");
}

BOOST_AUTO_TEST_SUITE_END()
