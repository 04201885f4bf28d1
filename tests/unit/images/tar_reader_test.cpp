// Tars of friends and strangers, entry by entry.
#include "core/images/tar_reader.hpp"

#include "tests/unit/images/expect.hpp"
#include "tests/unit/images/raw_tar.hpp"
#include "tests/unit/images/tar_maker.hpp"

using namespace gantry;
using gantry::test::compress;
using gantry::test::contains;
using gantry::test::error_text;
using gantry::test::pieces_of;
using gantry::test::raw_tar_of;
using gantry::test::RawEntry;
using gantry::test::TarMaker;
using images::TarReader;

namespace {

/// "name=content " of each entry.
std::string text_of(const std::string& bytes, TarReader::Holes holes = TarReader::Holes::fill,
                    std::size_t piece = 100) {
  TarReader tar(pieces_of(bytes, piece), "thing", holes);
  std::string text;
  while (archive_entry* entry = tar.next()) {
    text += tar.name(entry) + "=";
    for (std::string_view part = tar.data(entry); !part.empty(); part = tar.data(entry))
      text += part;
    text += " ";
  }
  return text;
}

RawEntry sparse(const std::string& map, const std::string& size, const std::string& content) {
  return {
      .name = "s", .content = content, .pax = {{"GNU.sparse.map", map}, {"GNU.sparse.size", size}}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tar_readers)

BOOST_AUTO_TEST_CASE(every_compression_is_read_in_pieces_of_any_size) {
  const std::string tar = TarMaker().file("a", "1").directory("d").file("d/b", "22").take();
  for (const auto filter : {TarMaker::Filter::none, TarMaker::Filter::gzip, TarMaker::Filter::bzip2,
                            TarMaker::Filter::xz, TarMaker::Filter::zstd})
    for (const std::size_t piece : {1u, 511u, 100'000u})
      BOOST_TEST(text_of(compress(tar, filter), TarReader::Holes::refuse, piece) ==
                 "a=1 d/= d/b=22 ");
  BOOST_TEST(text_of("").empty());
}

BOOST_AUTO_TEST_CASE(what_is_compressed_twice_is_no_archive) {
  const std::string once = compress(TarMaker().file("a", "1").take(), TarMaker::Filter::xz);
  const std::string twice = compress(once, TarMaker::Filter::gzip);
  BOOST_TEST(contains(error_text(Errc::invalid, [&] { text_of(twice); }),
                      "it is compressed more than once"));
}

BOOST_AUTO_TEST_CASE(data_need_not_be_read) {
  const std::string tar = TarMaker().file("a", std::string(3000, 'x')).file("b", "1").take();
  TarReader reader(pieces_of(tar), "thing", TarReader::Holes::refuse);
  reader.next();
  archive_entry* entry = reader.next();
  BOOST_TEST_REQUIRE(entry != nullptr);
  BOOST_TEST(reader.name(entry) == "b");
  BOOST_TEST(reader.data(entry) == "1");
  BOOST_TEST(reader.data(entry).empty());
  BOOST_TEST(reader.next() == nullptr);
}

BOOST_AUTO_TEST_CASE(names_are_bytes) {
  for (const std::string name : {"\xff\xfe", "\xc3\xa4", "a\nb", "..", "/", "a\\b"})
    BOOST_TEST(text_of(raw_tar_of({{.name = name}})) == name + "= ");
  const std::string odd = std::string(200, 'n') + "\xff";
  BOOST_TEST(text_of(raw_tar_of({{.name = odd}})) == odd + "= ");
}

BOOST_AUTO_TEST_CASE(holes_are_filled_or_refused) {
  const struct {
    RawEntry entry;
    std::string content;
  } kTable[] = {{sparse("0,1,3,1", "5", "ab"), std::string("a\0\0b\0", 5)},
                {sparse("2,2", "4", "ab"), std::string("\0\0ab", 4)},
                {sparse("3,0", "3", ""), std::string(3, '\0')},
                {sparse("100000,1", "100001", "x"), std::string(100'000, '\0') + "x"}};
  for (const auto& row : kTable) {
    const std::string tar = raw_tar_of({row.entry, {.name = "next", .content = "1"}});
    BOOST_TEST((text_of(tar) == "s=" + row.content + " next=1 "));
    BOOST_TEST(error_text(Errc::invalid, [&] { text_of(tar, TarReader::Holes::refuse); }) ==
               "invalid thing: sparse files are not supported");
  }
}

BOOST_AUTO_TEST_CASE(maps_of_holes_give_the_size_they_promise_or_are_refused) {
  for (const RawEntry& entry : {sparse("2,1,0,1", "3", "ab"), sparse("0,2,1,2", "3", "abcd")})
    BOOST_TEST(error_text(Errc::invalid, [&] { text_of(raw_tar_of({entry})); }) ==
               "invalid thing: overlapping parts of a sparse file");
  // Less content than the map speaks of, and a part before the beginning.
  BOOST_TEST(text_of(raw_tar_of({sparse("0,5", "5", "ab")})) == std::string("s=ab\0\0\0 ", 8));
  BOOST_TEST(text_of(raw_tar_of({sparse("-1,1", "1", "a")})) == "s=a ");
}

BOOST_AUTO_TEST_CASE(holes_of_an_archive_come_to_a_gibibyte) {
  const auto size_of = [](const std::vector<RawEntry>& entries) {
    const std::string bytes = raw_tar_of(entries);
    TarReader tar(pieces_of(bytes), "thing", TarReader::Holes::fill);
    std::size_t size = 0;
    while (archive_entry* entry = tar.next())
      for (std::string_view part = tar.data(entry); !part.empty(); part = tar.data(entry))
        size += part.size();
    return size;
  };
  const RawEntry half = sparse("536870912,1", "536870913", "x");
  BOOST_TEST(size_of({half, half}) == (1u << 30) + 2);
  for (const std::vector<RawEntry>& entries :
       {std::vector<RawEntry>{half, half, sparse("0,0", "1", "")},
        std::vector<RawEntry>{sparse("0,0", "1099511627776", "")}})
    BOOST_TEST(error_text(Errc::invalid, [&] { size_of(entries); }) ==
               "invalid thing: holes of sparse files are larger than 1 GiB");
}

BOOST_AUTO_TEST_CASE(what_is_no_tar_is_refused) {
  std::string broken = raw_tar_of({{.name = "a", .content = "1"}});
  broken[3] = 'x';  // the checksum is another one now
  const std::string tar = raw_tar_of({{.name = "a", .content = std::string(5000, 'x')}});
  const std::string zip = compress(tar, TarMaker::Filter::gzip);
  for (const std::string& bytes :
       {std::string("no tar at all"), broken, tar.substr(0, 700), zip.substr(0, zip.size() / 2),
        std::string("\x1f\x8b\x08"), std::string(1000, 'x')})
    BOOST_TEST(contains(error_text(Errc::invalid, [&] { text_of(bytes); }), "invalid thing: "));
}

BOOST_AUTO_TEST_CASE(what_the_source_throws_comes_out) {
  const std::string tar = raw_tar_of({{.name = "a", .content = std::string(5000, 'x')}});
  for (const std::size_t good : {0u, 600u, 3000u}) {
    std::size_t at = 0;
    const auto source = [&]() -> std::string_view {
      if (at >= good) throw Error(Errc::cancelled, "gone");
      at += 100;
      return std::string_view(tar).substr(at - 100, 100);
    };
    BOOST_TEST(error_text(Errc::cancelled, [&] {
                 TarReader reader(source, "thing", TarReader::Holes::fill);
                 while (archive_entry* entry = reader.next())
                   while (!reader.data(entry).empty()) continue;
               }) == "gone");
  }
}

BOOST_AUTO_TEST_SUITE_END()
