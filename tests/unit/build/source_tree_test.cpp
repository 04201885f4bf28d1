// Trees of files that COPY takes from, as archives describe them.
#include "core/build/source_tree.hpp"

#include "core/base/digest.hpp"
#include "tests/unit/build/tree_of.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::raw_tar_of;
using gantry::test::RawEntry;
using gantry::test::TarMaker;
using gantry::test::TreeOf;
using Kind = images::ArchiveEntry::Kind;
using List = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(source_trees)

BOOST_AUTO_TEST_CASE(paths_are_clean_or_climb_out) {
  const std::pair<const char*, const char*> kTable[] = {
      {"", ""},         {"/", ""},    {".", ""},       {"./a/", "a"},        {"//a///b", "a/b"},
      {"a/./b", "a/b"}, {"a/..", ""}, {"a/../b", "b"}, {"/a/b/../c", "a/c"}, {"...", "..."},
      {"..a", "..a"}};
  for (const auto& [path, clean] : kTable) BOOST_TEST(clean_source(path).value_or("?") == clean);
  for (const char* path : {"..", "/..", "../a", "a/../..", "a/../../a", "./../x"})
    BOOST_TEST(!clean_source(path).has_value(), path);
}

BOOST_AUTO_TEST_CASE(entries_keep_what_is_said_of_them) {
  const TreeOf made({RawEntry{.name = "f",
                              .content = "hello",
                              .mode = 06755,
                              .uid = 4294967295,
                              .gid = 7,
                              .mtime = 1'000'000'000,
                              .pax = {{"SCHILY.xattr.user.k", "v"}, {"mtime", "1000000000.25"}}},
                     RawEntry{.name = "l", .type = '2', .link = "/a/../b"},
                     RawEntry{.name = "p", .type = '6'}});
  const SourceFile& file = *made.tree.find("f");
  BOOST_TEST((file.entry.kind == Kind::file));
  BOOST_TEST(file.entry.mode == 06755u);
  BOOST_TEST(file.entry.uid == 4294967295u);
  BOOST_TEST(file.entry.gid == 7u);
  BOOST_TEST(file.entry.mtime == 1'000'000'000'250'000'000);
  BOOST_TEST(file.entry.size == 5u);
  BOOST_TEST(file.digest == sha256_hex("hello"));
  BOOST_TEST_REQUIRE(file.entry.attributes().size() == 1u);
  BOOST_TEST(file.entry.attributes()[0].first == "user.k");
  BOOST_TEST(file.entry.attributes()[0].second == "v");
  BOOST_TEST(made.tree.find("l")->entry.link == "/a/../b");
  BOOST_TEST((made.tree.find("p")->entry.kind == Kind::fifo));
  BOOST_TEST(made.tree.find("") != nullptr);
  BOOST_TEST(made.tree.find("x") == nullptr);
}

BOOST_AUTO_TEST_CASE(what_fills_the_last_block_may_be_missing_but_nothing_of_the_file) {
  const std::string tar = TarMaker().file("a", "12345").take();
  BOOST_TEST(TreeOf(tar.substr(0, 512 + 5)).tree.find("a")->digest == sha256_hex("12345"));
  BOOST_TEST(TreeOf(tar.substr(0, 512 + 100)).tree.find("a")->digest == sha256_hex("12345"));
  for (const std::size_t cut : {std::size_t{512 + 4}, std::size_t{512 + 1}, std::size_t{300}})
    BOOST_CHECK_THROW(TreeOf(tar.substr(0, cut)), Error);
}

BOOST_AUTO_TEST_CASE(compressed_trees_are_the_same) {
  const std::string tar = TarMaker().file("a/b", "1").symlink("c", "a").take();
  for (const auto filter : {TarMaker::Filter::none, TarMaker::Filter::gzip, TarMaker::Filter::bzip2,
                            TarMaker::Filter::xz, TarMaker::Filter::zstd})
    BOOST_TEST(TreeOf(test::compress(tar, filter)).listing() == "a/ a/b=1 c->a");
  BOOST_TEST(TreeOf(std::string()).listing().empty());
}

