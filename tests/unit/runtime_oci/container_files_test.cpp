#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <map>

#include "archive/container_view.hpp"
#include "archive/tree_tar.hpp"
#include "archive/unpack.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "roots/root_changes.hpp"
#include "scratch.hpp"
#include "tar_builder.hpp"

using namespace gantry::oci;

namespace {

std::string chain(char digit) { return "sha256:" + std::string(64, digit); }
std::string id(char digit) { return std::string(64, digit); }

struct Tree {
  Scratch scratch;
  Tree() {
    for (const char* directory : {"/root", "/root/d", "/root/d/sub", "/outside"})
      make_directory(scratch.path() + directory);
    replace_file(scratch / "root/d/f", "file");
    replace_file(scratch / "outside/canary", "alive");
    link("../../../../outside", "root/up");
    link("/d", "root/abs");
    link("sub", "root/d/rel");
    link("loop", "root/loop");
    link("/no/where", "root/dangling");
    link("d/f", "root/file");
  }
  void link(const std::string& target, const std::string& name) {
    BOOST_TEST_REQUIRE(::symlink(target.c_str(), (scratch / name).c_str()) == 0);
  }
  RootedTree open() const {
    return RootedTree(open_at(AT_FDCWD, scratch / "root", O_PATH | O_DIRECTORY));
  }
  void put(TarBuilder& tar, const std::string& directory, TreeWriter::Options options = {}) {
    const RootedTree tree = open();
    TreeWriter writer(tree, directory, std::move(options));
    const UniqueFd fd = tar.finish();
    unpack_into(fd.get(), writer, directory, Operation());
  }
  std::string read(const std::string& name) const {
    return find_text(scratch / name).value_or("(absent)");
  }
};

int errno_of(const RootedTree& tree, const std::string& path) {
  try {
    tree.find(path, true);
  } catch (const Error& error) {
    BOOST_TEST(error.code() == GANTRY_INVALID);
    return error.os_errno();
  }
  return 0;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(container_files, Tree)

BOOST_AUTO_TEST_CASE(paths_are_resolved_inside_the_root) {
  const RootedTree tree = open();
  const std::map<std::string, std::string> expected{{"/", "/"},
                                                    {".", "/"},
                                                    {"/../..", "/"},
                                                    {"/d/f", "/d/f"},
                                                    {"/abs/f", "/d/f"},
                                                    {"/abs/rel", "/d/sub"},
                                                    {"/d/rel/..", "/d"},
                                                    {"/up", "/outside"},
                                                    {"/file", "/d/f"},
                                                    {"//d//./f", "/d/f"},
                                                    {"/d/sub/../f", "/d/f"}};
  for (const auto& [path, resolved] : expected) BOOST_TEST(tree.find(path, true).path == resolved);
  BOOST_TEST(!tree.find("/up", true).exists());
  BOOST_TEST(tree.find("/file", false).is_link());
  BOOST_TEST(tree.find("/abs/", false).is_directory());
  BOOST_TEST(tree.find("/abs/.", false).is_directory());
}

BOOST_AUTO_TEST_CASE(where_a_path_leads_is_known_though_nothing_is_there) {
  const RootedTree tree = open();
  BOOST_TEST(tree.resolve("/dangling") == "/no/where");
  BOOST_TEST(tree.resolve("/abs/new/../other") == "/d/other");
  BOOST_TEST(!tree.find("/dangling", true).exists());
  BOOST_TEST(tree.find("/dangling", false).is_link());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_path_is_told) {
  const RootedTree tree = open();
  BOOST_TEST(errno_of(tree, "/loop") == ELOOP);
  BOOST_TEST(errno_of(tree, "/d/f/x") == ENOTDIR);
  BOOST_TEST(errno_of(tree, "/d/f/") == ENOTDIR);
  BOOST_TEST(errno_of(tree, "/" + std::string(300, 'x')) == ENAMETOOLONG);
}

BOOST_AUTO_TEST_CASE(missing_directories_are_made_inside_the_root) {
  const RootedTree tree = open();
  tree.make_directories("/up/deep/er");
  tree.make_directories("/dangling/x");
  BOOST_TEST(exists(scratch / "root/outside/deep/er"));
  BOOST_TEST(exists(scratch / "root/no/where/x"));
  BOOST_TEST(!exists(scratch / "outside/deep"));
}

BOOST_AUTO_TEST_CASE(entries_replace_files_and_merge_directories) {
  TarBuilder tar;
  tar.directory("sub", 0700).file("sub/x", "1").file("f", "new", 04755).symlink("rel", "x");
  tar.hardlink("hard", "f").file("made/on/the/way", "2").file("/absolute", "3");
  put(tar, "/d");
  BOOST_TEST(read("root/d/sub/x") == "1");
  BOOST_TEST(read("root/d/hard") == "new");
  BOOST_TEST(read("root/d/made/on/the/way") == "2");
  BOOST_TEST(read("root/d/absolute") == "3");
  struct stat status {};
  BOOST_TEST(::stat((scratch / "root/d/f").c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 07777) == 04755u);
  BOOST_TEST(status.st_nlink == 2u);
  BOOST_TEST(::stat((scratch / "root/d/sub").c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 07777) == 0700u);
}

BOOST_AUTO_TEST_CASE(an_owner_is_given_to_every_entry) {
  TarBuilder tar;
  tar.directory("o").file("o/f", "1", 04711).symlink("o/l", "f");
  put(tar, "/d", {std::pair<uid_t, gid_t>(1234, 5678), false});
  for (const char* name : {"root/d/o", "root/d/o/f", "root/d/o/l"}) {
    struct stat status {};
    BOOST_TEST(::lstat((scratch / name).c_str(), &status) == 0);
    BOOST_TEST(status.st_uid == 1234u);
    BOOST_TEST(status.st_gid == 5678u);
  }
}

BOOST_AUTO_TEST_CASE(links_of_the_archive_are_followed_inside_only) {
  TarBuilder tar;
  tar.symlink("out", scratch / "outside").file("out/canary", "dead");
  tar.file("back/canary", "dead").symlink("rel", "../../outside").file("rel/canary", "dead");
  put(tar, "/d");
  BOOST_TEST(read("outside/canary") == "alive");
  BOOST_TEST(read("root/outside/canary") == "dead");
}

BOOST_AUTO_TEST_CASE(what_climbs_out_is_refused) {
  for (const char* name : {"../esc", "x/../../esc", "../../../../tmp/esc"}) {
    TarBuilder tar;
    tar.file(name, "1");
    BOOST_CHECK_EXCEPTION(put(tar, "/d"), Error, [&](const Error& error) {
      return error.code() == GANTRY_INVALID &&
             error.what() == '"' + std::string(name) + "\" is outside of \"/d\"";
    });
  }
  TarBuilder tar;
  tar.hardlink("h", "../../outside/canary");
  BOOST_CHECK_THROW(put(tar, "/d"), Error);
}

BOOST_AUTO_TEST_CASE(kinds_are_kept_when_asked_to) {
  TarBuilder over_directory, over_file;
  over_directory.file("sub", "1");
  over_file.directory("f");
  BOOST_CHECK_EXCEPTION(put(over_directory, "/d", {std::nullopt, true}), Error,
                        [](const Error& error) {
                          return std::string(error.what()) ==
                                 "cannot overwrite directory \"/d/sub\" with non-directory \"/d\"";
                        });
  BOOST_CHECK_EXCEPTION(put(over_file, "/d", {std::nullopt, true}), Error, [](const Error& error) {
    return std::string(error.what()) ==
           "cannot overwrite non-directory \"/d/f\" with directory \"/d\"";
  });
}

BOOST_AUTO_TEST_CASE(runs_of_zeros_become_holes) {
  TarBuilder tar;
  tar.file("sparse", "begin" + std::string(8 << 20, '\0') + "end")
      .file("zeros", std::string(1 << 20, '\0'));
  put(tar, "/d");
  struct stat status {};
  BOOST_TEST(::stat((scratch / "root/d/sparse").c_str(), &status) == 0);
  BOOST_TEST(status.st_size == (8 << 20) + 8);
  BOOST_TEST(status.st_blocks * 512 < 1 << 20);
  BOOST_TEST(read("root/d/sparse").ends_with("end"));
  BOOST_TEST(::stat((scratch / "root/d/zeros").c_str(), &status) == 0);
  BOOST_TEST(status.st_size == 1 << 20);
}

BOOST_AUTO_TEST_CASE(changes_and_the_layer_of_a_root) {
  Scratch state;
  LayerStore layers(state.path());
  RootStore roots(state.path(), layers);
  TarBuilder base;
  base.directory("etc").file("etc/keep", "1").file("etc/gone", "1").file("etc/changed", "1");
  base.directory("again").file("again/old", "1").directory("same").file("same/x", "1");
  const UniqueFd tar = base.finish();
  layers.unpack(chain('1'), "", tar.get(), {});
  roots.create(id('a'), chain('1'));
  BOOST_TEST(root_changes(roots, id('a'), Operation()).empty());
  {
    const ContainerView view =
        ContainerView::stopped(roots, id('a'), {}, ContainerView::Access::write);
    const RootedTree& tree = view.tree();
    const UniqueFd etc = open_at(tree.root(), "etc", O_RDONLY | O_DIRECTORY);
    BOOST_TEST(::unlinkat(etc.get(), "gone", 0) == 0);
    const UniqueFd changed = open_at(etc.get(), "changed", O_WRONLY);
    BOOST_TEST(::write(changed.get(), "2", 1) == 1);
    const UniqueFd root = open_at(tree.root(), ".", O_RDONLY | O_DIRECTORY);
    remove_tree(root.get(), "again");
    tree.make_directories("/again/new");
    tree.make_directories("/added");
  }
  std::map<std::string, int> found;
  for (const RootChange& change : root_changes(roots, id('a'), Operation()))
    found[change.path] = static_cast<int>(change.kind);
  const std::map<std::string, int> expected{{"/added", 1},     {"/again", 0}, {"/again/new", 1},
                                            {"/again/old", 2}, {"/etc", 0},   {"/etc/changed", 0},
                                            {"/etc/gone", 2}};
  BOOST_TEST((found == expected));

  const UniqueFd layer(::memfd_create("layer", MFD_CLOEXEC));
  write_layer(roots, id('a'), layer.get(), Operation());
  ::lseek(layer.get(), 0, SEEK_SET);
  layers.unpack(chain('2'), chain('1'), layer.get(), {});
  roots.create(id('b'), chain('2'));
  BOOST_TEST(roots.find_file(id('b'), "/etc/changed", 10).value_or("") == "2");
  BOOST_TEST(!roots.find_file(id('b'), "/etc/gone", 10));
  BOOST_TEST(!roots.find_file(id('b'), "/again/old", 10));
  BOOST_TEST(roots.find_file(id('b'), "/etc/keep", 10).has_value());
}

BOOST_AUTO_TEST_CASE(names_in_a_layer_are_marked_as_utf8) {
  Scratch state;
  LayerStore layers(state.path());
  RootStore roots(state.path(), layers);
  roots.create(id('a'), "");
  replace_file(roots.describe(id('a')).upper + "/f\u00f6\u00f6", "x");
  Scratch out;
  const UniqueFd layer = open_at(AT_FDCWD, out / "layer", O_CREAT | O_RDWR, 0600);
  write_layer(roots, id('a'), layer.get(), Operation());
  const std::string tar = find_text(out / "layer").value();
  BOOST_TEST(tar.find("path=f\u00f6\u00f6") != std::string::npos);
  BOOST_TEST(tar.find("hdrcharset=BINARY") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stopped_container_is_seen_with_its_mounts) {
  Scratch state;
  LayerStore layers(state.path());
  RootStore roots(state.path(), layers);
  roots.create(id('a'), "");
  const std::vector<ViewMount> mounts{{scratch / "outside", "/mnt/deep", true, true},
                                      {scratch / "outside/canary", "/etc/canary", false, false}};
  {
    const ContainerView view =
        ContainerView::stopped(roots, id('a'), mounts, ContainerView::Access::read);
    BOOST_TEST(view.tree().find("/mnt/deep/canary", true).exists());
    BOOST_TEST(view.tree().find("/etc/canary", true).status.st_size == 5);
  }
  BOOST_TEST(root_changes(roots, id('a'), Operation()).empty());
  {
    const ContainerView view =
        ContainerView::stopped(roots, id('a'), mounts, ContainerView::Access::write);
    const RootedTree::Place place = view.tree().find("/mnt/deep", true);
    const UniqueFd deep = open_at(place.file.get(), ".", O_RDONLY | O_DIRECTORY);
    BOOST_TEST(::openat(deep.get(), "new", O_CREAT | O_WRONLY, 0600) == -1);
    BOOST_TEST(errno == EROFS);
  }
  BOOST_TEST(!exists("/mnt/deep/canary"));
  const std::vector<ViewMount> missing{{"/no/such/source", "/x", false, true}};
  BOOST_CHECK_EXCEPTION(
      ContainerView::stopped(roots, id('a'), missing, ContainerView::Access::read), Error,
      [](const Error& error) { return error.code() == GANTRY_NOT_FOUND; });
}

BOOST_AUTO_TEST_SUITE_END()
