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
  for (const char* bad : {"'x", "\"x", "${", "${A", "${A:", "${A:-", "${}", "${A*x}",
                          "${NO:?words}", "${A#x", "${A/x}", "${A/x/", "${A:#x}", "${A//}"})
    BOOST_TEST_CONTEXT(bad) {
      const std::string text = error_text(Errc::invalid, [&] { word(bad); });
      BOOST_TEST(!text.empty());
    }
  BOOST_TEST(error_text(Errc::invalid, [&] { word("${NO:?words}"); }) ==
             "failed to process \"${NO:?words}\": NO: words");
  BOOST_TEST(error_text(Errc::invalid, [&] { word("\"x"); }) ==
             "failed to process \"\\\"x\": unexpected end of statement while looking for matching "
             "double-quote");
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += "${NO-";
  BOOST_TEST(error_text(Errc::invalid, [&] {
               word(deep.c_str());
             }).ends_with("…\": substitutions are nested too deeply"));
}

BOOST_AUTO_TEST_CASE(values_are_cut_and_replaced_by_patterns) {
  const Environment env = {"F=/usr/lib/libx.tar.gz", "U=äbä", "S=*.x*", "E=", "X=lib"};
  const std::pair<const char*, const char*> kTable[] = {
      {"${F#*/}", "usr/lib/libx.tar.gz"},
      {"${F##*/}", "libx.tar.gz"},
      {"${F%.*}", "/usr/lib/libx.tar"},
      {"${F%%.*}", "/usr/lib/libx"},
      {"${F#none}", "/usr/lib/libx.tar.gz"},
      {"${F%/*/*}", "/usr"},
      {"${F#/us?/}", "lib/libx.tar.gz"},
      {"${F/lib/x}", "/usr/x/libx.tar.gz"},
      {"${F//lib/x}", "/usr/x/xx.tar.gz"},
      {"${F//$X/}", "/usr//x.tar.gz"},
      {"${F//\\//-}", "-usr-lib-libx.tar.gz"},
      {"${F/l*./}", "/usr/gz"},
      {"${F/\\}/x}", "/usr/lib/libx.tar.gz"},
      {"${F//r\\/l/\\}}", "/us}ib/libx.tar.gz"},
      {"${U#?}", "bä"},
      {"${U%?}", "äb"},
      {"${U//ä/a}", "aba"},
      {"${S#\\*}", ".x*"},
      {"${S%\\*}", "*.x"},
      {"${S##*}", ""},
      {"${S#*}", "*.x*"},
      {"${S//\\*/${X}}", "lib.xlib"},
      {"${F##}${F%%}${E#*}${NO##*}${E//x/y}", "/usr/lib/libx.tar.gz/usr/lib/libx.tar.gz"}};
  for (const auto& [text, expected] : kTable) BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(dockerfile_word(text, env) == expected);
    }
}

BOOST_AUTO_TEST_CASE(a_shells_own_parameters_stand_for_nothing) {
  BOOST_TEST(dockerfile_word("a$1b$@c$$d${12}e", {"1=x"}) == "axbcde");
  BOOST_TEST(dockerfile_word("a\\", {}) == "a");
}

BOOST_AUTO_TEST_CASE(with_another_escape_character_a_backslash_is_an_ordinary_one) {
  const Environment env = {"A=x"};
  BOOST_TEST(dockerfile_word("C:\\$A `$A \"`\"\\n\"", env, '`') == "C:\\x $A \"\\n");
  BOOST_TEST(dockerfile_words("a` b c\\ d", {}, '`') ==
             (std::vector<std::string>{"a b", "c\\", "d"}));
}

BOOST_AUTO_TEST_CASE(hostile_words_end_soon) {
  const std::string kilobytes(64u << 10, 'a');
  const Environment env = {"A=" + kilobytes};
  std::string stars;
  for (int i = 0; i < 1000; ++i) stars += "*a";
  const auto why = [&](const std::string& text) {
    const std::string error = error_text(Errc::invalid, [&] { dockerfile_word(text, env); });
    return error.substr(error.rfind(": ") + 2);
  };
  BOOST_TEST(why("${A##" + stars + "b}") == "substitution takes too long");
  const char* long_text = "variables expand to more than 1 MiB";
  BOOST_TEST(why("${A//a/$A}") == long_text);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "$A";
  BOOST_TEST(why(many) == long_text);
}

BOOST_AUTO_TEST_SUITE_END()
