#include "discovery.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gantry/cpp/error.hpp>

#include "settings.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace volume_docker;
namespace fs = std::filesystem;
using gantry::sdk::Error;

namespace {

struct Fixture {
  gantry::test::TemporaryDirectory directory;
  const fs::path run = directory / "run", etc = directory / "etc", lib = directory / "lib";
  Discovery discovery{{run.string()}, {etc.string(), lib.string()}};

  Fixture() {
    for (const fs::path& path : {run, etc, lib}) fs::create_directories(path);
  }
  static void listen(const fs::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    BOOST_TEST_REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::close(fd);
  }
  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(discovery, Fixture)

BOOST_AUTO_TEST_CASE(sockets_come_before_files_and_etc_before_lib) {
  BOOST_TEST(!discovery.find("nas"));
  write(lib / "nas.json", R"({"Addr":"tcp://lib:1"})");
  BOOST_TEST(discovery.find("nas")->host == "lib");
  write(etc / "nas.json", R"({"Addr":"tcp://etc:1"})");
  BOOST_TEST(discovery.find("nas")->host == "etc");
  write(etc / "nas.spec", "tcp://spec:1");
  BOOST_TEST(discovery.find("nas")->host == "spec");
  listen(run / "nas.sock");
  BOOST_TEST(discovery.find("nas")->socket == (run / "nas.sock").string());
}

BOOST_AUTO_TEST_CASE(a_directory_of_the_drivers_name_holds_it_as_well) {
  fs::create_directories(run / "deep");
  listen(run / "deep/deep.sock");
  fs::create_directories(etc / "far");
  write(etc / "far/far.spec", "tcp://h:1");
  BOOST_TEST(discovery.find("deep")->socket == (run / "deep/deep.sock").string());
  BOOST_TEST(discovery.find("far")->host == "h");
  BOOST_TEST((discovery.names() == std::set<std::string>{"deep", "far"}));
}

BOOST_AUTO_TEST_CASE(names_are_those_of_sockets_and_files_only) {
  listen(run / "a.sock");
  write(run / "no.sock", "a file");
  write(run / "b.spec", "tcp://h:1");  // not where files are looked for
  write(etc / "c.spec", "nonsense");
  write(etc / "d.txt", "tcp://h:1");
  fs::create_directories(etc / "empty");
  BOOST_TEST((discovery.names() == std::set<std::string>{"a", "c"}));
  BOOST_CHECK_THROW(discovery.find("c"), Error);
}

BOOST_AUTO_TEST_CASE(names_do_not_leave_the_directories) {
  write(directory / "out.spec", "tcp://h:1");
  for (const char* name : {"../out", "", ".", "..", "a/b", "a\nb"})
    BOOST_TEST(!discovery.find(name));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_address_is_not_read_to_its_end) {
  write(etc / "huge.spec", std::string(1 << 20, ' '));
  BOOST_CHECK_THROW(discovery.find("huge"), Error);
}

BOOST_AUTO_TEST_CASE(settings_are_checked) {
  BOOST_TEST(parse_settings("{}").sockets.at(0) == "/run/docker/plugins");
  BOOST_TEST((parse_settings(R"({"timeout":5})").timeout == std::chrono::seconds(5)));
  BOOST_TEST((parse_settings(R"({"retry_for":0})").retry_for == std::chrono::seconds(0)));
  for (const char* text : {R"({"timeout":0})", R"({"timeout":"5"})", R"({"socket":[]})",
                           R"({"sockets":["relative"]})", R"({"timeout":99999})"})
    BOOST_CHECK_THROW(parse_settings(text), Error);
}

BOOST_AUTO_TEST_SUITE_END()
