#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/domain/container_request.hpp"

using namespace gantry;
using namespace gantry::domain;

namespace {

CreateRequest parse(const std::string& body, int minor) {
  return parse_create_request(json::Document::parse(body).root(), minor, {});
}

std::string failure(const std::string& body, int minor) {
  try {
    parse(body, minor);
  } catch (const Error& e) {
    BOOST_TEST((e.code() == Errc::invalid));
    return e.what();
  }
  return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(create_requests_of_older_versions)

BOOST_AUTO_TEST_CASE(what_a_version_does_not_have_is_left_out) {
  const auto shown = [](const char* hc, int minor) {
    const auto request = parse(std::string(R"({"Image":"x","HostConfig":)") + hc + "}", minor);
    return request.host_config.document();
  };
  const char* annotated = R"({"Annotations":{"a":"b"}})";
  BOOST_TEST(shown(annotated, 43).root()["Annotations"].size() == 1u);
  BOOST_TEST(!shown(annotated, 42).root()["Annotations"].exists());
  const char* removed = R"({"autoRemove":true})";
  BOOST_TEST(shown(removed, 25).root()["AutoRemove"].boolean());
  BOOST_TEST(!shown(removed, 24).root()["AutoRemove"].boolean());
  BOOST_TEST(
      !parse(R"({"Image":"x","HostConfig":{"AutoRemove":true}})", 24).host_config.auto_remove);
  BOOST_TEST(shown(R"({"ConsoleSize":[3,4]})", 41).root()["ConsoleSize"].raw() == "[0,0]");
  BOOST_TEST(
      failure(R"({"Image":"x","HostConfig":{"Memory":"much"}})", 41).find("HostConfig.Memory") ==
      0u);
}

BOOST_AUTO_TEST_CASE(clients_before_1_42_have_options_of_another_type_left_out) {
  const auto mount = [](const std::string& members, int minor) {
    return parse(R"({"Image":"x","HostConfig":{"Mounts":[{"Target":"/b",)" + members + "}]}}",
                 minor);
  };
  const std::string bind =
      R"("Type":"bind","Source":"/a","VolumeOptions":{"NoCopy":true},"TmpfsOptions":{"Mode":1})";
  BOOST_TEST(mount(bind, 41).host_config.document().root()["Mounts"].raw() ==
             R"([{"Type":"bind","Source":"/a","Target":"/b"}])");
  BOOST_CHECK_THROW(mount(bind, 42), Error);
  // Those of binds were looked at.
  BOOST_CHECK_THROW(mount(R"("Type":"volume","BindOptions":{})", 41), Error);
  const std::string created =
      R"("Type":"bind","Source":"/a","BindOptions":{"CreateMountpoint":true,"NonRecursive":true})";
  BOOST_TEST(!mount(created, 41).mounts.front().create_source);
  BOOST_TEST(mount(created, 42).mounts.front().create_source);
  BOOST_TEST(mount(created, 40).mounts.front().non_recursive);
  BOOST_TEST(!mount(created, 39).mounts.front().non_recursive);
}

BOOST_AUTO_TEST_CASE(sysctls_of_an_interface_are_its_endpoints) {
  const char* option = "com.docker.network.endpoint.sysctls";
  const std::string body =
      R"({"Image":"x","HostConfig":{"NetworkMode":"lan","Sysctls":{"net.core.somaxconn":"9","net.ipv4.conf.eth0.rp_filter":"2"}},"NetworkingConfig":{"EndpointsConfig":{"lan":{"DriverOpts":{"com.docker.network.endpoint.sysctls":"net.ipv4.conf.IFNAME.forwarding=1"}}}}})";
  const CreateRequest moved = parse(body, 47);
  BOOST_TEST(moved.endpoints.at("lan").driver_opts->at(option) ==
             "net.ipv4.conf.IFNAME.rp_filter=2,net.ipv4.conf.IFNAME.forwarding=1");
  BOOST_TEST(moved.host_config.document().root()["Sysctls"].raw() ==
             R"({"net.core.somaxconn":"9"})");
  BOOST_TEST(moved.warnings ==
                 (std::vector<std::string>{
                     "Migrated sysctl \"net.ipv4.conf.eth0.rp_filter\" to "
                     "DriverOpts{\"com.docker.network.endpoint.sysctls\":\"net.ipv4.conf.IFNAME.rp_"
                     "filter=2\"}."}),
             boost::test_tools::per_element());
  BOOST_TEST(failure(body, 48) ==
             "interface specific sysctl setting \"net.ipv4.conf.eth0.rp_filter\" must be supplied "
             "using driver option 'com.docker.network.endpoint.sysctls'");
  const std::string lone =
      R"({"Image":"x","HostConfig":{"Sysctls":{"net.ipv6.conf.eth0.a.b":"1"}}})";
  BOOST_TEST(parse(lone, 41).endpoints.at("bridge").driver_opts->at(option) ==
             "net.ipv6.conf.IFNAME.a.b=1");
  BOOST_TEST(!parse(lone, 41).host_config.document().root()["Sysctls"].exists());
  BOOST_TEST(failure(R"({"Image":"x","HostConfig":{"Sysctls":{"net.ipv4.conf.eth1.x":"1"}}})", 47)
                 .starts_with("unable to determine network endpoint for sysctl "
                              "net.ipv4.conf.eth1.x, use driver option "));
  // In another's stack they are the container's, as everywhere before.
  for (const char* mode : {"host", "container:c"})
    BOOST_TEST(parse(R"({"Image":"x","HostConfig":{"Sysctls":{"net.ipv4.conf.eth0.x":"1"},)"
                     R"("NetworkMode":")" +
                         std::string(mode) + R"("}})",
                     51)
                   .host_config.document()
                   .root()["Sysctls"]
                   .size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_driver_for_all_volumes_is_none_for_those_among_the_mounts) {
  const auto warnings = [](const char* type, int minor) {
    return parse(R"({"Image":"x","HostConfig":{"VolumeDriver":"nfs","Mounts":[{"Type":")" +
                     std::string(type) + R"(","Target":"/v"}]}})",
                 minor)
        .warnings;
  };
  BOOST_TEST_REQUIRE(warnings("volume", 48).size() == 1u);
  BOOST_TEST(
      warnings("volume", 48)
          .front()
          .starts_with("WARNING: the container-wide volume-driver configuration is ignored"));
  BOOST_TEST(warnings("volume", 47).empty());
  BOOST_TEST(warnings("tmpfs", 48).empty());
}

BOOST_AUTO_TEST_SUITE_END()
