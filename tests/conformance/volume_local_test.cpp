// volume-local as the host sees it: Docker's options, and mounts that are counted and found again.
// Cases that mount are skipped where mounting is not permitted.
#include <sys/mount.h>

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/pluginhost/plugin_host.hpp"
#include "tests/unit/build_tree.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace gantry::pluginhost {

namespace {

using Options = std::map<std::string, std::string>;

struct Fixture {
  test::TemporaryDirectory directory;
  std::unique_ptr<PluginHost> host;
  Volume* volumes = nullptr;

  Fixture() { boot(); }
  ~Fixture() {
    // Whatever a failed case left mounted must not be in the way of removing the directory.
    for (const auto& volume : volumes->list()) ::umount2(volume.mountpoint.c_str(), MNT_DETACH);
  }
  void boot() {
    host.reset();
    HostOptions options;
    options.directories = {test::in_build_tree("lib/gantry/plugins")};
    options.state_dir = directory / "state";
    options.run_dir = directory / "run";
    host = std::make_unique<PluginHost>(std::move(options));
    host->load_volumes({"volume-local"});
    volumes = &host->get_volume("local");
  }
  std::string error_of(const Options& options) {
    try {
      volumes->create("v", options);
    } catch (const Error& e) {
      BOOST_TEST((e.code() == Errc::invalid));
      return e.what();
    }
    return "none";
  }
};

/// A precondition: a tmpfs can be mounted here.
boost::test_tools::assertion_result can_mount(boost::unit_test::test_unit_id) {
  const test::TemporaryDirectory directory;
  if (::mount("tmpfs", directory.path().c_str(), "tmpfs", 0, "") != 0) return false;
  ::umount2(directory.path().c_str(), MNT_DETACH);
  return true;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(volume_local, Fixture)

BOOST_AUTO_TEST_CASE(options_are_checked_in_dockers_words) {
  BOOST_TEST(error_of({{"foo", "1"}}) == "invalid option: \"foo\"");
  BOOST_TEST(error_of({{"device", "/x"}}) == "missing required option: \"type\"");
  BOOST_TEST(error_of({{"type", "nfs"}}) == "missing required option: \"device\"");
  BOOST_TEST(error_of({{"o", "ro"}}) == "missing required option: \"type\"");
  for (const char* size : {"much", "", "inf", "-1", "0x10", " 10m", "10  m", "1e99"})
    BOOST_TEST(error_of({{"size", size}}) == "invalid size: '" + std::string(size) + "'");
  for (const char* unit : {"bb", "bi", "mi", "x", "mibi"})
    BOOST_TEST(error_of({{"size", "10" + std::string(unit)}}) ==
               "invalid suffix: '" + std::string(unit) + "'");
  const std::string no_quota = "quota size requested but no quota support";
  BOOST_TEST(error_of({{"size", "1m"}, {"o", "x"}}).starts_with(no_quota));
  BOOST_TEST(
      error_of({{"size", "1m"}, {"type", "tmpfs"}, {"device", "tmpfs"}}).starts_with(no_quota));
  BOOST_TEST(error_of({{"type", "cifs"}, {"device", "//host:445/share"}}) ==
             "port not allowed in CIFS device URL, include 'port' in 'o='");
  for (const char* size : {"10G", "1.5g", "10 m", "1e3", "10MiB", "64kb"}) {
    const std::string error = error_of({{"size", size}});  // "none" where there are quotas
    BOOST_TEST((error == no_quota || error == "none"));
  }
  for (const char* size : {"0", "0b", "0 kb"}) BOOST_TEST(error_of({{"size", size}}) == "none");
}

BOOST_AUTO_TEST_CASE(a_plain_volume_is_a_directory_and_always_has_its_path) {
  volumes->create("data", {});
  const std::string path = (directory / "state/volume-local/data/_data").string();
  BOOST_TEST(volumes->find("data")->mountpoint == path);
  BOOST_TEST(volumes->path("data") == path);
  BOOST_TEST(volumes->mount("data", "u") == path);
  volumes->unmount("data", "u");
  BOOST_TEST(volumes->scope() == "local");
}

BOOST_AUTO_TEST_CASE(a_volume_whose_directory_was_deleted_by_hand_can_be_removed) {
  volumes->create("data", {});
  file::remove_tree(directory / "state/volume-local/data");
  volumes->remove("data");
  BOOST_TEST(!volumes->find("data"));
  BOOST_TEST(volumes->list().empty());
  volumes->create("data", {});
  BOOST_TEST(std::filesystem::exists(directory / "state/volume-local/data/_data"));
}

BOOST_AUTO_TEST_CASE(names_that_leave_the_directory_are_refused) {
  for (const char* name : {"../x", "a/b", ".hidden", ""})
    BOOST_CHECK_THROW(volumes->create(name, {}), Error);
}

BOOST_AUTO_TEST_CASE(a_bind_volume_shows_the_device_and_never_deletes_it,
                     *boost::unit_test::precondition(can_mount)) {
  file::make_directories(directory / "source");
  file::write_atomic(directory / "source/precious", "1");
  volumes->create(
      "v", {{"type", "none"}, {"o", "bind,ro"}, {"device", (directory / "source").string()}});
  const std::string path = volumes->mount("v", "u");
  BOOST_TEST(file::read(path + "/precious") == "1");
  BOOST_CHECK_THROW(file::write_atomic(path + "/new", ""), Error);
  BOOST_CHECK_THROW(volumes->remove("v"), Error);
  volumes->unmount("v", "u");
  volumes->remove("v");
  BOOST_TEST(file::read(directory / "source/precious") == "1");
}

BOOST_AUTO_TEST_CASE(a_tmpfs_is_mounted_by_the_first_user_and_unmounted_by_the_last,
                     *boost::unit_test::precondition(can_mount)) {
  volumes->create("v", {{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=1m,mode=0700"}});
  const std::string path = volumes->mount("v", "u1");
  volumes->mount("v", "u2");
  file::write_atomic(path + "/f", "x");
  volumes->unmount("v", "u1");
  BOOST_TEST(file::read(path + "/f") == "x");
  volumes->unmount("v", "u2");
  BOOST_TEST(!file::find(path + "/f"));
  volumes->remove("v");
}

BOOST_AUTO_TEST_CASE(mounts_and_their_users_are_known_again_after_a_restart,
                     *boost::unit_test::precondition(can_mount)) {
  volumes->create("v", {{"type", "tmpfs"}, {"device", "tmpfs"}});
  const std::string path = volumes->mount("v", "u1");
  file::write_atomic(path + "/f", "x");
  boot();
  volumes->mount("v", "u2");
  volumes->unmount("v", "u2");
  BOOST_TEST(file::read(path + "/f") == "x");
  volumes->unmount("v", "u1");
  BOOST_TEST(!file::find(path + "/f"));
}

BOOST_AUTO_TEST_CASE(after_a_reboot_old_users_are_forgotten,
                     *boost::unit_test::precondition(can_mount)) {
  volumes->create("v", {{"type", "tmpfs"}, {"device", "tmpfs"}});
  const std::string path = volumes->mount("v", "u1");
  BOOST_REQUIRE(::umount2(path.c_str(), 0) == 0);  // as a reboot does
  boot();
  volumes->mount("v", "u2");
  volumes->unmount("v", "u2");
  volumes->remove("v");
}

BOOST_AUTO_TEST_CASE(what_is_mounted_and_nobody_uses_is_unmounted_at_the_next_start,
                     *boost::unit_test::precondition(can_mount)) {
  volumes->create("v", {{"type", "tmpfs"}, {"device", "tmpfs"}});
  const std::string path = volumes->find("v")->mountpoint;
  // As a daemon that dies before it has noted for whom.
  BOOST_REQUIRE(::mount("tmpfs", path.c_str(), "tmpfs", 0, "") == 0);
  boot();
  BOOST_TEST(::umount2(path.c_str(), 0) != 0);
  BOOST_TEST(volumes->mount("v", "u") == path);
  volumes->unmount("v", "u");
}

BOOST_AUTO_TEST_CASE(a_failed_mount_is_told_in_dockers_words_without_the_password) {
  volumes->create("v", {{"type", "none"}, {"o", "bind"}, {"device", "/no/such/directory"}});
  BOOST_CHECK_EXCEPTION(volumes->mount("v", "u"), Error, [&](const Error& e) {
    const std::string what = e.what();
    return what.starts_with("failed to mount local volume: mount /no/such/directory:") &&
           what.find(", flags: 0x1000: ") != std::string::npos;
  });
  volumes->create("w",
                  {{"type", "nosuchfs"}, {"device", "x"}, {"o", "username=u,password=secret"}});
  BOOST_CHECK_EXCEPTION(volumes->mount("w", "u"), Error, [&](const Error& e) {
    const std::string what = e.what();
    return what.find("secret") == std::string::npos &&
           what.find("password=********") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(what_a_crash_left_half_done_is_swept) {
  const auto state = directory / "state/volume-local";
  file::make_directories(state / ".new-half/_data");
  file::make_directories(state / ".gone-half/_data");
  boot();
  BOOST_TEST(!std::filesystem::exists(state / ".new-half"));
  BOOST_TEST(!std::filesystem::exists(state / ".gone-half"));
  BOOST_TEST(volumes->list().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::pluginhost
