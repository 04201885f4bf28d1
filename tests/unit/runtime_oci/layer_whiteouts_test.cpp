// Layers over others: whiteouts, and what is copied up from below.
#include "layer_fixture.hpp"

using namespace gantry::oci;

BOOST_FIXTURE_TEST_SUITE(layer_whiteouts, LayerFixture)

BOOST_AUTO_TEST_CASE(whiteouts_become_what_overlayfs_reads) {
  TarBuilder base;
  base.file("etc/a", "1").file("etc/b", "2").file("gone/deep/f", "3").file("opq/old", "4");
  unpack(base);
  TarBuilder upper;
  upper.file("etc/.wh.a").file(".wh.gone").file("opq/.wh..wh..opq").file("opq/new", "5");
  upper.file(".wh.never-there").file(".wh..wh.plnk/1.2", "x");
  unpack(upper, '2', chain('1'));
  BOOST_TEST(is_whiteout(status("etc/a", '2')));
  BOOST_TEST(is_whiteout(status("gone", '2')));
  BOOST_TEST(opaque("opq", '2'));
  BOOST_TEST(!opaque("etc", '2'));
  BOOST_TEST(!present("never-there", '2'));
  BOOST_TEST(!present(".wh..wh.plnk", '2'));

  const OverlayTree tree(layers.open_stack(chain('2')));
  BOOST_TEST(!tree.find("/etc/a", true));
  BOOST_TEST(tree.find("/etc/b", true).has_value());
  BOOST_TEST(!tree.find("gone/deep/f", true));
  BOOST_TEST(!tree.find("opq/old", true));
  BOOST_TEST(tree.find("opq/new", true).has_value());
}

BOOST_AUTO_TEST_CASE(a_directory_made_anew_over_a_whiteout_hides_the_old_content) {
  TarBuilder base;
  base.file("d/old", "1");
  unpack(base);
  TarBuilder upper;
  upper.file(".wh.d").directory("d").file("d/new", "2");
  unpack(upper, '2', chain('1'));
  BOOST_TEST(opaque("d", '2'));
  TarBuilder after;  // the other order says the same
  after.directory("d").file("d/new", "2").file(".wh.d");
  unpack(after, '3', chain('1'));
  BOOST_TEST(opaque("d", '3'));
  TarBuilder implied;
  implied.file(".wh.d").file("d/new", "2");
  unpack(implied, '4', chain('1'));
  BOOST_TEST(opaque("d", '4'));
}

BOOST_AUTO_TEST_CASE(an_opaque_root_hides_every_name_below) {
  TarBuilder base;
  base.file("a", "1").file("d/b", "2");
  unpack(base);
  TarBuilder upper;
  upper.file(".wh..wh..opq").file("d/c", "3");
  unpack(upper, '2', chain('1'));
  const OverlayTree tree(layers.open_stack(chain('2')));
  BOOST_TEST(!tree.find("a", true));
  BOOST_TEST(!tree.find("d/b", true));
  BOOST_TEST(tree.find("d/c", true).has_value());
}

BOOST_AUTO_TEST_CASE(whiteouts_of_dots_are_refused) {
  for (const char* name : {".wh.", ".wh..", ".wh..."}) {
    TarBuilder tar;
    tar.file(name);
    BOOST_TEST(refusal(tar).find("no such whiteout") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(directories_left_out_look_like_those_below) {
  TarBuilder base;
  base.directory("tmp", 01777).symlink("lib", "usr/lib").directory("usr/lib");
  unpack(base);
  TarBuilder upper;
  upper.file("tmp/f", "1").file("lib/so", "2");
  unpack(upper, '2', chain('1'));
  BOOST_TEST((status("tmp", '2').st_mode & 07777) == 01777u);
  BOOST_TEST(status("tmp", '2').st_mtime == 1'600'000'000);
  // "lib" is a link below: the file belongs where it leads.
  BOOST_TEST(present("usr/lib/so", '2'));
  BOOST_TEST(!present("lib", '2'));
}

BOOST_AUTO_TEST_CASE(a_hard_link_to_a_lower_file_copies_it_up) {
  TarBuilder base;
  base.file("d/f", "hello", 0640, [](archive_entry* e) { ::archive_entry_set_uid(e, 42); });
  unpack(base);
  TarBuilder upper;
  upper.hardlink("e/g", "d/f");
  BOOST_TEST(unpack(upper, '2', chain('1')) == 5u);
  BOOST_TEST(status("e/g", '2').st_ino == status("d/f", '2').st_ino);
  BOOST_TEST(status("e/g", '2').st_uid == 42u);
  BOOST_TEST((status("e/g", '2').st_mode & 07777) == 0640u);
  BOOST_TEST(find_text(diff('2') + "/e/g").value() == "hello");
}

BOOST_AUTO_TEST_SUITE_END()
