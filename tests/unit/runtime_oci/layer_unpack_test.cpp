// Unpacking layers: entries, hostile and damaged archives, layers found again and removed.
#include "layer_fixture.hpp"

using namespace gantry::oci;

BOOST_FIXTURE_TEST_SUITE(layer_unpack, LayerFixture)

BOOST_AUTO_TEST_CASE(owners_modes_times_and_attributes_are_those_of_the_archive) {
  TarBuilder tar;
  tar.directory("d", 01777);
  tar.file("d/suid", "hello", 04755, [](archive_entry* e) {
    ::archive_entry_set_uid(e, 1234);
    ::archive_entry_set_gid(e, 5678);
  });
  // cap_net_raw=ep
  const std::string capability("\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  tar.file("ping", "x", 0755, [&](archive_entry* e) {
    ::archive_entry_xattr_add_entry(e, "security.capability", capability.data(), capability.size());
    ::archive_entry_xattr_add_entry(e, "trusted.overlay.redirect", "/etc", 4);
  });
  BOOST_TEST(unpack(tar) == 6u);
  const auto suid = status("d/suid");
  BOOST_TEST(suid.st_uid == 1234u);
  BOOST_TEST(suid.st_gid == 5678u);
  BOOST_TEST((suid.st_mode & 07777) == 04755u);
  BOOST_TEST(suid.st_mtime == 1'600'000'000);
  BOOST_TEST((status("d").st_mode & 07777) == 01777u);
  BOOST_TEST(status("d").st_mtime == 1'600'000'000);
  char value[64];
  const std::string ping = diff() + "/ping";
  BOOST_TEST(::getxattr(ping.c_str(), "security.capability", value, sizeof value) == 20);
  BOOST_TEST(::getxattr(ping.c_str(), "trusted.overlay.redirect", value, sizeof value) == -1);
}

BOOST_AUTO_TEST_CASE(entries_of_the_root_change_nothing) {
  char digit = '1';
  for (const char* name : {"./", ".", "/", "./."}) {
    TarBuilder tar;
    tar.directory(name, 0700, [](archive_entry* e) {
      ::archive_entry_set_uid(e, 1234);
      ::archive_entry_xattr_add_entry(e, "user.mark", "x", 1);
    });
    tar.file("a", "text");
    unpack(tar, digit);
    const auto root = status(".", digit);
    BOOST_TEST((root.st_mode & 07777) == 0755u, "entry " << name);
    BOOST_TEST(root.st_uid == 0u, "entry " << name);
    BOOST_TEST((root.st_mtime != 1'600'000'000), "entry " << name);
    char value[8];
    BOOST_TEST(::getxattr(diff(digit).c_str(), "user.mark", value, sizeof value) == -1,
               "entry " << name);
    ++digit;
  }
}

// Earlier versions wrote a file, which a machine that stopped at once may have left empty.
BOOST_AUTO_TEST_CASE(a_layer_whose_description_is_broken_is_put_aside) {
  char digit = '1';
  for (const char* broken : {"", "{\"chain_id\": \"sha"}) {
    TarBuilder tar;
    tar.file("a", "text");
    unpack(tar, digit);
    const fs::path layer = fs::path(diff(digit)).parent_path();
    replace_file(layer.string() + "/meta", broken);
    LayerStore opened(scratch.path());
    BOOST_CHECK_THROW(opened.stack(chain(digit)), Error);
    const std::string aside = layers.directory() + "/lost-" + layer.filename().string();
    const auto lost = opened.lost();
    BOOST_TEST((std::find(lost.begin(), lost.end(), aside) != lost.end()));
    BOOST_TEST(exists(aside + "/diff/a"));
    TarBuilder again;
    again.file("a", "text");
    const UniqueFd fd = again.finish();
    opened.unpack(chain(digit), "", fd.get(), {});
    BOOST_TEST(opened.stack(chain(digit)).size() == 1u);
    opened.remove(chain(digit));
    ++digit;
  }
}

BOOST_AUTO_TEST_CASE(descriptions_that_earlier_versions_wrote_are_read) {
  TarBuilder tar;
  tar.file("a", "text");
  unpack(tar);
  const std::string meta = fs::path(diff('1')).parent_path().string() + "/meta";
  const std::string text = fs::read_symlink(meta);
  fs::remove(meta);
  replace_file(meta, text);
  const LayerStore opened(scratch.path());
  BOOST_TEST(opened.size(chain('1')) == 4u);
  BOOST_TEST(opened.lost().empty());
}

BOOST_AUTO_TEST_CASE(compressed_layers_are_detected) {
  char digit = '1';
  for (const int filter : {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD,
                           ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ}) {
    TarBuilder tar(filter);
    tar.file("f", std::string(100'000, 'x'));
    BOOST_TEST(unpack(tar, digit) == 100'000u);
    BOOST_TEST(status("f", digit).st_size == 100'000);
    ++digit;
  }
}

BOOST_AUTO_TEST_CASE(names_are_bytes) {
  const std::string composed = "caf\xc3\xa9", decomposed = "cafe\xcc\x81", latin = "caf\xe9";
  TarBuilder tar;
  tar.file(composed, "a").file(decomposed, "b").file(latin, "c");
  unpack(tar);
  BOOST_TEST(find_text(diff() + "/" + composed).value() == "a");
  BOOST_TEST(find_text(diff() + "/" + decomposed).value() == "b");
  BOOST_TEST(find_text(diff() + "/" + latin).value() == "c");
}

BOOST_AUTO_TEST_CASE(long_names_and_targets_survive) {
  const std::string deep =
      std::string(200, 'a') + "/" + std::string(200, 'b') + "/" + std::string(90, 'c');
  TarBuilder tar;
  tar.file(deep, "x").symlink("link", "/" + deep);
  unpack(tar);
  BOOST_TEST(present(deep));
  BOOST_TEST(fs::read_symlink(diff() + "/link").string() == "/" + deep);
}

BOOST_AUTO_TEST_CASE(sparse_files_stay_sparse) {
  TarBuilder tar;
  tar.file("s", std::string(1 << 20, '\0'), 0644,
           [](archive_entry* e) { ::archive_entry_sparse_add_entry(e, 0, 4096); });
  unpack(tar);
  BOOST_TEST(status("s").st_size == 1 << 20);
  BOOST_TEST(status("s").st_blocks < 100);
}

BOOST_AUTO_TEST_CASE(an_entry_that_climbs_out_is_refused_by_name) {
  for (const char* name : {"../x", "a/../../x", "./../x", ".."}) {
    TarBuilder tar;
    tar.file("ok", "1").file(name, "2");
    BOOST_TEST(refusal(tar).find(name) != std::string::npos);
  }
  BOOST_TEST(!exists(scratch / "x"));
  BOOST_TEST(layers.list().empty());
}

BOOST_AUTO_TEST_CASE(absolute_names_are_rooted_in_the_layer) {
  TarBuilder tar;
  tar.file("/etc/gantry-test-absolute", "1").file("a/../b", "2");
  unpack(tar);
  BOOST_TEST(present("etc/gantry-test-absolute"));
  BOOST_TEST(present("b"));
  BOOST_TEST(!exists("/etc/gantry-test-absolute"));
}

BOOST_AUTO_TEST_CASE(nothing_is_written_through_a_link_out_of_the_tree) {
  const std::string outside = scratch / "outside";
  make_directory(outside);
  TarBuilder tar;
  tar.symlink("link", outside).file("link/pwned", "1").symlink("file", outside + "/f");
  tar.file("file", "2");  // replaces the link, does not write through it
  unpack(tar);
  BOOST_TEST(names_in(outside).empty());
  BOOST_TEST(present(outside.substr(1) + "/pwned"));  // inside the layer
  BOOST_TEST(S_ISREG(status("file").st_mode));
}

BOOST_AUTO_TEST_CASE(relative_links_out_of_the_tree_are_data_and_lead_nowhere_else) {
  TarBuilder tar;
  tar.symlink("a/link", "../../etc").symlink("abs", "/../../etc/passwd");
  tar.file("a/link/gantry-test-relative", "1");
  unpack(tar);
  BOOST_TEST(fs::read_symlink(diff() + "/a/link").string() == "../../etc");
  BOOST_TEST(fs::read_symlink(diff() + "/abs").string() == "/../../etc/passwd");
  BOOST_TEST(present("etc/gantry-test-relative"));
  BOOST_TEST(!exists("/etc/gantry-test-relative"));
}

BOOST_AUTO_TEST_CASE(hard_links_stay_in_the_tree) {
  TarBuilder out;
  out.hardlink("h", "../../../etc/passwd");
  BOOST_TEST(refusal(out) == "invalid hardlink \"h\" -> \"../../../etc/passwd\"");
  TarBuilder missing;
  missing.hardlink("h", "/etc/passwd");
  BOOST_TEST(refusal(missing).find("hardlink to missing \"etc/passwd\"") != std::string::npos);
  TarBuilder through;
  through.symlink("e", "/etc").hardlink("h", "e/passwd");
  BOOST_TEST(refusal(through).find("hardlink to missing \"etc/passwd\"") != std::string::npos);
  TarBuilder fine;
  fine.file("a", "12345").hardlink("d/b", "a").hardlink("c", "d/b");
  BOOST_TEST(unpack(fine) == 5u);
  BOOST_TEST(status("a").st_nlink == 3u);
  BOOST_TEST(status("c").st_ino == status("a").st_ino);
}

BOOST_AUTO_TEST_CASE(endless_links_are_an_error) {
  TarBuilder tar;
  tar.symlink("a", "b").symlink("b", "a").file("a/x", "1");
  BOOST_TEST(refusal(tar).find("too many symbolic links") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_as_parent_is_an_error) {
  TarBuilder tar;
  tar.file("f", "1").file("f/x", "2");
  BOOST_TEST(refusal(tar) == "invalid layer: \"f\" is not a directory");
}

BOOST_AUTO_TEST_CASE(device_nodes_and_fifos_are_made_as_such) {
  TarBuilder tar;
  tar.device("dev/null", AE_IFCHR, makedev(1, 3)).device("dev/loop9", AE_IFBLK, makedev(7, 9));
  tar.device("fifo", AE_IFIFO, 0);
  unpack(tar);
  BOOST_TEST(S_ISCHR(status("dev/null").st_mode));
  BOOST_TEST(status("dev/null").st_rdev == makedev(1, 3));
  BOOST_TEST(S_ISBLK(status("dev/loop9").st_mode));
  BOOST_TEST(S_ISFIFO(status("fifo").st_mode));
}

BOOST_AUTO_TEST_CASE(later_entries_replace_earlier_ones) {
  TarBuilder tar;
  tar.file("x", "12345").directory("x").file("x/a", "1").file("y", "123").file("y", "4567");
  tar.directory("z").file("z/in", "9").symlink("z", "x");
  BOOST_TEST(unpack(tar) == 1u + 4u + 1u);  // x/a, y, the link z
  BOOST_TEST(find_text(diff() + "/y").value() == "4567");
  BOOST_TEST(present("x/a"));
  BOOST_TEST(S_ISLNK(status("z").st_mode));
}

BOOST_AUTO_TEST_CASE(damaged_archives_leave_nothing) {
  for (const int filter : {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD}) {
    TarBuilder tar(filter);
    std::string noise(200'000, '\0');
    for (std::size_t i = 0; i < noise.size(); ++i)
      noise[i] = static_cast<char>(i * i * 2654435761u >> 13);
    tar.file("big", noise);
    const UniqueFd fd = tar.finish();
    const off_t size = ::lseek(fd.get(), 0, SEEK_END);
    BOOST_TEST_REQUIRE(::ftruncate(fd.get(), size * 2 / 3) == 0);
    ::lseek(fd.get(), 0, SEEK_SET);
    BOOST_CHECK_EXCEPTION(layers.unpack(chain('1'), "", fd.get(), {}), Error,
                          [](const Error& e) { return e.code() == GANTRY_INVALID; });
    BOOST_TEST(names_in(layers.directory()).empty());
  }
}

BOOST_AUTO_TEST_CASE(text_is_no_archive_and_an_empty_file_is_an_empty_layer) {
  const UniqueFd text(::memfd_create("t", MFD_CLOEXEC));
  write_all(text.get(), "this is certainly not a tar archive, but long enough\n", "t");
  ::lseek(text.get(), 0, SEEK_SET);
  BOOST_CHECK_THROW(layers.unpack(chain('1'), "", text.get(), {}), Error);
  const UniqueFd empty(::memfd_create("e", MFD_CLOEXEC));
  BOOST_TEST(layers.unpack(chain('2'), "", empty.get(), {}) == 0u);
}

BOOST_AUTO_TEST_CASE(a_pipe_is_read_to_its_end) {
  TarBuilder tar;
  tar.file("f", "1");
  const UniqueFd archive = tar.finish();
  int ends[2];
  BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  UniqueFd in(ends[0]), out(ends[1]);
  bool whole = false;
  std::thread feeder([&] {
    char block[65536];
    ssize_t got = 0;
    while ((got = ::read(archive.get(), block, sizeof block)) > 0)
      write_all(out.get(), {block, static_cast<std::size_t>(got)}, "pipe");
    write_all(out.get(), std::string(1 << 20, '\0'), "pipe");  // padding after the end
    whole = true;
    out.reset();
  });
  BOOST_TEST(layers.unpack(chain('1'), "", in.get(), {}) == 1u);
  feeder.join();
  BOOST_TEST(whole);
}

BOOST_AUTO_TEST_CASE(a_stalled_pipe_can_be_cancelled) {
  int ends[2];
  BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const UniqueFd in(ends[0]), out(ends[1]);
  int asked = 0;
  gantry_op op{};
  op.size = sizeof op;
  op.ctx = &asked;
  op.cancelled = [](void* ctx) { return ++*static_cast<int*>(ctx) > 2 ? 1 : 0; };
  BOOST_CHECK_EXCEPTION(layers.unpack(chain('1'), "", in.get(), Operation(gantry::sdk::Op(&op))),
                        Error, [](const Error& e) { return e.code() == GANTRY_CANCELLED; });
  BOOST_TEST(names_in(layers.directory()).empty());
}

BOOST_AUTO_TEST_CASE(owners_beyond_32_bits_are_refused) {
  for (const la_int64_t number : {la_int64_t{1} << 32, la_int64_t{1} << 40}) {
    TarBuilder user, group;
    user.file("f", "", 0644, [&](archive_entry* e) { ::archive_entry_set_uid(e, number); });
    group.file("f", "", 0644, [&](archive_entry* e) { ::archive_entry_set_gid(e, number); });
    BOOST_TEST(refusal(user).find(std::to_string(number)) != std::string::npos);
    BOOST_TEST(refusal(group).find(std::to_string(number)) != std::string::npos);
  }
  TarBuilder last;
  last.file("f", "", 0644, [](archive_entry* e) { ::archive_entry_set_uid(e, 4'294'967'294); });
  unpack(last);
  BOOST_TEST(status("f").st_uid == 4'294'967'294u);
}

BOOST_AUTO_TEST_CASE(layers_are_found_again_and_leftovers_cleared) {
  TarBuilder one, two;
  one.file("a", "123");
  two.file("b", "45");
  unpack(one);
  unpack(two, '2', chain('1'));
  make_directory(layers.directory() + "/tmp-9");
  make_directory(layers.directory() + "/tmp-9/diff");
  LayerStore again(scratch.path());
  BOOST_TEST(again.list().size() == 2u);
  BOOST_TEST(again.size(chain('1')) == 3u);
  BOOST_TEST(again.stack_size(chain('2')) == 5u);
  BOOST_TEST(again.stack(chain('2')).size() == 2u);
  BOOST_TEST(names_in(again.directory()).size() == 2u);
  // Numbers go on.
  TarBuilder three;
  three.file("c", "6");
  const UniqueFd fd = three.finish();
  again.unpack(chain('3'), chain('2'), fd.get(), {});
  BOOST_TEST(again.stack(chain('3')).size() == 3u);
}

BOOST_AUTO_TEST_CASE(layers_in_use_are_not_removed) {
  TarBuilder one, two;
  one.file("a", "1");
  two.file("b", "2");
  unpack(one);
  unpack(two, '2', chain('1'));
  const auto conflict = [](const Error& e) { return e.code() == GANTRY_CONFLICT; };
  BOOST_CHECK_EXCEPTION(layers.remove(chain('1')), Error, conflict);
  layers.add_user(chain('2'));
  BOOST_CHECK_EXCEPTION(layers.remove(chain('2')), Error, conflict);
  layers.drop_user(chain('2'));
  layers.remove(chain('2'));
  layers.remove(chain('1'));
  layers.remove(chain('1'));
  BOOST_TEST(layers.list().empty());
  BOOST_TEST(names_in(layers.directory()).empty());
  BOOST_CHECK_EXCEPTION(layers.size(chain('1')), Error,
                        [](const Error& e) { return e.code() == GANTRY_NOT_FOUND; });
}

BOOST_AUTO_TEST_CASE(an_unknown_parent_is_not_found) {
  TarBuilder tar;
  tar.file("a", "1");
  refusal(tar, GANTRY_NOT_FOUND, '2', chain('9'));
}

BOOST_AUTO_TEST_SUITE_END()
