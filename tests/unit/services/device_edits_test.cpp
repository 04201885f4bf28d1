#include "core/services/start/device_edits.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/domain/container_request.hpp"
#include "core/domain/host_config.hpp"
#include "core/json/reader.hpp"
#include "core/services/start/host_devices.hpp"
#include "core/services/start/oci_spec.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using Names = std::vector<std::string>;

namespace {

devices::Node node(const std::string& path, const std::string& host_path) {
  devices::Node node;
  node.path = path;
  node.host_path = host_path;
  return node;
}

services::StartPlan plan_with(const devices::Edits& edits) {
  services::StartPlan plan;
  plan.record.path = "sh";
  plan.record.config.env = {"KEPT=1", "SET=before"};
  plan.record.host_config =
      domain::parse_host_config(json::Document::parse("{}").root(), 51, domain::CreateDefaults{});
  plan.user.uid = 33;
  plan.user.gid = 34;
  plan.user.additional_gids = {34, 44};
  plan.devices.push_back({'c', 9, 9, "/dev/taken"});
  plan.mounts.push_back({"bind", "/old", "/data", {"rbind"}});
  services::apply_device_edits(edits, plan);
  return plan;
}

std::string fault_of(const devices::Node& wanted) {
  try {
    services::cdi_device(wanted, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "no fault";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(device_edits)

BOOST_AUTO_TEST_CASE(what_a_node_does_not_say_is_the_hosts) {
  auto wanted = node("/dev/gpu", "/dev/null");
  auto device = services::cdi_device(wanted, {});
  BOOST_TEST(device.type == 'c');
  BOOST_TEST(device.major == 1);
  BOOST_TEST(device.minor == 3);
  BOOST_TEST(device.mode == 0666u);
  wanted.mode = 0600;
  wanted.access = "r";
  device = services::cdi_device(wanted, {});
  BOOST_TEST(device.mode == 0600u);
  BOOST_TEST(device.access == "r");
}

BOOST_AUTO_TEST_CASE(without_a_mode_a_node_is_everybodys_whatever_the_hosts_is) {
  test::TemporaryDirectory directory;
  const std::string pipe = directory / "pipe";
  BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  BOOST_TEST(services::cdi_device(node("/dev/p", pipe), {}).mode == 0666u);
}

BOOST_AUTO_TEST_CASE(a_node_that_says_all_need_not_be_on_the_host) {
  auto wanted = node("/dev/gpu", "/nowhere");
  BOOST_TEST(fault_of(wanted) ==
             "CDI device injection failed: failed to inject devices: host device \"/nowhere\": No "
             "such file or directory");
  wanted.type = 'c';
  wanted.major = 195;
  wanted.minor = 2;
  BOOST_TEST(services::cdi_device(wanted, {}).minor == 2);
}

BOOST_AUTO_TEST_CASE(a_node_of_another_type_than_the_hosts_is_refused) {
  test::TemporaryDirectory directory;
  auto wanted = node("/dev/gpu", "/dev/null");
  wanted.type = 'b';
  BOOST_TEST(fault_of(wanted).ends_with("it is of the type c, not b"));
  BOOST_TEST(fault_of(node("/dev/gpu", directory.path())).ends_with("not a device node"));
  BOOST_REQUIRE(::mkfifo((directory / "pipe").c_str(), 0640) == 0);
  BOOST_TEST(services::cdi_device(node("/dev/p", directory / "pipe"), {}).type == 'p');
}

BOOST_AUTO_TEST_CASE(nodes_and_mounts_take_the_place_of_others_at_their_path) {
  devices::Edits edits;
  edits.nodes = {node("/dev/taken", "/dev/null"), node("/dev/mine", "/dev/zero")};
  edits.nodes[1].uid = 0;
  edits.mounts = {
      {"/new", "/data/", "", {"ro"}}, {"tmpfs", "/t", "tmpfs", {}}, {"/n", "/n", "none", {"bind"}}};
  edits.gids = {0, 44, 109};
  const auto plan = plan_with(edits);
  BOOST_REQUIRE(plan.devices.size() == 2u);
  BOOST_TEST(plan.devices[0].minor == 3);
  BOOST_TEST(plan.devices[0].uid == 33u);  // nobody's: the container's user's
  BOOST_TEST(plan.devices[0].gid == 34u);
  BOOST_TEST(plan.devices[1].uid == 0u);
  BOOST_REQUIRE(plan.mounts.size() == 3u);
  BOOST_TEST(plan.mounts[0].source == "/new");
  BOOST_TEST(plan.mounts[0].type == "bind");
  BOOST_TEST(plan.mounts[0].options == (Names{"ro", "rbind"}), boost::test_tools::per_element());
  BOOST_TEST(plan.mounts[1].type == "tmpfs");
  BOOST_TEST(plan.mounts[2].type == "bind");
  BOOST_TEST(plan.user.additional_gids == (std::vector<std::uint32_t>{34, 44, 109}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_spec_has_what_the_devices_change) {
  devices::Edits edits;
  edits.env = {"SET=after", "NEW=1"};
  edits.nodes = {node("/dev/r", "/dev/null"), node("/dev/none", "/dev/zero")};
  edits.nodes[0].access = "r";
  edits.nodes[1].access = "";
  edits.hooks = {{"createContainer", "/h", {"h", "first"}, {"A=b"}, 3},
                 {"poststop", "/p", {}, {}, {}},
                 {"createContainer", "/h", {"h", "second"}, {}, {}}};
  edits.intel_rdt = devices::IntelRdt{};
  edits.intel_rdt->clos_id = "low";
  const auto spec = json::Document::parse(services::oci_spec(plan_with(edits)));
  const json::Node root = spec.root();
  const Names env = root["process"]["env"].strings();
  BOOST_TEST((std::ranges::count(env, "SET=after") == 1 && std::ranges::count(env, "NEW=1") == 1 &&
              std::ranges::count(env, "KEPT=1") == 1 &&
              std::ranges::count(env, "SET=before") == 0));
  const json::Node hooks = root["hooks"];
  BOOST_TEST(hooks.size() == 2u);
  BOOST_TEST(hooks["createContainer"].at(0).raw() ==
             R"({"path":"/h","args":["h","first"],"env":["A=b"],"timeout":3})");
  BOOST_TEST(hooks["createContainer"].at(1)["args"].at(1).str() == "second");
  BOOST_TEST(hooks["poststop"].at(0).raw() == R"({"path":"/p"})");
  BOOST_TEST(root["linux"]["intelRdt"].raw() == R"({"closID":"low"})");
  BOOST_TEST(root["linux"]["devices"].size() == 3u);
  size_t rules = 0;
  root["linux"]["resources"]["devices"].each_item([&](json::Node rule) {
    rules += rule["major"].i64() == 1 && rule["access"].str() == "r" ? 1 : 0;
    BOOST_TEST(!rule["access"].str().empty());
  });
  BOOST_TEST(rules == 1u);
}

BOOST_AUTO_TEST_CASE(a_container_without_such_devices_has_no_hooks) {
  const auto spec = json::Document::parse(services::oci_spec(plan_with({})));
  BOOST_TEST(!spec.root()["hooks"].exists());
  BOOST_TEST(!spec.root()["linux"]["intelRdt"].exists());
}

BOOST_AUTO_TEST_SUITE_END()
