// Links and times of entries, read back.
#include <cstdint>
#include <vector>

#include "core/images/archive_writer.hpp"
#include "core/images/tar_reader.hpp"
#include "tests/unit/images/expect.hpp"
#include "tests/unit/images/tar_maker.hpp"

using namespace gantry;
using images::ArchiveEntry;
using images::ArchiveWriter;

namespace {

std::string written(const std::function<void(ArchiveWriter&)>& add) {
  std::string tar;
  ArchiveWriter writer([&](std::string_view piece) { tar += piece; });
  add(writer);
  writer.finish();
  return tar;
}

images::TarReader reader_of(const std::string& tar) {
  return images::TarReader(test::pieces_of(tar), "archive", images::TarReader::Holes::refuse);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(archive_entries)

BOOST_AUTO_TEST_CASE(a_link_is_another_name_without_content) {
  ArchiveEntry file;
  file.mode = 0751;
  file.uid = 7;
  file.size = 1u << 20;
  file.mtime = 5'000'000'001;
  const std::string tar = written([&](ArchiveWriter& writer) {
    writer.add_text("d/\xc3\xa4", "content");
    writer.add_link("\xc3\xb6", "d/\xc3\xa4", file);
  });
  BOOST_TEST(tar.size() < 10'000u);
  images::TarReader reader = reader_of(tar);
  reader.next();
  archive_entry* link = reader.next();
  BOOST_TEST_REQUIRE(link != nullptr);
  BOOST_TEST(reader.name(link) == "\xc3\xb6");
  BOOST_TEST(std::string(::archive_entry_hardlink(link)) == "d/\xc3\xa4");
  BOOST_TEST(::archive_entry_perm(link) == 0751u);
  BOOST_TEST(::archive_entry_uid(link) == 7);
  BOOST_TEST(::archive_entry_mtime(link) == 5);
  BOOST_TEST(reader.next() == nullptr);
}

BOOST_AUTO_TEST_CASE(times_of_all_ages_are_written) {
  const UnixNanos kTimes[] = {INT64_MIN, -1'000'000'001, -1'000'000'000, -1, 0, INT64_MAX};
  for (const UnixNanos time : kTimes) {
    const std::string tar = written([&](ArchiveWriter& writer) {
      ArchiveEntry directory;
      directory.kind = ArchiveEntry::Kind::directory;
      directory.mtime = time;
      writer.add("d", directory, -1, 0);
    });
    images::TarReader reader = reader_of(tar);
    archive_entry* entry = reader.next();
    BOOST_TEST_REQUIRE(entry != nullptr);
    const std::int64_t nanos = ::archive_entry_mtime_nsec(entry);
    BOOST_TEST((nanos >= 0 && nanos < 1'000'000'000));
    // The first second of all begins before its nanoseconds do.
    const auto whole = static_cast<__int128>(::archive_entry_mtime(entry)) * 1'000'000'000 + nanos;
    BOOST_TEST((whole == time), "time " << time);
  }
}

BOOST_AUTO_TEST_SUITE_END()
