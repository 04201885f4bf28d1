#include "roots/root_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "base/error.hpp"
#include "base/file.hpp"
#include "roots/root_store.hpp"
#include "scratch.hpp"
#include "tar_builder.hpp"

using namespace gantry::oci;

namespace {

std::string chain(char digit) { return "sha256:" + std::string(64, digit); }
const std::string kId(64, '7');

struct Fixture {
  Scratch scratch, host;
  LayerStore layers{scratch.path()};
  RootStore roots{scratch.path(), layers};

  void unpack(TarBuilder& tar, char digit = '1', const std::string& parent = "") {
    const UniqueFd fd = tar.finish();
    layers.unpack(chain(digit), parent, fd.get(), {});
  }
  Copied copy(const std::string& path, const Operation& op = Operation()) {
    const auto found = roots.find(kId, path);
    BOOST_TEST_REQUIRE(found.has_value());
    const UniqueFd target = open_directory(AT_FDCWD, host.path());
    return copy_merged(found->directories, target.get(), op);
  }
  std::string read(const std::string& name) const {
    return find_text(host / name).value_or("(absent)");
  }
  struct stat status(const std::string& name) const {
    struct stat result {};
    BOOST_TEST_REQUIRE(::lstat((host / name).c_str(), &result) == 0, name);
    return result;
  }
  bool absent(const std::string& name) const {
    struct stat result {};
    return ::lstat((host / name).c_str(), &result) != 0;
  }
};

void owned(archive_entry* entry, int uid, int gid) {
  ::archive_entry_set_uid(entry, uid);
  ::archive_entry_set_gid(entry, gid);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(root_copy, Fixture)

BOOST_AUTO_TEST_CASE(everything_arrives_as_the_image_has_it) {
  TarBuilder tar;
  tar.directory("data", 0750, [](archive_entry* e) { owned(e, 999, 998); })
      .file("data/plain", "text", 0640, [](archive_entry* e) { owned(e, 999, 0); })
      .file("data/setuid", "x", 04755)
      .hardlink("data/same", "data/plain")
      .symlink("data/link", "/etc/passwd")
      .device("data/null", AE_IFCHR, makedev(1, 3))
      .device("data/fifo", AE_IFIFO, 0)
      .directory("data/deep", 01777)
      .file("data/deep/er", "er")
      .file("data/tagged", "t", 0644,
            [](archive_entry* e) { ::archive_entry_xattr_add_entry(e, "user.colour", "red", 3); });
  unpack(tar);
  roots.create(kId, chain('1'));

  const Copied copied = copy("/data");
  BOOST_TEST(copied.entries == 9u);
  BOOST_TEST(copied.bytes == 8u);
  BOOST_TEST(read("plain") == "text");
  BOOST_TEST(read("deep/er") == "er");
  BOOST_TEST(status("plain").st_uid == 999u);
  BOOST_TEST(status("plain").st_mtime == 1'600'000'000);
  BOOST_TEST((status("plain").st_mode & 07777) == 0640u);
  BOOST_TEST((status("setuid").st_mode & 07777) == 04755u);
  BOOST_TEST(status("same").st_ino == status("plain").st_ino);
  BOOST_TEST(S_ISLNK(status("link").st_mode));
  BOOST_TEST(status("null").st_rdev == makedev(1, 3));
  BOOST_TEST(S_ISFIFO(status("fifo").st_mode));
  BOOST_TEST((status("deep").st_mode & 07777) == 01777u);
  char colour[8] = {};
  BOOST_TEST(::getxattr((host / "tagged").c_str(), "user.colour", colour, sizeof colour) == 3);
  const struct stat top = status(".");
  BOOST_TEST(top.st_uid == 999u);
  BOOST_TEST(top.st_gid == 998u);
  BOOST_TEST((top.st_mode & 07777) == 0750u);
}

BOOST_AUTO_TEST_CASE(layers_are_seen_merged) {
  TarBuilder base, top;
  base.file("d/kept", "1").file("d/gone", "1").file("d/changed", "1").file("d/hidden/old", "1");
  base.file("d/becomes_file/x", "1").file("d/both/lower", "1");
  top.file("d/.wh.gone").file("d/changed", "2").file("d/hidden/.wh..wh..opq");
  top.file("d/hidden/new", "2").file("d/.wh.becomes_file").file("d/becomes_file", "2");
  top.file("d/both/upper", "2");
  unpack(base);
  unpack(top, '2', chain('1'));
  roots.create(kId, chain('2'));

  copy("d");
  BOOST_TEST(read("kept") == "1");
  BOOST_TEST(read("changed") == "2");
  BOOST_TEST(absent("gone"));
  BOOST_TEST(absent("hidden/old"));
  BOOST_TEST(read("hidden/new") == "2");
  BOOST_TEST(read("becomes_file") == "2");
  BOOST_TEST(read("both/lower") == "1");
  BOOST_TEST(read("both/upper") == "2");
  char value = 0;
  BOOST_TEST(::getxattr((host / "hidden").c_str(), "trusted.overlay.opaque", &value, 1) < 0);
}

BOOST_AUTO_TEST_CASE(a_link_in_the_root_leads_to_the_directory_inside_it) {
  TarBuilder tar;
  tar.file("real/a", "inside").symlink("way", "/real");
  unpack(tar);
  roots.create(kId, chain('1'));
  copy("/way");
  BOOST_TEST(read("a") == "inside");
}

BOOST_AUTO_TEST_CASE(holes_stay_holes_and_large_files_are_whole) {
  TarBuilder tar;
  tar.file("d/dense", std::string(300'000, 'x'));
  unpack(tar);
  roots.create(kId, chain('1'));
  const std::string sparse = scratch.path() + "/roots/" + kId + "/diff/d";
  BOOST_TEST_REQUIRE(::mkdir(sparse.c_str(), 0755) == 0);
  {
    const UniqueFd file = open_at(AT_FDCWD, sparse + "/sparse", O_WRONLY | O_CREAT, 0600);
    BOOST_TEST_REQUIRE(::pwrite(file.get(), "end", 3, 64 << 20) == 3);
  }
  const Copied copied = copy("d");
  BOOST_TEST(read("dense") == std::string(300'000, 'x'));
  BOOST_TEST(status("sparse").st_size == (64 << 20) + 3);
  BOOST_TEST(status("sparse").st_blocks * 512 < 1 << 20);
  BOOST_TEST(copied.bytes < (1u << 20));
}

BOOST_AUTO_TEST_CASE(a_cancelled_copy_ends_with_an_error) {
  TarBuilder tar;
  tar.file("d/a", "1");
  unpack(tar);
  roots.create(kId, chain('1'));
  gantry_op op{};
  op.size = sizeof op;
  op.cancelled = [](void*) -> std::int32_t { return 1; };
  const auto found = roots.find(kId, "d");
  const UniqueFd target = open_directory(AT_FDCWD, host.path());
  BOOST_CHECK_THROW(copy_merged(found->directories, target.get(), Operation(gantry::sdk::Op(&op))),
                    Error);
}

/// Somebody with the volume mounted, who at each entry puts a link to `outside` in place of "d".
class Neighbour {
 public:
  explicit Neighbour(const Scratch& volume) : volume_(volume) {}
  Operation op() { return Operation(gantry::sdk::Op(&raw_)); }

  Scratch outside;
  bool swapped = false;

 private:
  static std::int32_t meddle(void* self) {
    auto& me = *static_cast<Neighbour*>(self);
    const Scratch& volume = me.volume_;
    if (me.swapped || !exists(volume / "d/secret")) return 0;
    me.swapped = ::rename((volume / "d").c_str(), (volume / "old").c_str()) == 0 &&
                 ::symlink(me.outside.path().c_str(), (volume / "d").c_str()) == 0;
    return 0;
  }

  const Scratch& volume_;
  const gantry_op raw_{sizeof(gantry_op), 0, this, meddle, nullptr, 0};
};

BOOST_AUTO_TEST_CASE(a_link_put_in_the_way_leads_nowhere) {
  TarBuilder tar;
  tar.directory("data").directory("data/d").file("data/d/secret", "of the image");
  tar.hardlink("data/z", "data/d/secret");
  unpack(tar);
  roots.create(kId, chain('1'));
  Neighbour neighbour(host);
  replace_file(neighbour.outside / "secret", "of the host");

  BOOST_CHECK_THROW(copy("/data", neighbour.op()), Error);
  BOOST_TEST(neighbour.swapped);
  BOOST_TEST(absent("z"));
}

BOOST_AUTO_TEST_SUITE_END()
