// What COPY and ADD choose, and what becomes of it in the image.
#include "core/build/copy_plan.hpp"

#include "core/base/digest.hpp"
#include "tests/unit/build/tree_of.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;
using gantry::test::RawEntry;
using gantry::test::TreeOf;
using List = std::vector<std::string>;

namespace {

std::vector<RawEntry> files() {
  return {{.name = "a.txt", .content = "a", .mode = 0640, .uid = 5, .gid = 6},
          {.name = "b.txt", .content = "b"},
          {.name = "d/", .type = '5', .mode = 0750},
          {.name = "d/e/f", .content = "f"},
          {.name = "d/l", .type = '2', .link = "e/f", .mode = 0777},
          {.name = "link", .type = '2', .link = "d"},
          {.name = "file-link", .type = '2', .link = "/d/l"},
          {.name = "loop", .type = '2', .link = "loop"}};
}

std::string text_of(const std::vector<CopySource>& sources) {
  std::string text;
  for (const CopySource& source : sources)
    text += source.path + "(" + source.name + (source.is_directory ? "/) " : ") ");
  return text;
}

std::vector<CopySource> choose(const TreeOf& made, const List& patterns) {
  return choose_sources(made.tree, patterns, "build context");
}

std::string plan(const TreeOf& made, const List& patterns, const CopyTarget& target,
                 const CopyOptions& options = {}) {
  std::string text;
  for (const CopyItem& item : plan_copy(made.tree, choose(made, patterns), target, options, 9)) {
    char mode[8];
    std::snprintf(mode, sizeof mode, ":%o", item.entry.mode);
    text += item.path + mode + " ";
  }
  return text;
}

CopyTarget directory(const std::string& path) {
  return {.path = path, .exists = true, .is_directory = true, .missing_parents = {}};
}
CopyTarget nothing(const std::string& path, const List& parents = {}) {
  return {.path = path, .missing_parents = parents};
}

std::string digest(const std::vector<RawEntry>& entries, const List& patterns = {"."},
                   const CopyOptions& options = {}) {
  const TreeOf made(entries);
  return digest_of(made.tree, choose(made, patterns), options);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(copy_plans)

BOOST_AUTO_TEST_CASE(sources_are_paths_and_patterns) {
  const TreeOf made(files());
  const std::pair<List, const char*> kTable[] = {
      {{"a.txt"}, "a.txt(a.txt) "},
      {{"/d/../b.txt", "./a.txt"}, "b.txt(b.txt) a.txt(a.txt) "},
      {{"."}, "(/) "},
      {{"/"}, "(/) "},
      {{"d"}, "d(d/) "},
      {{"link"}, "d(link/) "},
      {{"file-link"}, "d/e/f(file-link) "},
      {{"link/l"}, "d/e/f(l) "},
      {{"*.txt"}, "a.txt(a.txt) b.txt(b.txt) "},
      {{"link/e/*"}, "d/e/f(f) "},
      {{"[ab].txt", "?.txt"}, "a.txt(a.txt) b.txt(b.txt) a.txt(a.txt) b.txt(b.txt) "},
      {{"*.none"}, ""},
      {{}, ""}};
  for (const auto& [patterns, chosen] : kTable)
    BOOST_TEST(text_of(choose(made, patterns)) == chosen);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_cannot_be_copied) {
  const TreeOf made(files());
  const auto missing = [](const std::string& path) {
    return "file not found in build context or excluded by .dockerignore: stat " + path +
           ": file does not exist";
  };
  const std::pair<const char*, std::string> kTable[] = {
      {"x", missing("x")},
      {"/x/./y", missing("x/y")},
      {"a.txt/x", missing("a.txt/x")},
      {"loop", missing("loop")},
      {"l*", missing("loop")},
      {"../x", "forbidden path outside the build context: ../x ()"},
      {"d/../../x", "forbidden path outside the build context: d/../../x ()"},
      {"[", "syntax error in pattern"}};
  for (const auto& [pattern, error] : kTable)
    BOOST_TEST(error_text(Errc::invalid, [&, p = pattern] { choose(made, {p}); }) == error);
}

BOOST_AUTO_TEST_CASE(files_go_to_a_name_or_into_a_directory) {
  const TreeOf made(files());
  CopyTarget wanted = nothing("/x/y", {"/x"});
  wanted.wants_directory = true;
  const struct {
    List sources;
    CopyTarget target;
    const char* items;
  } kTable[] = {{{"a.txt"}, nothing("/x"), "x:640 "},
                {{"a.txt"}, nothing("/x/y/z", {"/x", "/x/y"}), "x:755 x/y:755 x/y/z:640 "},
                {{"a.txt"}, {.path = "/x", .exists = true, .missing_parents = {}}, "x:640 "},
                {{"a.txt"}, directory("/x"), "x/a.txt:640 "},
                {{"a.txt"}, directory("/"), "a.txt:640 "},
                {{"a.txt", "b.txt"}, wanted, "x:755 x/y:755 x/y/a.txt:640 x/y/b.txt:644 "},
                {{"file-link"}, directory("/x"), "x/file-link:644 "},
                // of a directory, what is in it
                {{"d"}, nothing("/x"), "x:755 x/e:755 x/e/f:644 x/l:777 "},
                {{"link"}, directory("/"), "e:755 e/f:644 l:777 "},
                {{"d", "a.txt"}, directory("/x"), "x/e:755 x/e/f:644 x/l:777 x/a.txt:640 "},
                {{}, wanted, "x:755 x/y:755 "}};
  for (const auto& row : kTable) BOOST_TEST(plan(made, row.sources, row.target) == row.items);
}

BOOST_AUTO_TEST_CASE(a_file_is_no_place_for_more_than_one) {
  const TreeOf made(files());
  CopyTarget target{.path = "/x", .exists = true, .missing_parents = {}};
  BOOST_TEST(error_text(Errc::invalid, [&] { plan(made, {"d"}, target); }) ==
             "cannot copy to non-directory: /x");
  target.wants_directory = true;
  BOOST_TEST(error_text(Errc::invalid, [&] { plan(made, {"a.txt"}, target); }) ==
             "cannot copy to non-directory: /x");
}

BOOST_AUTO_TEST_CASE(options_change_what_is_copied) {
  const TreeOf made(files());
  CopyOptions options;
  options.mode.emplace("0600");
  // A link has no permissions; directories that no source describes keep theirs.
  BOOST_TEST(plan(made, {"d"}, nothing("/x"), options) == "x:755 x/e:600 x/e/f:600 x/l:777 ");
  options = {};
  options.exclude.add("e");
  options.exclude.add("**/*.txt");
  BOOST_TEST(plan(made, {"."}, directory("/x"), options) ==
             "x/d:750 x/d/e:755 x/d/e/f:644 x/d/l:777 x/file-link:644 x/link:644 x/loop:644 ");
  BOOST_TEST(plan(made, {"d", "a.txt"}, directory("/x"), options) == "x/l:777 ");
  options = {};
  options.owner = {7, 8};
  for (const CopyItem& item :
       plan_copy(made.tree, choose(made, {"d"}), nothing("/x/y", {"/x"}), options, 9)) {
    BOOST_TEST(item.entry.uid == 7u);
    BOOST_TEST(item.entry.gid == 8u);
  }
  const auto own = plan_copy(made.tree, choose(made, {"a.txt"}), nothing("/x/y", {"/x"}), {}, 9);
  BOOST_TEST(own.at(0).entry.uid == 0u);
  BOOST_TEST(own.at(0).entry.mtime == 9);
  BOOST_TEST(own.at(1).entry.uid == 5u);
  BOOST_TEST(own.at(1).entry.gid == 6u);
}

BOOST_AUTO_TEST_CASE(the_same_files_have_the_same_digest) {
  const std::string before = digest(files());
  std::vector<RawEntry> other = files();
  std::swap(other[0], other[1]);
  other[0].mtime = 77;
  BOOST_TEST(digest(other) == before);
  BOOST_TEST(before.starts_with("dir:"));
  BOOST_TEST(digest(files(), {"a.txt"}).starts_with("file:"));
  BOOST_TEST(digest(files(), {"a.txt", "b.txt"}).starts_with("multi:"));
  BOOST_TEST(before.size() == 4u + 64u);
}

BOOST_AUTO_TEST_CASE(every_difference_makes_another_digest) {
  const std::string before = digest(files());
  const std::function<void(std::vector<RawEntry>&)> kChanges[] = {
      [](auto& e) { e[0].name = "c.txt"; },
      [](auto& e) { e[0].content = "A"; },
      [](auto& e) { e[0].mode = 0641; },
      [](auto& e) { e[0].uid = 9; },
      [](auto& e) { e[0].gid = 9; },
      [](auto& e) { e[0] = {.name = "a.txt", .type = '6', .mode = 0640, .uid = 5, .gid = 6}; },
      [](auto& e) {
        e[0].pax = {{"SCHILY.xattr.user.k", "v"}};
      },
      [](auto& e) { e[2].mode = 0751; },
      [](auto& e) { e[4].link = "e"; },
      [](auto& e) { e.push_back({.name = "z"}); },
      [](auto& e) { e.pop_back(); }};
  int number = 0;
  for (const auto& change : kChanges) {
    std::vector<RawEntry> other = files();
    change(other);
    BOOST_TEST(digest(other) != before, "change " << number);
    ++number;
  }
}

BOOST_AUTO_TEST_CASE(what_makes_no_difference_in_the_copy_makes_none_in_the_digest) {
  std::vector<RawEntry> other = files();
  other[0].uid = 9;
  other[0].content = "A";
  CopyOptions options;
  options.owner = {0, 0};
  options.exclude.add("a.txt");
  BOOST_TEST(digest(files(), {"."}, options) == digest(other, {"."}, options));
  // Links have the permissions that their system gives them.
  other = files();
  other[4].mode = 0700;
  BOOST_TEST(digest(files()) == digest(other));
}

BOOST_AUTO_TEST_CASE(no_file_looks_like_two) {
  // A link and an attribute whose names spell out a second link.
  const RawEntry forged{
      .name = "a", .type = '2', .link = "x\nb", .pax = {{"SCHILY.xattr.2 0 0:0 0:0 ", "v"}}};
  const std::vector<RawEntry> two{{.name = "a", .type = '2', .link = "x"},
                                  {.name = "b", .type = '2', .link = "=" + sha256_hex("v")}};
  BOOST_TEST(digest({forged}) != digest(two));
}

BOOST_AUTO_TEST_CASE(items_arrive_as_they_are) {
  std::vector<RawEntry> all = files();
  all.push_back({.name = "\xff\xfe", .content = std::string(300'000, 'x'), .mode = 04755});
  all.push_back({.name = "\xc3\xa4", .type = '2', .link = "\xff"});
  all.push_back({.name = std::string(300, 'n'), .content = "n"});
  all.push_back({.name = "attr", .pax = {{"SCHILY.xattr.user.k", std::string("v\n=")}}});
  all.push_back({.name = "pipe", .type = '6'});
  all.push_back({.name = "old", .mtime = 0, .pax = {{"mtime", "-7"}}});
  const TreeOf made(all);
  const auto items = plan_copy(made.tree, choose(made, {"."}), directory("/"), {}, 9);
  std::string tar;
  write_items(made.tree, items, [&](std::string_view piece) { tar += piece; });
  const TreeOf again(tar);
  BOOST_TEST(again.listing() == made.listing());
  BOOST_TEST(digest_of(again.tree, choose(again, {"."}), {}) ==
             digest_of(made.tree, choose(made, {"."}), {}));
  BOOST_TEST(again.tree.find("old")->entry.mtime == -7'000'000'000);
  BOOST_TEST(again.tree.find("attr")->entry.attributes().size() == 1u);
}

BOOST_AUTO_TEST_CASE(hard_links_of_a_directory_stay_links) {
  std::vector<RawEntry> all{{.name = "d/a", .content = std::string(100'000, 'x'), .mode = 0640},
                            {.name = "empty"},
                            {.name = "d/e1", .type = '1', .link = "empty"},
                            {.name = "d/e2", .type = '1', .link = "empty"}};
  for (const char* name : {"d/b", "d/c/d", "o", "d/excluded"})
    all.push_back({.name = name, .type = '1', .link = "d/a"});
  const TreeOf made(all);
  CopyOptions options;
  options.exclude.add("a");
  const auto links = [&](const List& patterns, const CopyOptions& chosen) {
    std::string text;
    for (const CopyItem& item :
         plan_copy(made.tree, choose(made, patterns), directory("/x"), chosen, 9))
      if (item.entry.size > 0)
        text += item.path + (item.first.empty() ? " " : "=" + item.first + " ");
    return text;
  };
  BOOST_TEST(links({"d"}, {}) == "x/a x/b=x/a x/c/d=x/a x/excluded=x/a ");
  BOOST_TEST(links({"d"}, options) == "x/b x/c/d=x/b x/excluded=x/b ");
  BOOST_TEST(links({"d/a", "d/b", "o"}, {}) == "x/a x/b x/o ");
  std::string tar;
  write_items(made.tree, plan_copy(made.tree, choose(made, {"d"}), directory("/"), {}, 9),
              [&](std::string_view piece) { tar += piece; });
  BOOST_TEST(tar.size() < 120'000u);
  const TreeOf again(tar);
  BOOST_TEST(again.tree.find("c/d")->digest == made.tree.find("d/a")->digest);
  BOOST_TEST(again.tree.find("c/d")->entry.mode == 0640u);
}

BOOST_AUTO_TEST_CASE(choosing_all_of_it_again_and_again_ends) {
  std::vector<RawEntry> many;
  for (int i = 0; i < 2000; ++i) many.push_back({.name = "d/" + std::to_string(i)});
  const TreeOf made(many);
  BOOST_TEST(error_text(Errc::invalid, [&] { choose(made, List(2'000'001, "d")); }) ==
             "too many files");
  const std::vector<CopySource> whole(1001, {"d", "d", true});
  BOOST_TEST(error_text(Errc::invalid, [&] { digest_of(made.tree, whole, {}); }) ==
             "too many files");
}

BOOST_AUTO_TEST_SUITE_END()
