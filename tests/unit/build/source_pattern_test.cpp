// Paths with wildcards in them.
#include "core/build/source_pattern.hpp"

#include <boost/test/unit_test.hpp>

using gantry::build::SourcePattern;

BOOST_AUTO_TEST_SUITE(source_patterns)

BOOST_AUTO_TEST_CASE(wildcards_begin_below_a_directory) {
  BOOST_TEST(SourcePattern("a/b/*.c/d").directory() == "a/b");
  BOOST_TEST(SourcePattern("?").directory().empty());
  BOOST_TEST(SourcePattern("a/b").directory() == "a/b");
}

BOOST_AUTO_TEST_CASE(names_are_matched_one_by_one) {
  const struct {
    const char* pattern;
    const char* path;
    bool matches, touches;
  } kTable[] = {{"*.c", "a.c", true, true},
                {"*.c", "a.h", false, false},
                {"*.c", "", false, true},
                {"*.c", "a.c/x/y", false, true},
                {"*.c", "d/a.c", false, false},
                {"d/*/x", "a", false, true},
                {"d/*/x", "a/x", true, true},
                {"d/*/x", "a/y", false, false},
                {"[ab]*/x", "c", false, false},
                {"?.c", "\xc3\xa9.c", true, true},
                {"[\xc3\xa9].c", "\xc3\xa9.c", true, true}};
  for (const auto& [pattern, path, matches, touches] : kTable) {
    BOOST_TEST(SourcePattern(pattern).match(path) == matches, pattern << " " << path);
    BOOST_TEST(SourcePattern(pattern).touches(path) == touches, pattern << " " << path);
  }
}

BOOST_AUTO_TEST_SUITE_END()
