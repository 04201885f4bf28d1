#include "roots/root_store.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <map>

#include "archive/tree_tar.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/thread_call.hpp"
#include "roots/root_view.hpp"
#include "scratch.hpp"
#include "tar_builder.hpp"

using namespace gantry::oci;

namespace {

std::string chain(char digit) { return "sha256:" + std::string(64, digit); }
std::string id(char digit) { return std::string(64, digit); }

struct Fixture {
  Scratch scratch;
  LayerStore layers{scratch.path()};
  RootStore roots{scratch.path(), layers};

  void unpack(TarBuilder& tar, char digit = '1', const std::string& parent = "") {
    const UniqueFd fd = tar.finish();
    layers.unpack(chain(digit), parent, fd.get(), {});
  }
  std::string upper(char digit) const { return scratch.path() + "/roots/" + id(digit) + "/diff"; }
  std::string read(char digit, const std::string& path, std::uint64_t max = 1 << 20) const {
    return roots.find_file(id(digit), path, max).value_or("(absent)");
  }
};

void export_root(int root, int out) {
  const Operation op;
  TarWriter tar(out, op);
  add_tree(tar, root, "", Crossing::none);
  tar.finish();
}

// Names and contents of a tar.
std::map<std::string, std::string> read_tar(int fd) {
  std::map<std::string, std::string> entries;
  archive* a = ::archive_read_new();
  ::archive_read_support_format_tar(a);
  BOOST_TEST_REQUIRE(::archive_read_open_fd(a, fd, 10240) == ARCHIVE_OK);
  archive_entry* entry = nullptr;
  for (;;) {
    const int result = ::archive_read_next_header(a, &entry);
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
      break;  // a warning: a name that is not ASCII
    std::string text(static_cast<std::size_t>(::archive_entry_size(entry)), '\0');
    if (!text.empty()) ::archive_read_data(a, text.data(), text.size());
    if (const char* target = ::archive_entry_symlink(entry)) text = std::string("-> ") + target;
    if (const char* target = ::archive_entry_hardlink(entry)) text = std::string("= ") + target;
    if (::archive_entry_filetype(entry) == AE_IFCHR)
      text = "dev " + std::to_string(::archive_entry_rdev(entry));
    if (::archive_entry_xattr_count(entry) > 0) text += " +xattr";
    entries[::archive_entry_pathname(entry)] = text;
  }
  ::archive_read_free(a);
  return entries;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(root_store, Fixture)

BOOST_AUTO_TEST_CASE(files_are_found_through_all_layers_and_links) {
  TarBuilder base, top;
  base.file("etc/passwd", "root").symlink("etc/group", "../lib/group").file("lib/group", "wheel");
  base.symlink("abs", "/etc/passwd").symlink("out", "/../../../etc/passwd").symlink("loop", "loop");
  base.file("etc/gone", "x").device("etc/null", AE_IFCHR, makedev(1, 3)).directory("dir");
  top.file("etc/hosts", "h").file("etc/.wh.gone");
  unpack(base);
  unpack(top, '2', chain('1'));
  roots.create(id('a'), chain('2'));
  BOOST_TEST(read('a', "/etc/passwd") == "root");
  BOOST_TEST(read('a', "etc/hosts") == "h");
  BOOST_TEST(read('a', "/etc/group") == "wheel");
  BOOST_TEST(read('a', "/abs") == "root");
  BOOST_TEST(read('a', "/out") == "root");
  BOOST_TEST(read('a', "/dir/../abs") == "root");
  BOOST_TEST(read('a', "/etc/passwd", 2) == "ro");
  for (const char* path : {"/etc/gone", "/nothing", "/etc/passwd/x", "/dir", "/", "/etc/null"})
    BOOST_TEST(read('a', path) == "(absent)");
  BOOST_CHECK_THROW(read('a', "/loop"), Error);
  // What the container changed comes first.
  make_directory(upper('a') + "/etc", 0755);
  replace_file(upper('a') + "/etc/passwd", "mine");
  BOOST_TEST(read('a', "/etc/passwd") == "mine");
  BOOST_TEST_REQUIRE(::mknod((upper('a') + "/etc/hosts").c_str(), S_IFCHR, 0) == 0);
  BOOST_TEST(read('a', "/etc/hosts") == "(absent)");
  BOOST_CHECK_EXCEPTION(read('b', "/x"), Error,
                        [](const Error& e) { return e.code() == GANTRY_NOT_FOUND; });
}

BOOST_AUTO_TEST_CASE(roots_of_earlier_versions_are_used_on) {
  TarBuilder base;
  unpack(base.file("f", "layer"));
  roots.create(id('a'), chain('1'));
  replace_file(upper('a') + "/f", "mine");
  const std::string former = scratch.path() + "/roots/" + id('a') + "/upper";
  BOOST_TEST_REQUIRE(::rename(upper('a').c_str(), former.c_str()) == 0);

  RootStore opened(scratch.path(), layers);
  BOOST_TEST(opened.find_file(id('a'), "/f", 10).value_or("(absent)") == "mine");
  BOOST_TEST(opened.describe(id('a')).upper == upper('a'));
  BOOST_TEST(!exists(former));
}

BOOST_AUTO_TEST_CASE(a_root_keeps_its_layers_until_it_is_removed) {
  TarBuilder base;
  base.file("f", "12345");
  unpack(base);
  // As an earlier version has unpacked it.
  BOOST_TEST_REQUIRE(
      ::chmod((layers.directory() + "/" + layers.stack(chain('1')).front()).c_str(), 0701) == 0);
  roots.create(id('a'), chain('1'));
  struct stat status {};
  BOOST_TEST(::stat(upper('a').c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 07777) == 0755u);
  BOOST_CHECK_EXCEPTION(roots.create(id('a'), chain('1')), Error,
                        [](const Error& e) { return e.code() == GANTRY_CONFLICT; });
  BOOST_CHECK_THROW(layers.remove(chain('1')), Error);
  LayerStore layers_again(scratch.path());
  make_directory(scratch / "roots/tmp-x");
  RootStore again(scratch.path(), layers_again);
  BOOST_TEST(!exists(scratch / "roots/tmp-x"));
  BOOST_TEST(again.list().size() == 1u);
  BOOST_TEST(again.chain(id('a')) == chain('1'));
  BOOST_CHECK_THROW(layers_again.remove(chain('1')), Error);
  replace_file(upper('a') + "/new", "123");
  BOOST_TEST(again.usage(id('a')).written == 3u);
  BOOST_TEST(again.usage(id('a')).total == 8u);
  again.remove(id('a'));
  again.remove(id('a'));
  BOOST_TEST(again.list().empty());
  layers_again.remove(chain('1'));
  BOOST_TEST(names_in(scratch / "roots").empty());
}

BOOST_AUTO_TEST_CASE(an_unknown_chain_leaves_no_root) {
  BOOST_CHECK_THROW(roots.create(id('a'), chain('9')), Error);
  BOOST_TEST(names_in(scratch / "roots").empty());
  BOOST_CHECK_THROW(roots.create("../x", ""), Error);
}

BOOST_AUTO_TEST_CASE(very_deep_trees_are_removed) {
  roots.create(id('a'), "");
  UniqueFd at = open_directory(AT_FDCWD, upper('a'));
  for (int depth = 0; depth < 3000; ++depth) {
    BOOST_TEST_REQUIRE(::mkdirat(at.get(), "deeper", 0700) == 0);
    if (depth % 500 == 0) open_at(at.get(), "file", O_WRONLY | O_CREAT, 0600);
    at = open_directory(at.get(), "deeper");
  }
  at.reset();
  roots.remove(id('a'));
  BOOST_TEST(names_in(scratch / "roots").empty());
}

BOOST_AUTO_TEST_CASE(a_stopped_root_is_exported_as_its_container_saw_it) {
  TarBuilder base, top;
  base.file("etc/a", "1").file("etc/b", "2").file("bin/x", "sh").hardlink("bin/y", "bin/x");
  base.file("caf\xc3\xa9", "u").symlink("l", "etc/b").device("null", AE_IFCHR, makedev(1, 3));
  base.file("ping", "p", 0755,
            [](archive_entry* e) { ::archive_entry_xattr_add_entry(e, "user.note", "hi", 2); });
  top.file("etc/.wh.a");
  unpack(base);
  unpack(top, '2', chain('1'));
  for (const std::string& chain_id : {chain('2'), std::string()}) {
    roots.create(id('a'), chain_id);
    replace_file(upper('a') + "/new", "n");
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, (upper('a') + "/s").c_str());
    BOOST_TEST(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    const UniqueFd out(::memfd_create("tar", MFD_CLOEXEC));
    {
      const UniqueFd view = open_stopped_root(roots, id('a'));
      export_root(view.get(), out.get());
    }
    ::lseek(out.get(), 0, SEEK_SET);
    const auto entries = read_tar(out.get());
    std::map<std::string, std::string> wanted{{"new", "n"}};
    if (!chain_id.empty())
      wanted = {{"bin/", ""},         {"bin/x", "sh"}, {"bin/y", "= bin/x"},
                {"caf\xc3\xa9", "u"}, {"etc/", ""},    {"etc/b", "2"},
                {"l", "-> etc/b"},    {"new", "n"},    {"null", "dev 259"},
                {"ping", "p +xattr"}};
    for (const char* name : {".dockerenv", "dev/", "dev/console", "dev/pts/", "dev/shm/", "etc/",
                             "etc/hostname", "etc/hosts", "etc/resolv.conf", "proc/", "sys/"})
      wanted[name] = "";  // of the lowest layer
    wanted["etc/mtab"] = "-> /proc/mounts";
    auto got = entries;
    if (got.contains("bin/y") && got["bin/y"] == "sh") {  // whichever name was read first
      BOOST_TEST(got["bin/x"] == "= bin/y");
      got["bin/x"] = "sh";
      got["bin/y"] = "= bin/x";
    }
    for (const auto& [name, text] : wanted) BOOST_TEST(got[name] == text, name + ": " + got[name]);
    BOOST_TEST(got.size() == wanted.size());
    roots.remove(id('a'));
  }
  // Nothing stayed mounted.
  BOOST_TEST(find_text("/proc/self/mountinfo")->find(scratch.path()) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_away_cancels_an_export) {
  roots.create(id('a'), "");
  replace_file(upper('a') + "/big", std::string(4 << 20, 'x'));
  int ends[2];
  BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  UniqueFd in(ends[0]), out(ends[1]);
  const UniqueFd view = open_stopped_root(roots, id('a'));
  in.reset();
  BOOST_CHECK_EXCEPTION(export_root(view.get(), out.get()), Error,
                        [](const Error& e) { return e.code() == GANTRY_CANCELLED; });
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_exhausted_and_leaves_nothing) {
  const std::string small = scratch / "small";
  make_directory(small);
  std::size_t left = 1;
  gantry_errc code = GANTRY_OK;
  call_on_thread([&] {
    if (::unshare(CLONE_NEWNS | CLONE_FS) != 0) throw_errno("unshare");
    ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=2m") != 0) throw_errno("mount");
    LayerStore tiny(small);
    TarBuilder tar;
    tar.file("a", std::string(1 << 20, 'a')).file("b", std::string(8 << 20, 'b'));
    const UniqueFd fd = tar.finish();
    try {
      tiny.unpack(chain('1'), "", fd.get(), {});
    } catch (const Error& error) {
      code = error.code();
    }
    left = names_in(tiny.directory()).size();
  });
  BOOST_TEST(code == GANTRY_EXHAUSTED);
  BOOST_TEST(left == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
