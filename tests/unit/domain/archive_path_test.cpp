#include "core/domain/archive_path.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/domain/go_file_mode.hpp"

using namespace gantry;
using namespace gantry::domain;

namespace {

ContainerRecord record_with(const std::string& host_config, std::vector<MountPoint> mounts = {}) {
  ContainerRecord record;
  record.host_config.json = host_config;
  record.mounts = std::move(mounts);
  return record;
}

MountPoint mount(const std::string& type, const std::string& destination, bool writable) {
  MountPoint point;
  point.type = type;
  point.destination = destination;
  point.read_write = writable;
  return point;
}

std::string refusal(const ContainerRecord& record, const std::string& path) {
  try {
    check_archive_target(record, path);
  } catch (const Error& error) {
    BOOST_TEST((error.code() == Errc::invalid));
    return error.what();
  }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(archive_paths)

BOOST_AUTO_TEST_CASE(paths_are_absolute_and_keep_what_means_the_directory) {
  BOOST_TEST(archive_path("etc") == "/etc");
  BOOST_TEST(archive_path("/a//b/../c") == "/a/c");
  BOOST_TEST(archive_path("/../..") == "/");
  BOOST_TEST(archive_path("/etc/") == "/etc/");
  BOOST_TEST(archive_path("/etc/.") == "/etc/.");
  BOOST_TEST(archive_path("/") == "/");
  BOOST_TEST(archive_path(".") == "/.");
  BOOST_TEST(archive_path("./") == "/.");
  BOOST_TEST(archive_path("/./") == "/.");
  BOOST_TEST(archive_path("/etc/.//") == "/etc/.");
  BOOST_TEST(archive_path("//") == "/");
}

BOOST_AUTO_TEST_CASE(names_are_those_of_gos_base) {
  BOOST_TEST(archive_name("/") == "/");
  BOOST_TEST(archive_name("/etc") == "etc");
  BOOST_TEST(archive_name("/etc/") == "etc");
  BOOST_TEST(archive_name("/etc/.") == ".");
  BOOST_TEST(archive_name("/.") == ".");
}

BOOST_AUTO_TEST_CASE(a_read_only_volume_takes_nothing_and_the_innermost_decides) {
  const auto record =
      record_with("{}", {mount("bind", "/data", false), mount("volume", "/data/rw", true)});
  BOOST_TEST(refusal(record, "/data") == "mounted volume is marked read-only");
  BOOST_TEST(refusal(record, "/data/x") == "mounted volume is marked read-only");
  BOOST_TEST(refusal(record, "/data/rw/x") == "");
  BOOST_TEST(refusal(record, "/database") == "");
}

BOOST_AUTO_TEST_CASE(a_read_only_root_takes_nothing_but_what_is_mounted) {
  auto record = record_with(R"({"ReadonlyRootfs":true,"Tmpfs":{"/run":""}})",
                            {mount("volume", "/v", true), mount("tmpfs", "/t", true)});
  const std::string refused = "container rootfs is marked read-only";
  BOOST_TEST(refusal(record, "/etc") == refused);
  BOOST_TEST(refusal(record, "/v/x") == "");
  for (const char* path : {"/run/x", "/t"}) {
    record.state.status = Status::exited;
    BOOST_TEST(refusal(record, path) == refused);
    record.state.status = Status::running;
    BOOST_TEST(refusal(record, path) == "");
  }
}

BOOST_AUTO_TEST_CASE(modes_are_gos) {
  BOOST_TEST(go_file_mode(0100644) == 0644u);
  BOOST_TEST(go_file_mode(0040755) == (0755u | 1u << 31));
  BOOST_TEST(go_file_mode(0120777) == (0777u | 1u << 27));
  BOOST_TEST(go_file_mode(0104755) == (0755u | 1u << 23));
  BOOST_TEST(go_file_mode(0102755) == (0755u | 1u << 22));
  BOOST_TEST(go_file_mode(0041777) == (0777u | 1u << 31 | 1u << 20));
  BOOST_TEST(go_file_mode(0020666) == (0666u | 1u << 26 | 1u << 21));
  BOOST_TEST(go_file_mode(0060660) == (0660u | 1u << 26));
  BOOST_TEST(go_file_mode(0010644) == (0644u | 1u << 25));
  BOOST_TEST(go_file_mode(0140755) == (0755u | 1u << 24));
}

BOOST_AUTO_TEST_SUITE_END()