BOOST_AUTO_TEST_CASE(what_comes_later_takes_the_place) {
  const struct {
    std::vector<RawEntry> entries;
    const char* listing;
  } kTable[] = {
      {{{.name = "a/b/c", .content = "1"}}, "a/ a/b/ a/b/c=1"},
      {{{.name = "./a", .content = "1"}, {.name = "a", .content = "2"}}, "a=2"},
      {{{.name = "d/a"}, {.name = "d-e"}, {.name = "d", .content = "1"}}, "d=1 d-e="},
      {{{.name = "d/e/a"}, {.name = "d/e", .type = '2', .link = "x"}}, "d/ d/e->x"},
      {{{.name = "d"}, {.name = "d/a", .content = "1"}}, "d/ d/a=1"},
      {{{.name = "l", .type = '2', .link = "d"}, {.name = "l/a"}}, "l/ l/a="},
      {{{.name = "d/a"}, {.name = "d/", .type = '5'}}, "d/ d/a="},
      {{{.name = "d"}, {.name = "d/", .type = '5'}}, "d/"},
      {{{.name = "./", .type = '5'}, {.name = "a"}}, "a="},
      {{{.name = "a"}, {.name = ".", .content = "root"}, {.name = "/", .type = '2', .link = "x"}},
       "a="},
      {{{.name = "/abs/a"}}, "abs/ abs/a="},
      {{{.name = "a/../b"}}, "b="},
      {{{.name = "/.."}, {.name = "../../a"}, {.name = "a/../../b", .type = '5'}}, "a= b/"},
      {{{.name = "../a", .content = "1"}, {.name = "l", .type = '1', .link = "../../a"}},
       "a=1 l=1"}};
  for (const auto& row : kTable) BOOST_TEST(TreeOf(row.entries).listing() == row.listing);
}

BOOST_AUTO_TEST_CASE(hard_links_are_copies_of_what_was_there) {
  const TreeOf made({RawEntry{.name = "a", .content = "1", .mode = 0700},
                     RawEntry{.name = "d/b", .type = '1', .link = "/./a"},
                     RawEntry{.name = "s", .type = '2', .link = "a"},
                     RawEntry{.name = "t", .type = '1', .link = "s"},
                     RawEntry{.name = "a", .type = '1', .link = "a"},
                     RawEntry{.name = "a", .content = "2"},
                     RawEntry{.name = "s/x", .type = '1', .link = "s"}});
  BOOST_TEST(made.listing() == "a=2 d/ d/b=1 s/ s/x->a t->a");
  BOOST_TEST(made.tree.find("d/b")->entry.mode == 0700u);
}

