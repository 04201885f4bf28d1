// .dockerignore files, and COPY --exclude.
#include "core/build/path_patterns.hpp"

#include <ctime>

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;

BOOST_AUTO_TEST_SUITE(path_patterns)

BOOST_AUTO_TEST_CASE(a_path_is_matched_by_itself_or_a_directory_above) {
  const struct {
    const char* lines;
    const char* path;
    bool matches;
  } kTable[] = {{"a", "a", true},
                {"a", "a/b/c", true},
                {"a", "b/a", false},
                {"a/b", "a", false},
                {"*/temp*", "x/temporary.txt", true},
                {"*/temp*", "x/temp/y", true},
                {"*/temp*", "temp", false},
                {"*/*/temp*", "x/temp", false},
                {"temp?", "tempa", true},
                {"temp?", "temp", false},
                {"*", "a/b", true},
                {"*.md", "a/b.md", false},
                {"**/*.go", "x.go", true},
                {"**/*.go", "a/b/x.go", true},
                {"**/*.go", "a/x.gob", false},
                {"**.go", "a/.go", true},
                {"**", "a/b", true},
                {"**/", "a", true},
                {"a/**", "a", false},
                {"a/**", "a/b", true},
                {"a/**", "a/b/c", true},
                {"a/**/**", "a", false},
                {"a/**/b", "a/b", true},
                {"a/**/b", "a/x/y/b", true},
                {"a/**/b", "a/x", false},
                {"**file", "file", true},
                {"**file", "a/b/file", true},
                {"a/**b", "a/x/b", true},
                {"x**", "xyz", true},
                {"***", "a", true},
                // what is left of a pattern when it is clean
                {"/a/b", "a/b", true},
                {"./a//b/", "a/b", true},
                {"a/../b", "b", true},
                {"a/..", "a", false},
                {"../a", "a", false},
                {"a/../../b", "b", false},
                {"/../a", "a", true},
                {".", "a", false},
                {"/", "a", false},
                {"", "a", false},
                {"  a\t", "a", true},
                {"a\r\n", "a", true},
                {"#a\n", "#a", false},
                {" #a", "#a", true},
                {"\\#a", "#a", true},
                {"\xef\xbb\xbf"
                 "a",
                 "a", true},
                // the last one decides
                {"*.md\n!README.md", "README.md", false},
                {"*.md\n!README.md", "x.md", true},
                {"*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true},
                {"*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false},
                {"*\n! a", "a", false},
                {"*\n!a", "a/b", false},
                {"!a", "a", false},
                {"a\n!a/b", "a/b/c", false},
                {"a\n!a/**", "a/x", false},
                {"a\n!a/**", "a", true}};
  for (const auto& row : kTable)
    BOOST_TEST(PathPatterns::from_lines(row.lines).match(row.path) == row.matches,
               row.lines << " of " << row.path);
}

BOOST_AUTO_TEST_CASE(nothing_matches_the_root) {
  for (const char* lines : {"*", "**", "**/*", ".", "/"})
    BOOST_TEST(!PathPatterns::from_lines(lines).match(""), lines);
}

BOOST_AUTO_TEST_CASE(a_list_without_patterns_is_empty) {
  BOOST_TEST(PathPatterns::from_lines("\n# x\n  \n.\n").empty());
  BOOST_TEST(!PathPatterns::from_lines("x").empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_pattern_is_refused) {
  const std::pair<const char*, const char*> kTable[] = {
      {"a\n!", "illegal exclusion pattern: \"!\""},
      {"!  ", "illegal exclusion pattern: \"!\""},
      {"a/[", "syntax error in pattern"},
      {"[a/b]", "syntax error in pattern"}};
  for (const auto& [lines, error] : kTable)
    BOOST_TEST(error_text(Errc::invalid, [&, l = lines] { PathPatterns::from_lines(l); }) == error);
  for (const char* lines : {"a\n!", "!  "})
    BOOST_TEST(error_text(Errc::invalid, [&] { ignored_patterns(lines); }) == kTable[0].second);
}

BOOST_AUTO_TEST_CASE(long_patterns_and_deep_paths_cost_little) {
  std::string deep = "x", stars = "a", any;
  for (int i = 0; i < 2000; ++i) deep += "/x";
  for (int i = 0; i < 100'000; ++i) stars += "/**";
  for (int i = 0; i < 1000; ++i) any += "**/x/";
  for (int i = 0; i < 300'000; ++i) stars += "/*";
  const std::clock_t begin = std::clock();  // this process alone: others may need the machine
  BOOST_TEST(!PathPatterns::from_lines(stars).match(deep));
  BOOST_TEST(!PathPatterns::from_lines(any + "y").match(deep));
  BOOST_TEST(PathPatterns::from_lines(any + "x").match(deep));
  BOOST_TEST((std::clock() - begin) / CLOCKS_PER_SEC < 5);
}

BOOST_AUTO_TEST_SUITE_END()
