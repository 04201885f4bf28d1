#include "core/services/start/oci_spec.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "core/domain/container_request.hpp"
#include "core/domain/host_config.hpp"
#include "core/json/reader.hpp"

using namespace gantry;
using Names = std::vector<std::string>;

namespace {

services::StartPlan plan_of(const std::string& host_config) {
  services::StartPlan plan;
  plan.record.id = std::string(64, 'a');
  plan.record.path = "sh";
  plan.record.args = {"-c", "true"};
  plan.record.host_config = domain::parse_host_config(json::Document::parse(host_config).root(), 51,
                                                      domain::CreateDefaults{});
  plan.record.config.hostname = "box";
  return plan;
}

json::Document spec_of(const services::StartPlan& plan) {
  return json::Document::parse(services::oci_spec(plan));
}

json::Document spec_of(const std::string& host_config) { return spec_of(plan_of(host_config)); }

bool has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Names namespaces(const json::Document& spec) {
  Names types;
  spec.root()["linux"]["namespaces"].each_item(
      [&](json::Node entry) { types.push_back(entry["type"].str()); });
  return types;
}

Names capabilities(const std::string& host_config) {
  return services::effective_capabilities(
      json::Document::parse(plan_of(host_config).record.host_config.document().root().raw())
          .root());
}

/// Options of the mount at `destination`, the last one there; empty: none.
Names mount_options(const json::Document& spec, const std::string& destination) {
  Names options;
  spec.root()["mounts"].each_item([&](json::Node mount) {
    if (mount["destination"].str() == destination) options = mount["options"].strings();
  });
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(oci_spec)

BOOST_AUTO_TEST_CASE(a_plain_container_has_its_process_namespaces_and_the_default_filter) {
  const auto spec = spec_of("{}");
  const json::Node process = spec.root()["process"];
  BOOST_TEST(process["args"].strings() == (Names{"sh", "-c", "true"}),
             boost::test_tools::per_element());
  BOOST_TEST(process["cwd"].str() == "/");
  BOOST_TEST(!process["terminal"].boolean());
  BOOST_TEST(!process["noNewPrivileges"].boolean());
  BOOST_TEST(spec.root()["hostname"].str() == "box");
  BOOST_TEST(!spec.root()["root"]["readonly"].boolean());
  for (const char* type : {"mount", "network", "uts", "pid", "ipc"})
    BOOST_TEST(has(namespaces(spec), type), type);
  BOOST_TEST(spec.root()["annotations"]["gantry.seccomp"].str() == "default");
  BOOST_TEST(has(spec.root()["linux"]["maskedPaths"].strings(), "/proc/kcore"));
  BOOST_TEST(has(spec.root()["linux"]["readonlyPaths"].strings(), "/proc/sys"));
}

BOOST_AUTO_TEST_CASE(namespaces_of_the_host_are_left_out_and_joined_ones_have_their_path) {
  const auto host =
      spec_of(R"({"NetworkMode":"host","UTSMode":"host","PidMode":"host","IpcMode":"host"})");
  BOOST_TEST(namespaces(host) == Names{"mount"}, boost::test_tools::per_element());
  BOOST_TEST(!host.root()["hostname"].exists());
  BOOST_TEST(!host.root()["linux"]["sysctl"].exists());

  auto joined = plan_of("{}");
  joined.pid_namespace = "/proc/42/ns/pid";
  std::string path;
  const auto spec = spec_of(joined);
  spec.root()["linux"]["namespaces"].each_item([&](json::Node entry) {
    if (entry["type"].str() == "pid") path = entry["path"].str();
  });
  BOOST_TEST(path == "/proc/42/ns/pid");
}

BOOST_AUTO_TEST_CASE(capabilities_follow_the_order_of_docker) {
  BOOST_TEST(capabilities("{}").size() == 14u);
  BOOST_TEST(has(capabilities(R"({"CapAdd":["net_admin"]})"), "CAP_NET_ADMIN"));
  BOOST_TEST(!has(capabilities(R"({"CapDrop":["CHOWN"]})"), "CAP_CHOWN"));
  BOOST_TEST(capabilities(R"({"CapDrop":["ALL"],"CapAdd":["CHOWN"]})") == Names{"CAP_CHOWN"},
             boost::test_tools::per_element());
  const auto all_but_one = capabilities(R"({"CapAdd":["ALL"],"CapDrop":["SYS_ADMIN"]})");
  BOOST_TEST(has(all_but_one, "CAP_SYS_MODULE"));
  BOOST_TEST(!has(all_but_one, "CAP_SYS_ADMIN"));
  BOOST_TEST(has(capabilities(R"({"CapAdd":["CHOWN"],"CapDrop":["CHOWN"]})"), "CAP_CHOWN"));
  BOOST_TEST(capabilities(R"({"Privileged":true})").size() == domain::capability_names().size());
}

BOOST_AUTO_TEST_CASE(a_user_other_than_root_starts_without_effective_capabilities) {
  auto plan = plan_of("{}");
  plan.user.uid = 1000;
  plan.user.gid = 100;
  plan.user.additional_gids = {100, 200};
  const auto spec = spec_of(plan);
  const json::Node process = spec.root()["process"];
  BOOST_TEST(process["user"]["uid"].i64() == 1000);
  BOOST_TEST(process["user"]["gid"].i64() == 100);
  BOOST_TEST(process["user"]["additionalGids"].size() == 2u);
  BOOST_TEST(process["capabilities"]["effective"].size() == 0u);
  BOOST_TEST(process["capabilities"]["permitted"].size() == 0u);
  BOOST_TEST(process["capabilities"]["bounding"].size() == 14u);
}

BOOST_AUTO_TEST_CASE(privileged_lifts_masks_filters_and_device_rules) {
  const auto spec = spec_of(R"({"Privileged":true})");
  BOOST_TEST(!spec.root()["annotations"].exists());
  BOOST_TEST(!spec.root()["linux"]["maskedPaths"].exists());
  BOOST_TEST(!spec.root()["linux"]["readonlyPaths"].exists());
  const json::Node rules = spec.root()["linux"]["resources"]["devices"];
  BOOST_TEST(rules.size() == 1u);
  BOOST_TEST(rules.at(0)["allow"].boolean());
  BOOST_TEST(has(mount_options(spec, "/sys"), "rw"));
  BOOST_TEST(has(mount_options(spec_of("{}"), "/sys"), "ro"));
}

BOOST_AUTO_TEST_CASE(security_options_reach_process_and_filter) {
  const auto spec = spec_of(R"({"SecurityOpt":["no-new-privileges","seccomp=unconfined"]})");
  BOOST_TEST(spec.root()["process"]["noNewPrivileges"].boolean());
  BOOST_TEST(!spec.root()["annotations"]["gantry.seccomp"].exists());
}

BOOST_AUTO_TEST_CASE(a_privileged_container_has_only_the_seccomp_profile_that_was_asked_for) {
  const auto profile = [](const std::string& host_config) {
    return spec_of(host_config).root()["annotations"]["gantry.seccomp"].str();
  };
  BOOST_TEST(profile(R"({"Privileged":true})") == "");
  BOOST_TEST(profile(R"({"Privileged":true,"SecurityOpt":["seccomp={\"a\":1}"]})") == R"({"a":1})");
  BOOST_TEST(profile(R"({"Privileged":true,"SecurityOpt":["seccomp=unconfined"]})") == "");
}

BOOST_AUTO_TEST_CASE(the_apparmor_profile_is_left_to_the_runtime) {
  const auto profile = [](const std::string& host_config) {
    return spec_of(host_config).root()["annotations"]["gantry.apparmor"].str("none");
  };
  BOOST_TEST(profile("{}") == "default");
  BOOST_TEST(profile(R"({"SecurityOpt":["apparmor=docker-default"]})") == "default");
  BOOST_TEST(profile(R"({"SecurityOpt":["apparmor:mine"]})") == "mine");
  BOOST_TEST(profile(R"({"SecurityOpt":["apparmor=unconfined"]})") == "none");
  BOOST_TEST(profile(R"({"Privileged":true})") == "none");
  BOOST_TEST(profile(R"({"Privileged":true,"SecurityOpt":["apparmor=mine"]})") == "mine");
}

BOOST_AUTO_TEST_CASE(the_engines_defaults_are_for_what_the_container_leaves_open) {
  const auto started = [](const std::string& host_config) {
    services::StartPlan plan = plan_of(host_config);
    plan.record.no_new_privileges = true;
    plan.defaults.ulimits = {{"core", 0, -1}, {"nofile", 100, 200}};
    plan.defaults.cgroup_parent = "/tenants";
    plan.defaults.seccomp = R"({"a":1})";
    return spec_of(plan);
  };
  const auto open = started("{}");
  const auto own = started(
      R"({"CgroupParent":"b.slice","SecurityOpt":["no-new-privileges=false","seccomp=builtin"],)"
      R"("Ulimits":[{"Name":"nofile","Soft":7,"Hard":9}]})");
  BOOST_TEST(open.root()["process"]["noNewPrivileges"].boolean());
  BOOST_TEST(!own.root()["process"]["noNewPrivileges"].boolean());
  BOOST_TEST(open.root()["process"]["rlimits"].at(1)["soft"].u64() == 100u);
  BOOST_TEST(own.root()["process"]["rlimits"].size() == 2u);
  BOOST_TEST(own.root()["process"]["rlimits"].at(0)["soft"].u64() == 7u);
  const std::string id(64, 'a');
  BOOST_TEST(open.root()["linux"]["cgroupsPath"].str() == "/tenants/" + id);
  BOOST_TEST(own.root()["linux"]["cgroupsPath"].str() == "b.slice/" + id);
  BOOST_TEST(open.root()["annotations"]["gantry.seccomp"].str() == R"({"a":1})");
  BOOST_TEST(own.root()["annotations"]["gantry.seccomp"].str() == "default");
  BOOST_TEST(!started(R"({"Privileged":true})").root()["annotations"]["gantry.seccomp"].exists());
}

BOOST_AUTO_TEST_CASE(limits_are_in_the_units_of_the_kernel) {
  const auto spec = spec_of(
      R"({"Memory":8388608,"MemorySwap":-1,"NanoCpus":1500000000,"CpuShares":512,"PidsLimit":7,)"
      R"("CpusetCpus":"0","OomScoreAdj":-5,"Ulimits":[{"Name":"nofile","Soft":10,"Hard":-1}]})");
  const json::Node resources = spec.root()["linux"]["resources"];
  BOOST_TEST(resources["memory"]["limit"].i64() == 8388608);
  BOOST_TEST(resources["memory"]["swap"].i64() == -1);
  BOOST_TEST(resources["cpu"]["period"].i64() == 100000);
  BOOST_TEST(resources["cpu"]["quota"].i64() == 150000);
  BOOST_TEST(resources["cpu"]["shares"].i64() == 512);
  BOOST_TEST(resources["cpu"]["cpus"].str() == "0");
  BOOST_TEST(resources["pids"]["limit"].i64() == 7);
  BOOST_TEST(spec.root()["process"]["oomScoreAdj"].i64() == -5);
  const json::Node limit = spec.root()["process"]["rlimits"].at(0);
  BOOST_TEST(limit["type"].str() == "RLIMIT_NOFILE");
  BOOST_TEST(limit["soft"].u64() == 10u);
  BOOST_TEST(limit["hard"].u64() == UINT64_MAX);
}

BOOST_AUTO_TEST_CASE(what_nobody_limited_is_not_mentioned) {
  const auto spec = spec_of("{}");
  const json::Node resources = spec.root()["linux"]["resources"];
  BOOST_TEST(!resources["memory"]["limit"].exists());
  BOOST_TEST(!resources["cpu"]["quota"].exists());
  BOOST_TEST(!resources["pids"].exists());
}

BOOST_AUTO_TEST_CASE(mounts_of_users_come_after_the_defaults_shallow_ones_first) {
  auto plan = plan_of(R"({"ShmSize":1048576})");
  plan.mounts = {{"bind", "/h/deep", "/data/in/side", {"rbind"}},
                 {"bind", "/h/top", "/data", {"rbind"}},
                 {"tmpfs", "tmpfs", "/dev/shm", {"size=5"}}};
  Names order;
  const auto spec = spec_of(plan);
  spec.root()["mounts"].each_item(
      [&](json::Node mount) { order.push_back(mount["destination"].str()); });
  const auto at = [&](const char* path) {
    return std::find(order.begin(), order.end(), path) - order.begin();
  };
  BOOST_TEST(at("/data") < at("/data/in/side"));
  BOOST_TEST(at("/proc") < at("/data"));
  BOOST_TEST(std::count(order.begin(), order.end(), "/dev/shm") == 1);
  BOOST_TEST(mount_options(spec, "/dev/shm") == Names{"size=5"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_root_lets_mounts_through_only_when_a_bind_asks_for_it) {
  const auto propagation = [](const char* option) {
    auto plan = plan_of("{}");
    plan.mounts = {{"bind", "/h", "/d", {"rbind", option}}};
    return spec_of(plan).root()["linux"]["rootfsPropagation"].str();
  };
  BOOST_TEST(propagation("rprivate") == "rprivate");
  BOOST_TEST(propagation("rslave") == "rslave");
  BOOST_TEST(propagation("rshared") == "shared");
  auto plan = plan_of("{}");
  plan.mounts = {{"bind", "/h", "/d", {"rbind"}, {}, true}};
  BOOST_TEST(spec_of(plan).root()["linux"]["rootfsPropagation"].str() == "rslave");
}

BOOST_AUTO_TEST_CASE(an_init_stands_before_the_command) {
  auto plan = plan_of("{}");
  plan.init_binary = "/usr/bin/docker-init";
  BOOST_TEST(spec_of(plan).root()["process"]["args"].strings() ==
                 (Names{"/sbin/docker-init", "--", "sh", "-c", "true"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(swap_below_nothing_is_unlimited) {
  const auto plan = plan_of(R"({"MemorySwap":-2})");
  BOOST_TEST(spec_of(plan).root()["linux"]["resources"]["memory"]["swap"].i64() == -1);
}

BOOST_AUTO_TEST_CASE(a_great_many_variables_are_set_in_linear_time) {
  Names own;
  for (int i = 0; i < 200'000; ++i) own.push_back("V" + std::to_string(i) + "=x");
  own.push_back("V7=y");
  own.push_back("V8");
  own.push_back("V8=z");
  const auto env = services::effective_environment(own, "box", false);
  BOOST_TEST(env.size() == 200'002u);
  BOOST_TEST(env[2 + 7] == "V7=y");
  BOOST_TEST(env.back() == "V8=z");
}

BOOST_AUTO_TEST_CASE(a_variable_without_a_value_takes_one_away) {
  const auto env = services::effective_environment({"A=1", "HOSTNAME", "PATH=/own", "B"}, "box",
                                                   true, {"LINK=x"});
  BOOST_TEST(env == (Names{"PATH=/own", "TERM=xterm", "LINK=x", "A=1"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
