// What a root has changed becomes a layer without being written again.
#include <fstream>

#include "layer_fixture.hpp"
#include "roots/root_store.hpp"

using namespace gantry::oci;

namespace {

struct Adoption : LayerFixture {
  RootStore roots{scratch.path(), layers};
  const std::string root = std::string(64, 'a');

  Adoption() {
    TarBuilder base;
    base.directory("./", 0711).file("old", "below").directory("d", 0750);
    unpack(base, '1');
    roots.create(root, chain('1'));
  }
  std::string upper() const { return roots.describe(root).upper; }
  void write(const std::string& name, const std::string& content) const {
    std::ofstream(upper() + "/" + name) << content;
  }
  std::uint64_t adopt(const std::vector<std::string>& leave_out = {}) {
    return layers.adopt(chain('2'), chain('1'), upper(), leave_out, {});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(adopted_layers, Adoption)

BOOST_AUTO_TEST_CASE(the_root_is_spent_and_the_layer_is_there) {
  write("new", "12345");
  fs::create_directory(upper() + "/sub");
  fs::create_hard_link(upper() + "/new", upper() + "/sub/same");
  const std::string was = upper();
  BOOST_TEST(adopt() == 5u);
  BOOST_TEST(layers.size(chain('2')) == 5u);
  BOOST_TEST(layers.stack(chain('2')).size() == 2u);
  BOOST_TEST(present("new", '2'));
  BOOST_TEST(status("sub/same", '2').st_nlink == 2u);
  BOOST_TEST(!fs::exists(was));
  roots.remove(root);
  layers.remove(chain('2'));
  layers.remove(chain('1'));
}

BOOST_AUTO_TEST_CASE(it_is_found_by_the_next_daemon) {
  write("new", "1");
  adopt();
  const LayerStore again(scratch.path());
  BOOST_TEST(again.size(chain('2')) == 1u);
  BOOST_TEST(again.stack(chain('2')).size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_was_changed_of_the_top_is_in_no_layer) {
  BOOST_TEST_REQUIRE(::chmod(upper().c_str(), 0700) == 0);
  write("new", "");
  adopt();
  BOOST_TEST((status("", '2').st_mode & 07777) == 0755u);
}

BOOST_AUTO_TEST_CASE(sockets_are_in_no_layer) {
  write("new", "");
  BOOST_TEST_REQUIRE(::mknod((upper() + "/socket").c_str(), S_IFSOCK | 0600, 0) == 0);
  adopt();
  BOOST_TEST(present("new", '2'));
  BOOST_TEST(!present("socket", '2'));
}

BOOST_AUTO_TEST_CASE(empty_places_are_left_out) {
  for (const char* name : {"made", "made/deep", "kept", "linked"})
    fs::create_directory(upper() + "/" + name);
  fs::create_directory_symlink("kept", upper() + "/link");
  write("kept/file", "x");
  write("empty", "");
  write("full", "x");
  fs::create_directory(upper() + "/kept/inside");
  BOOST_TEST(adopt({"made", "made/deep", "kept", "empty", "full", "none/x", "link/inside",
                    "../layers", "/linked"}) == 6u);
  BOOST_TEST(!present("made", '2'));
  BOOST_TEST(!present("empty", '2'));
  BOOST_TEST(present("kept/file", '2'));
  BOOST_TEST(present("kept/inside", '2'));
  BOOST_TEST(present("full", '2'));
}

BOOST_AUTO_TEST_CASE(a_layer_that_is_there_stays_and_so_does_the_root) {
  TarBuilder tar;
  tar.file("x", "123");
  unpack(tar, '2', chain('1'));
  write("new", "1");
  BOOST_TEST(adopt() == 3u);
  BOOST_TEST(fs::exists(upper() + "/new"));
}

BOOST_AUTO_TEST_CASE(whiteouts_of_nothing_are_in_no_layer) {
  fs::create_directory(upper() + "/d");
  fs::create_directory(upper() + "/new");
  for (const char* name : {"old", "none", "d/none", "new/none"})
    BOOST_TEST_REQUIRE(::mknod((upper() + "/" + name).c_str(), S_IFCHR, makedev(0, 0)) == 0);
  adopt();
  BOOST_TEST(present("old", '2'));
  for (const char* name : {"none", "d/none", "new/none"}) BOOST_TEST(!present(name, '2'));
}

BOOST_AUTO_TEST_CASE(names_of_whiteouts_are_in_no_layer) {
  write("new", "12345");
  const std::vector<std::string> names{".wh.old", ".wh.", ".wh..wh..opq", ".wh..wh.x"};
  for (const std::string& name : names) write(name, "x");
  fs::create_directories(upper() + "/.wh.d/sub");
  write(".wh.d/sub/file", "x");
  fs::create_directory(upper() + "/sub");
  BOOST_TEST_REQUIRE(::mknod((upper() + "/sub/.wh.old").c_str(), S_IFCHR, makedev(0, 0)) == 0);
  BOOST_TEST(adopt() == 5u);
  BOOST_TEST(present("new", '2'));
  BOOST_TEST(present("sub", '2'));
  BOOST_TEST(!present(".wh.d", '2'));
  BOOST_TEST(!present("sub/.wh.old", '2'));
  for (const std::string& name : names) BOOST_TEST(!present(name, '2'), name);
  const OverlayTree tree(layers.open_stack(chain('2')));
  BOOST_TEST(tree.find("/old", true).has_value());
  BOOST_TEST(tree.find("/d", true).has_value());
}

BOOST_AUTO_TEST_CASE(a_place_that_had_a_socket_alone_is_left_out) {
  fs::create_directory(upper() + "/place");
  BOOST_TEST_REQUIRE(::mknod((upper() + "/place/socket").c_str(), S_IFSOCK | 0600, 0) == 0);
  adopt({"place"});
  BOOST_TEST(!present("place", '2'));
}

BOOST_AUTO_TEST_CASE(a_failure_leaves_the_root_as_it_was) {
  write("new", "1");
  const auto before = names_in(layers.directory()).size();
  BOOST_CHECK_THROW(layers.adopt(chain('2'), chain('9'), upper(), {}, {}), Error);
  BOOST_CHECK_THROW(layers.adopt("no chain", chain('1'), upper(), {}, {}), Error);
  BOOST_TEST(fs::exists(upper() + "/new"));
  BOOST_TEST(names_in(layers.directory()).size() == before);
  BOOST_TEST(adopt() == 1u);
}

BOOST_AUTO_TEST_CASE(a_failure_at_the_end_gives_the_root_back) {
  write("new", "1");
  // Numbers go on: where each of the next ones is to lie is taken.
  for (int number = 2; number < 9; ++number)
    fs::create_directories(layers.directory() + "/" + std::to_string(number) + "/taken");
  BOOST_CHECK_THROW(adopt(), Error);
  BOOST_TEST(fs::exists(upper() + "/new"));
  for (const std::string& name : names_in(layers.directory()))
    BOOST_TEST(!name.starts_with("tmp-"), name);
}

BOOST_AUTO_TEST_SUITE_END()
