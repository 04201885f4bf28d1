// Tars without some of their entries.
#include "core/images/tar_filter.hpp"

#include "tests/unit/images/expect.hpp"
#include "tests/unit/images/raw_tar.hpp"
#include "tests/unit/images/tar_maker.hpp"

using namespace gantry;
using gantry::test::error_text;
using gantry::test::pieces_of;
using gantry::test::raw_tar_of;
using gantry::test::RawEntry;
using images::TarReader;

namespace {

std::string filtered(const std::string& tar, const std::set<std::string>& dropped) {
  std::string out;
  images::filter_tar(pieces_of(tar), dropped, [&](std::string_view piece) { out += piece; });
  return out;
}

/// All that an entry says.
std::string text_of(const std::string& bytes, TarReader::Holes holes = TarReader::Holes::refuse) {
  TarReader tar(pieces_of(bytes), "layer", holes);
  std::string text;
  while (archive_entry* e = tar.next()) {
    text += tar.name(e) + " " + std::to_string(::archive_entry_filetype(e)) + " " +
            std::to_string(::archive_entry_perm(e)) + " " + std::to_string(::archive_entry_uid(e)) +
            ":" + std::to_string(::archive_entry_gid(e)) + " " +
            std::to_string(::archive_entry_mtime(e)) + "." +
            std::to_string(::archive_entry_mtime_nsec(e));
    if (const char* link = ::archive_entry_symlink(e)) text += std::string(" -> ") + link;
    if (const char* link = ::archive_entry_hardlink(e)) text += std::string(" = ") + link;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (::archive_entry_xattr_reset(e);
         ::archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK;)
      text += std::string(" ") + name + "=" + std::string(static_cast<const char*>(value), size);
    text += " ";
    for (std::string_view part = tar.data(e); !part.empty(); part = tar.data(e)) text += part;
    text += "\n";
  }
  return text;
}

std::vector<RawEntry> entries() {
  return {{.name = "d/", .type = '5', .mode = 01777},
          {.name = "d/a",
           .content = std::string(200'000, 'x'),
           .mode = 04755,
           .uid = 3'000'000'000,
           .gid = 7,
           .mtime = 1'700'000'000,
           .pax = {{"SCHILY.xattr.user.k", "v"}, {"mtime", "1700000000.5"}}},
          {.name = "d/.wh.gone"},
          {.name = "h", .type = '1', .link = "d/a"},
          {.name = "l", .type = '2', .link = "\xff/x"},
          {.name = "pipe", .type = '6'},
          {.name = "\xfe\xff", .content = "odd"},
          {.name = "\xc3\xa4" + std::string(200, 'n'), .content = "long"}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tar_filters)

BOOST_AUTO_TEST_CASE(names_are_those_below_the_root) {
  const std::pair<const char*, const char*> kTable[] = {
      {"a", "a"}, {"./a", "a"}, {"/a", "a"}, {"././/a/", "a"}, {"a/b//", "a/b"}, {"./", ""},
      {"/", ""},  {"", ""},     {".", "."},  {".a", ".a"},     {"../a", "../a"}};
  for (const auto& [name, plain] : kTable) BOOST_TEST(images::plain_name(name) == plain, name);
}

BOOST_AUTO_TEST_CASE(names_are_visited_in_their_order) {
  std::string names;
  images::each_name(pieces_of(raw_tar_of({{.name = "./"},
                                          {.name = "./b/", .type = '5'},
                                          {.name = "/a", .content = std::string(5000, 'x')},
                                          {.name = "b/c", .type = '1', .link = "a"}})),
                    [&](const std::string& name) { names += name + ";"; });
  BOOST_TEST(names == ";b;a;b/c;");
}

BOOST_AUTO_TEST_CASE(what_stays_is_as_it_was) {
  const std::string tar = raw_tar_of(entries());
  BOOST_TEST((text_of(filtered(tar, {})) == text_of(tar)));
  const std::string out = filtered(tar, {"d", "pipe", "none", "d/.wh"});
  std::vector<RawEntry> rest = entries();
  rest.erase(rest.begin() + 5);
  rest.erase(rest.begin());
  BOOST_TEST((text_of(out) == text_of(raw_tar_of(rest))));
  BOOST_TEST(text_of(filtered(raw_tar_of({{.name = "./a/"}}), {"a"})).empty());
}

BOOST_AUTO_TEST_CASE(filtering_twice_changes_nothing_more) {
  const std::string once = filtered(raw_tar_of(entries()), {"h"});
  BOOST_TEST((filtered(once, {}) == once));
}

BOOST_AUTO_TEST_CASE(holes_are_written_out) {
  const std::string tar =
      raw_tar_of({{.name = "s",
                   .content = "ab",
                   .pax = {{"GNU.sparse.map", "0,1,70000,1"}, {"GNU.sparse.size", "90000"}}}});
  BOOST_TEST((text_of(filtered(tar, {})) == text_of(tar, TarReader::Holes::fill)));
}

BOOST_AUTO_TEST_CASE(broken_tars_and_failing_sinks_end_it) {
  const std::string tar = raw_tar_of(entries());
  BOOST_TEST(!error_text(Errc::invalid, [&] { filtered(tar.substr(0, 3000), {}); }).empty());
  BOOST_TEST(error_text(Errc::exhausted, [&] {
               images::filter_tar(pieces_of(tar), {}, [](std::string_view) {
                 throw Error(Errc::exhausted, "disk is full");
               });
             }) == "disk is full");
}

BOOST_AUTO_TEST_SUITE_END()