BOOST_AUTO_TEST_CASE(hostile_archives_are_refused) {
  const std::pair<std::vector<RawEntry>, const char*> kTable[] = {
      {{{.name = "l", .type = '1', .link = "missing"}},
       "\"l\" is a link to \"missing\", which is not in it"},
      {{{.name = "l", .type = '1', .link = "l"}}, "\"l\" is a link to \"l\", which is not in it"},
      {{{.name = "d/a"}, {.name = "l", .type = '1', .link = "d"}},
       "\"l\" is a link to \"d\", which is not in it"},
      {{{.name = "l", .type = '1', .link = "../../etc/passwd"}},
       "\"l\" is a link to \"../../etc/passwd\", which is not in it"},
      {{{.name = std::string(4096, 'n')}}, "a name is too long"},
      {{{.name = "l", .type = '2', .link = std::string(4096, 'n')}}, "a link is too long"},
      {{{.name = "a", .pax = {{"SCHILY.xattr.user.k", std::string(70'000, 'v')}}}},
       "a file's attributes are too large"},
      {{{.name = "a", .uid = 1ull << 32}}, "no such owner: 4294967296"},
      {{{.name = "a", .gid = 1ull << 40}}, "no such owner: 1099511627776"},
      {{{.name = "a", .pax = {{"GNU.sparse.map", "0,0"}, {"GNU.sparse.size", "2199023255552"}}}},
       "files are too large"}};
  for (const auto& [entries, error] : kTable)
    BOOST_TEST(test::refusal(raw_tar_of(entries)) == error);
  BOOST_TEST(!test::refusal("this is no archive, whatever it is called").empty());
}

BOOST_AUTO_TEST_CASE(an_archive_that_is_cut_short_is_refused) {
  const std::string tar = raw_tar_of({{.name = "a", .content = std::string(2000, 'x')}});
  for (const std::size_t size : {100u, 511u, 513u, 1500u})
    BOOST_TEST(!test::refusal(tar.substr(0, size)).empty());
}

BOOST_AUTO_TEST_CASE(a_small_archive_of_deep_names_does_not_fill_the_memory) {
  // 2000 directories in each name, none of them shared.
  std::string deep;
  while (deep.size() < 4000) deep += "d/";
  std::vector<RawEntry> entries;
  for (int i = 0; i < 1000; ++i) entries.push_back({.name = std::to_string(i) + "/" + deep});
  BOOST_TEST(test::error_text(Errc::invalid, [&] { TreeOf{entries}; }) == "too many files");
}

BOOST_AUTO_TEST_CASE(the_names_of_a_file_share_its_attributes) {
  const std::string value(60'000, 'v');
  std::vector<RawEntry> entries{{.name = "a", .pax = {{"SCHILY.xattr.user.k", value}}}};
  for (int i = 0; i < 10'000; ++i)
    entries.push_back({.name = std::to_string(i), .type = '1', .link = "a"});
  const TreeOf made(entries);
  BOOST_TEST(made.tree.find("9999")->entry.attributes()[0].second == value);
  BOOST_TEST(made.tree.find("9999")->entry.xattrs == made.tree.find("a")->entry.xattrs);
}

BOOST_AUTO_TEST_CASE(attributes_do_not_fill_the_memory) {
  std::vector<RawEntry> entries;
  for (int i = 0; i < 5000; ++i)
    entries.push_back(
        {.name = std::to_string(i), .pax = {{"SCHILY.xattr.user.k", std::string(60'000, 'v')}}});
  BOOST_TEST(test::error_text(Errc::invalid, [&] { TreeOf{entries}; }) == "too many files");
}

BOOST_AUTO_TEST_CASE(times_beyond_all_days_are_far_away) {
  const TreeOf made({RawEntry{.name = "late", .pax = {{"mtime", "9223372036854775807"}}},
                     RawEntry{.name = "early", .pax = {{"mtime", "-9223372036854775807.5"}}},
                     RawEntry{.name = "sixties", .pax = {{"mtime", "-2"}}}});
  BOOST_TEST(made.tree.find("late")->entry.mtime > 9'000'000'000'000'000'000);
  BOOST_TEST(made.tree.find("early")->entry.mtime < -9'000'000'000'000'000'000);
  BOOST_TEST(made.tree.find("sixties")->entry.mtime == -2'000'000'000);
}

BOOST_AUTO_TEST_CASE(holes_are_zeros) {
  const TreeOf made(
      {RawEntry{.name = "s",
                .content = "headtail",
                .pax = {{"GNU.sparse.map", "0,4,1000000,4"}, {"GNU.sparse.size", "2000000"}}}});
  const std::string text = made.tree.text(*made.tree.find("s"), 1u << 21);
  BOOST_TEST_REQUIRE(text.size() == 2'000'000u);
  BOOST_TEST(text.substr(0, 5) == std::string("head\0", 5));
  BOOST_TEST(text.substr(999'999, 6) == std::string("\0tail\0", 6));
  BOOST_TEST(text.find_last_not_of('\0') == 1'000'003u);
  BOOST_TEST(made.tree.find("s")->digest == sha256_hex(text));
}

BOOST_AUTO_TEST_CASE(names_are_bytes) {
  const std::string odd = "\xff\xfe", umlaut = "\xc3\xa4", line = "a\nb";
  const TreeOf made(
      {RawEntry{.name = odd, .content = "1"}, RawEntry{.name = umlaut, .type = '2', .link = odd},
       RawEntry{.name = line, .type = '1', .link = odd},
       RawEntry{.name = "x", .type = '2', .pax = {{"path", umlaut + "2"}, {"linkpath", umlaut}}},
       RawEntry{.name = "y", .type = '1', .pax = {{"linkpath", umlaut + "2"}}}});
  BOOST_TEST(made.listing() == "a\nb=1 y->" + umlaut + " " + umlaut + "->" + odd + " " + umlaut +
                                   "2->" + umlaut + " " + odd + "=1");
  BOOST_TEST(made.tree.resolve(umlaut + "2").value() == odd);
}

BOOST_AUTO_TEST_CASE(links_lead_inside_of_the_tree) {
  const TreeOf made({{.name = "d/e/f", .content = "1"},
                     {.name = "abs", .type = '2', .link = "/d/e"},
                     {.name = "rel", .type = '2', .link = "./d//e/"},
                     {.name = "d/up", .type = '2', .link = "../../../abs"},
                     {.name = "d/e/self", .type = '2', .link = "."},
                     {.name = "a", .type = '2', .link = "b"},
                     {.name = "b", .type = '2', .link = "a"},
                     {.name = "in", .type = '2', .link = "in/x"},
                     {.name = "out", .type = '2', .link = "/etc/passwd"},
                     {.name = "none", .type = '2', .link = ""}});
  const std::pair<const char*, const char*> kTable[] = {{"", ""},
                                                        {"/", ""},
                                                        {"d/..", ""},
                                                        {"abs/f", "d/e/f"},
                                                        {"rel/f", "d/e/f"},
                                                        {"d/up/f", "d/e/f"},
                                                        {"abs/self/self", "d/e"},
                                                        {"abs/..", "d"},
                                                        {"../../d", "d"},
                                                        {"a", "?"},
                                                        {"a/x", "?"},
                                                        {"in", "?"},
                                                        {"out", "?"},
                                                        {"d/e/f/x", "?"},
                                                        {"d/e/f/.", "d/e/f"},
                                                        {"x", "?"}};
  for (const auto& [path, to] : kTable)
    BOOST_TEST(made.tree.resolve(path).value_or("?") == to, path);
}

BOOST_AUTO_TEST_CASE(links_that_grow_at_each_turn_end) {
  std::string longer = "l/";
  while (longer.size() < 4000) longer += "x/";
  const TreeOf made({RawEntry{.name = "l", .type = '2', .link = longer}});
  BOOST_TEST(!made.tree.resolve("l").has_value());
}

BOOST_AUTO_TEST_CASE(patterns_choose_names) {
  const TreeOf made({{.name = "a.c"},
                     {.name = "b.c"},
                     {.name = ".c"},
                     {.name = "d/a.c"},
                     {.name = "d/e/a.c"},
                     {.name = "d*/x"},
                     {.name = "l", .type = '2', .link = "d"},
                     {.name = "\xc3\xa4.c"}});
  const std::pair<const char*, List> kTable[] = {
      {"*.c", {".c", "a.c", "b.c", "\xc3\xa4.c"}},
      {"?.c", {"a.c", "b.c", "\xc3\xa4.c"}},
      {"*/a.c", {"d/a.c"}},
      {"d/*", {"d/a.c", "d/e"}},
      {"d/*/*", {"d/e/a.c"}},
      {"d\\*/*", {"d*/x"}},
      {"l/*.c", {"d/a.c"}},
      {"l/e/../[a]*", {"d/a.c"}},
      {"[^a].c", {"b.c", "\xc3\xa4.c"}},
      {"*", {".c", "a.c", "b.c", "d", "d*", "l", "\xc3\xa4.c"}},
      {"none/*", {}},
      {"a.c/*", {}}};
  for (const auto& [pattern, found] : kTable)
    BOOST_TEST(made.tree.match(pattern) == found, pattern);
  BOOST_TEST(test::error_text(Errc::invalid, [&] { made.tree.match("["); }) ==
             "syntax error in pattern");
}

BOOST_AUTO_TEST_CASE(only_what_is_wanted_is_read) {
  TreeOf made(std::vector<RawEntry>{});
  const std::string tar = test::raw_tar_of({{.name = "a", .content = "1"},
                                            {.name = "d/b", .content = "2"},
                                            {.name = "d/c", .type = '1', .link = "d/b"},
                                            {.name = "d/e", .type = '1', .link = "a"},
                                            {.name = "f", .type = '1', .link = "a"}});
  const auto lacking = made.tree.read_some(
      test::pieces_of(tar), [](const std::string& path) { return path.starts_with("d/"); });
  BOOST_TEST(made.listing() == "d/ d/b=2 d/c=2");
  BOOST_TEST(lacking == List{"d/e"});
}

BOOST_AUTO_TEST_CASE(files_are_added_by_a_clean_name) {
  TreeOf made({RawEntry{.name = "a/b"}});
  const auto add = [&](const std::string& path) {
    std::string_view left = "new";
    made.tree.add_file(path, {}, [&] { return std::exchange(left, {}); });
  };
  add("a");
  add("c/./d");
  BOOST_TEST(made.listing() == "a=new c/ c/d=new");
  for (const std::string path : {"", ".", "..", "../x", "a/../.."})
    BOOST_TEST(test::error_text(Errc::invalid, [&] { add(path); }) ==
               "invalid file name: \"" + path + "\"");
  made.tree.remove("c");
  made.tree.remove("");
  BOOST_TEST(made.listing() == "a=new");
  BOOST_TEST(made.tree.find("") != nullptr);
}

BOOST_AUTO_TEST_CASE(contents_are_read_apart_from_each_other) {
  const std::string large(300'000, 'x');
  const TreeOf made({{.name = "a", .content = large}, {.name = "b", .content = "b"}});
  const auto first = made.tree.content(*made.tree.find("a"));
  std::string text(first());
  BOOST_TEST(made.tree.text(*made.tree.find("b"), 1) == "b");
  for (std::string_view piece = first(); !piece.empty(); piece = first()) text += piece;
  BOOST_TEST((text == large));
  BOOST_TEST(first().empty());
  BOOST_TEST(test::error_text(Errc::invalid, [&] {
               made.tree.text(*made.tree.find("a"), large.size() - 1);
             }) == "file is too large");
}

BOOST_AUTO_TEST_CASE(an_archive_is_told_from_a_file) {
  const std::string tar = TarMaker().file("a", "1").take();
  const std::pair<std::string, bool> kTable[] = {
      {tar, true},
      {test::compress(tar, TarMaker::Filter::gzip), true},
      {test::compress(tar, TarMaker::Filter::xz), true},
      {tar.substr(0, 600), true},  // broken further on: said when it is unpacked
      {"", false},
      {"text\n", false},
      {std::string(10240, '\0'), false},
      {test::compress("text\n", TarMaker::Filter::gzip), false},
      {test::compress("", TarMaker::Filter::gzip), false},
      {tar.substr(0, 300), false},
      {"\x1f\x8b\x08 broken", false},
      {"PK\x03\x04 another format", false}};
  for (const auto& [content, is_archive] : kTable) {
    const TreeOf made({{.name = "f", .content = content}, {.name = "d/", .type = '5'}});
    BOOST_TEST(made.tree.is_archive(*made.tree.find("f")) == is_archive, content.substr(0, 20));
    BOOST_TEST(!made.tree.is_archive(*made.tree.find("d")));
  }
}

BOOST_AUTO_TEST_CASE(what_the_source_throws_comes_out) {
  test::TemporaryDirectory directory;
  SourceTree tree(directory.path());
  BOOST_TEST(test::error_text(Errc::cancelled, [&] {
               tree.read([]() -> std::string_view { throw Error(Errc::cancelled, "gone"); });
             }) == "gone");
  BOOST_TEST(std::filesystem::is_empty(directory.path()));  // its file has no name
}

BOOST_AUTO_TEST_SUITE_END()
