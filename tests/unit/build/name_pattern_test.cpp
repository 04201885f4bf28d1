// Patterns for one name.
#include "core/build/name_pattern.hpp"

#include <ctime>

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;

namespace {

bool match(const std::string& pattern, const std::string& name) {
  return NamePattern(pattern).match(NamePattern::characters(name));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(name_patterns)

BOOST_AUTO_TEST_CASE(names_match_as_docker_matches_them) {
  const struct {
    const char* pattern;
    const char* name;
    bool matches;
  } kTable[] = {{"abc", "abc", true},
                {"abc", "abcd", false},
                {"", "", true},
                {"", "a", false},
                {"*", "", true},
                {"*", ".hidden", true},
                {"a*", "a", true},
                {"a*b*c", "a-b-b-c", true},
                {"a*b*c", "a-b-b-d", false},
                {"*ab", "aab", true},
                {"**", "abc", true},
                {"?", "a", true},
                {"?", "", false},
                {"a?c", "abc", true},
                {"?.txt", "\u00e9.txt", true},
                {"[\u00e0-\u00ef]", "\u00e9", true},
                {"??", "\u20ac", false},
                {"[a-c]x", "bx", true},
                {"[a-c]x", "dx", false},
                {"[^a-c]", "b", false},
                {"[^a-c]", "d", true},
                {"[!a]", "!", true},  // no negation, unlike a shell's
                {"[!a]", "b", false},
                {"[c-a]", "b", false},
                {"[a\\-c]", "-", true},
                {"[a\\-c]", "b", false},
                {"[\\]]", "]", true},
                {"arr[[]0].txt", "arr[0].txt", true},
                {"a\\*b", "a*b", true},
                {"a\\*b", "axb", false},
                {"[[:alpha:]]", ":]", true},  // no classes with names
                {"A", "a", false}};
  for (const auto& row : kTable)
    BOOST_TEST(match(row.pattern, row.name) == row.matches, row.pattern << " of " << row.name);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_characters_of_their_own) {
  BOOST_TEST(match("a?c",
                   "a\xff"
                   "c"));
  BOOST_TEST(match("*\xff", "a\xff"));
  BOOST_TEST(!match("\xff", "\xfe"));
  BOOST_TEST(match("??", "\xc3\x28"));  // cut short
  BOOST_TEST(match("??", "\xc0\x80"));  // longer than it needs to be
  BOOST_TEST(match("\xe2\x82?", "\xe2\x82z"));
  BOOST_TEST(match("?", "\xf0\x9f\x98\x80"));
}

BOOST_AUTO_TEST_CASE(what_is_no_pattern_is_refused) {
  for (const char* pattern : {"[", "[a", "[]", "[]a]", "[^]", "[-a]", "[a-]", "[a-", "a\\", "[\\"})
    BOOST_TEST(error_text(Errc::invalid, [&] { NamePattern{pattern}; }) ==
               "syntax error in pattern");
}

BOOST_AUTO_TEST_CASE(rows_of_stars_cost_little) {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  const std::clock_t begin = std::clock();  // this process alone: others may need the machine
  BOOST_TEST(!match(pattern + "*b", std::string(4000, 'a')));
  BOOST_TEST((std::clock() - begin) / CLOCKS_PER_SEC < 2);
}

BOOST_AUTO_TEST_SUITE_END()
