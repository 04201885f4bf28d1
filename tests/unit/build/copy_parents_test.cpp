// COPY --parents: what is chosen, and under which names.
#include "core/build/copy_parents.hpp"

#include "tests/unit/build/tree_of.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;
using gantry::test::TreeOf;
using List = std::vector<std::string>;

namespace {

struct Tree {
  const TreeOf made{{{.name = "x/a.txt", .content = "a"},
                     {.name = "x/y/b.txt", .content = "b"},
                     {.name = "x/y/c.md", .content = "c"},
                     {.name = "x/y/z/d.txt", .content = "d"},
                     {.name = "x/empty/", .type = '5', .mode = 0700},
                     {.name = "top.txt", .content = "t"},
                     {.name = "l", .type = '2', .link = "x/y"}}};

  std::string chosen(const List& sources) {
    std::string text;
    for (const CopySource& source : choose_with_parents(made.tree, sources, "build context")) {
      text += source.name + (source.is_directory ? "/ " : " ");
      BOOST_TEST(source.is_alone);
      BOOST_REQUIRE(made.tree.find(source.path) != nullptr);
    }
    return text;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(copies_with_parents, Tree)

BOOST_AUTO_TEST_CASE(a_file_brings_its_directories) {
  BOOST_TEST(chosen({"x/y/b.txt", "./top.txt"}) == "top.txt x/ x/y/ x/y/b.txt ");
  BOOST_TEST(chosen({"/x/a.txt", "x/a.txt"}) == "x/ x/a.txt ");
}

BOOST_AUTO_TEST_CASE(a_directory_brings_what_is_in_it) {
  BOOST_TEST(chosen({"x/y/"}) == "x/ x/y/ x/y/b.txt x/y/c.md x/y/z/ x/y/z/d.txt ");
  BOOST_TEST(chosen({"x/empty"}) == "x/ x/empty/ ");
}

BOOST_AUTO_TEST_CASE(names_begin_behind_the_dot) {
  BOOST_TEST(chosen({"x/./y/b.txt"}) == "y/ y/b.txt ");
  BOOST_TEST(chosen({"x/y/./"}) == "b.txt c.md z/ z/d.txt ");
  BOOST_TEST(chosen({"l/./z"}) == "z/ z/d.txt ");
  BOOST_TEST(chosen({"./x/./a.txt"}) == "a.txt ");
  BOOST_TEST(chosen({"x/*/./*.txt"}) == "b.txt ");
}

BOOST_AUTO_TEST_CASE(wildcards_of_any_depth) {
  BOOST_TEST(chosen({"x/*.txt"}) == "x/ x/a.txt ");
  BOOST_TEST(chosen({"x/**/*.txt"}) == "x/ x/a.txt x/y/ x/y/b.txt x/y/z/ x/y/z/d.txt ");
  BOOST_TEST(chosen({"**/*.md"}) == "x/ x/y/ x/y/c.md ");
  BOOST_TEST(chosen({"*/y/./**/d.txt"}) == "z/ z/d.txt ");
  BOOST_TEST(chosen({"x/*.none"}) == "");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_missed) {
  BOOST_TEST(error_text(Errc::invalid, [&] {
               chosen({"x/none"});
             }).starts_with("file not found in build context"));
  BOOST_TEST(error_text(Errc::invalid, [&] { chosen({"x/./none"}); }).find("stat x/none") !=
             std::string::npos);
  BOOST_TEST(error_text(Errc::invalid, [&] {
               chosen({"l/b.txt"});
             }).starts_with("file not found in build context"));
  BOOST_TEST(error_text(Errc::invalid, [&] {
               chosen({"../x"});
             }).starts_with("forbidden path outside the build context"));
}

BOOST_AUTO_TEST_CASE(what_has_to_be_looked_at) {
  BOOST_TEST(places_of({"x/./y/*.txt", "a/**/b", "**/c", "d"}) ==
             (List{"x/y/*.txt", "a", ".", "d"}));
}

BOOST_AUTO_TEST_SUITE_END()
