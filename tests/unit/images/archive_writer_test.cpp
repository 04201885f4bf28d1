// Entries written with all that an image keeps of a file.
#include "core/images/archive_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/images/tar_reader.hpp"
#include "tests/unit/images/expect.hpp"
#include "tests/unit/images/tar_maker.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using gantry::test::error_text;
using gantry::test::pieces_of;
using images::ArchiveEntry;
using images::ArchiveWriter;
using Kind = images::ArchiveEntry::Kind;

namespace {

struct Fixture {
  test::TemporaryDirectory directory;
  UniqueFd contents;

  Fixture() {
    file::write_atomic(directory / "contents", "0123456789");
    contents = file::open(directory / "contents", O_RDONLY);
  }

  std::string written(const std::string& path, const ArchiveEntry& entry,
                      std::uint64_t offset = 0) {
    std::string out;
    ArchiveWriter tar([&](std::string_view piece) { out += piece; });
    tar.add(path, entry, contents.get(), offset);
    tar.finish();
    return out;
  }
};

/// The first entry as it is read again.
class ReadBack {
 public:
  explicit ReadBack(std::string bytes)
      : bytes_(std::move(bytes)),
        tar(pieces_of(bytes_), "archive", images::TarReader::Holes::refuse),
        entry(tar.next()) {
    BOOST_TEST_REQUIRE(entry != nullptr);
  }

 private:
  const std::string bytes_;

 public:
  images::TarReader tar;
  archive_entry* entry;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(archive_writers, Fixture)

BOOST_AUTO_TEST_CASE(a_part_of_the_descriptor_is_a_file) {
  ArchiveEntry entry;
  entry.mode = 07654;
  entry.uid = 4294967295;
  entry.gid = 12;
  entry.mtime = 1'700'000'000'250'000'000;
  entry.size = 4;
  ReadBack back(written("a/b", entry, 3));
  BOOST_TEST(back.tar.name(back.entry) == "a/b");
  BOOST_TEST(::archive_entry_filetype(back.entry) == static_cast<unsigned>(AE_IFREG));
  BOOST_TEST(::archive_entry_perm(back.entry) == 07654u);
  BOOST_TEST(::archive_entry_uid(back.entry) == 4294967295);
  BOOST_TEST(::archive_entry_gid(back.entry) == 12);
  BOOST_TEST(::archive_entry_mtime(back.entry) == 1'700'000'000);
  BOOST_TEST(back.tar.data(back.entry) == "3456");
  BOOST_TEST(::lseek(contents.get(), 0, SEEK_CUR) == 0);
}

BOOST_AUTO_TEST_CASE(every_kind_is_written) {
  const std::pair<Kind, unsigned> kTable[] = {{Kind::directory, AE_IFDIR},
                                              {Kind::symlink, AE_IFLNK},
                                              {Kind::fifo, AE_IFIFO},
                                              {Kind::character_device, AE_IFCHR},
                                              {Kind::block_device, AE_IFBLK}};
  for (const auto& [kind, type] : kTable) {
    ArchiveEntry entry;
    entry.kind = kind;
    entry.size = 4;  // of a file only
    entry.link = "to/\xff";
    entry.major = 259;
    entry.minor = 300'000;
    ReadBack back(written("x", entry));
    BOOST_TEST(::archive_entry_filetype(back.entry) == type);
    BOOST_TEST(::archive_entry_size(back.entry) == 0);
    if (kind == Kind::symlink) BOOST_TEST(::archive_entry_symlink(back.entry) == entry.link);
    if (kind == Kind::block_device || kind == Kind::character_device) {
      BOOST_TEST(::archive_entry_rdevmajor(back.entry) == 259u);
      BOOST_TEST(::archive_entry_rdevminor(back.entry) == 300'000u);
    }
    BOOST_TEST(back.tar.next() == nullptr);
  }
}

BOOST_AUTO_TEST_CASE(names_of_all_bytes_and_lengths_are_kept) {
  for (const std::string& name :
       {std::string("\xff\xfe"), std::string("\xc3\xa4"), std::string("a\nb"),
        std::string(100, 'n'), std::string(101, 'n'), std::string(255, 'n') + "/" + "x",
        std::string(4000, 'n'), std::string(300, '\xff')}) {
    ArchiveEntry entry;
    entry.kind = Kind::symlink;
    entry.link = name;
    ReadBack back(written(name, entry));
    BOOST_TEST(back.tar.name(back.entry) == name);
    BOOST_TEST(::archive_entry_symlink(back.entry) == name);
  }
}

BOOST_AUTO_TEST_CASE(times_before_1970_are_times) {
  for (const UnixNanos time : {UnixNanos{-1'000'000'000}, UnixNanos{-2'000'000'000'000'000'000},
                               UnixNanos{0}, UnixNanos{9'000'000'000'000'000'000}}) {
    ArchiveEntry entry;
    entry.mtime = time;
    BOOST_TEST(::archive_entry_mtime(ReadBack(written("x", entry)).entry) == time / 1'000'000'000);
  }
}

BOOST_AUTO_TEST_CASE(attributes_are_bytes_and_written_once) {
  ArchiveEntry entry;
  entry.xattrs = std::make_shared<ArchiveEntry::Attributes>(ArchiveEntry::Attributes{
      {"security.capability", std::string("\x01\0\0\x02=\n", 6)}, {"user.empty", ""}});
  const std::string bytes = written("x", entry);
  ReadBack back(bytes);
  BOOST_TEST(::archive_entry_xattr_reset(back.entry) == 2);
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  while (::archive_entry_xattr_next(back.entry, &name, &value, &size) == ARCHIVE_OK) {
    const std::string_view text(static_cast<const char*>(value), size);
    if (name == entry.attributes()[0].first) BOOST_TEST(text == entry.attributes()[0].second);
  }
  BOOST_TEST(bytes.find("LIBARCHIVE.xattr") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_is_too_short_is_an_error) {
  ArchiveEntry entry;
  entry.size = 11;
  BOOST_TEST(error_text(Errc::internal, [&] { written("x", entry); }) ==
             "x is shorter than it should be");
  entry.size = 1;
  BOOST_TEST(error_text(Errc::internal, [&] { written("x", entry, 10); }) ==
             "x is shorter than it should be");
}

BOOST_AUTO_TEST_CASE(what_is_abandoned_writes_no_end) {
  ArchiveEntry entry;
  entry.size = 1ull << 40;
  std::size_t size = 0;
  {
    ArchiveWriter tar([&](std::string_view piece) { size += piece.size(); });
    BOOST_TEST(
        !error_text(Errc::internal, [&] { tar.add("x", entry, contents.get(), 0); }).empty());
  }
  BOOST_TEST(size < 1u << 20);
}

BOOST_AUTO_TEST_SUITE_END()
