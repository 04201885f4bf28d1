#include "core/domain/container_request.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/domain/host_config.hpp"
#include "core/domain/mount_request.hpp"

using namespace gantry;
using namespace gantry::domain;

namespace {

CreateRequest parse(const std::string& body, int minor = 51, CreateDefaults defaults = {}) {
  return parse_create_request(json::Document::parse(body).root(), minor, defaults);
}

std::string failure(const std::string& body, int minor = 51) {
  try {
    parse(body, minor);
  } catch (const Error& e) {
    BOOST_TEST((e.code() == Errc::invalid || e.code() == Errc::unsupported));
    return e.what();
  }
  return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(container_request)

BOOST_AUTO_TEST_CASE(an_empty_body_is_refused_with_dockers_words) {
  BOOST_TEST(failure("{}") == "config cannot be empty in order to create a container");
}

BOOST_AUTO_TEST_CASE(a_minimal_request_gets_dockers_defaults) {
  const auto request = parse(R"({"Image":"busybox","Cmd":["true"]})");
  const auto document = request.host_config.document();
  const auto hc = document.root();
  BOOST_TEST(hc["NetworkMode"].str() == "bridge");
  BOOST_TEST(hc["Binds"].is_null());
  BOOST_TEST(hc["Binds"].exists());
  BOOST_TEST(hc["LogConfig"].raw() == R"({"Type":"json-file","Config":{}})");
  BOOST_TEST(hc["RestartPolicy"].raw() == R"({"Name":"no","MaximumRetryCount":0})");
  BOOST_TEST(hc["PortBindings"].raw() == "{}");
  BOOST_TEST(hc["ConsoleSize"].raw() == "[0,0]");
  BOOST_TEST(hc["ShmSize"].i64() == 67108864);
  BOOST_TEST(hc["IpcMode"].str() == "private");
  BOOST_TEST(hc["Runtime"].str() == "runc");
  BOOST_TEST(hc["MaskedPaths"].size() == default_masked_paths().size());
  BOOST_TEST(!hc["Mounts"].exists());
  BOOST_TEST(!hc["Annotations"].exists());
  BOOST_TEST(hc["PidsLimit"].is_null());
  BOOST_TEST(request.endpoints.count("bridge") == 1u);
}

BOOST_AUTO_TEST_CASE(a_container_as_network_must_be_named) {
  for (const char* mode : {"container", "container:"})
    BOOST_TEST(failure(R"({"Image":"x","Cmd":["a"],"HostConfig":{"NetworkMode":")" +
                       std::string(mode) + "\"}}") ==
               "invalid network mode: invalid container format container:<name|id>");
}

BOOST_AUTO_TEST_CASE(what_was_sent_comes_back_in_the_same_types) {
  const auto request = parse(R"({"Image":"x","Cmd":["a"],"HostConfig":{
    "Memory":16777216,"CapAdd":["NET_ADMIN"],"Ulimits":[{"Name":"nofile","Soft":10,"Hard":20}],
    "Devices":[],"Sysctls":{"net.ipv4.ip_forward":"1"},"PortBindings":{"80/tcp":[{"HostPort":"8080"}]},
    "Mounts":[{"Type":"bind","Source":"/a","Target":"/b","BindOptions":{"Propagation":"rslave"}}]}})");
  const auto document = request.host_config.document();
  const auto hc = document.root();
  BOOST_TEST(hc["Memory"].i64() == 16777216);
  BOOST_TEST(hc["MemorySwap"].i64() == 33554432);
  BOOST_TEST(hc["CapAdd"].raw() == R"(["NET_ADMIN"])");
  BOOST_TEST(hc["Ulimits"].raw() == R"([{"Name":"nofile","Hard":20,"Soft":10}])");
  BOOST_TEST(hc["Devices"].raw() == "[]");
  BOOST_TEST(hc["Sysctls"].raw() == R"({"net.ipv4.ip_forward":"1"})");
  BOOST_TEST(hc["PortBindings"].raw() == R"({"80/tcp":[{"HostIp":"","HostPort":"8080"}]})");
  BOOST_TEST(hc["Mounts"].at(0)["BindOptions"]["Propagation"].str() == "rslave");
  BOOST_TEST(request.config.exposed_ports.count("80/tcp") == 1u);
}

BOOST_AUTO_TEST_CASE(a_wrong_type_names_the_field) {
  BOOST_TEST(failure(R"({"Image":"x","HostConfig":{"Memory":"lots"}})").find("HostConfig.Memory") !=
             std::string::npos);
  BOOST_TEST(failure(R"({"Image":"x","Env":"A=b"})").find("Env") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bad_values_answer_dockers_messages) {
  const auto hc = [](const std::string& fields) {
    return failure(R"({"Image":"x","Cmd":["a"],"HostConfig":{)" + fields + "}}");
  };
  BOOST_TEST(hc(R"("Memory":1)") == "Minimum memory limit allowed is 6MB");
  BOOST_TEST(hc(R"("RestartPolicy":{"Name":"foo"})") ==
             "invalid restart policy: unknown policy 'foo'; use one of 'no', 'always', "
             "'on-failure', or 'unless-stopped'");
  BOOST_TEST(hc(R"("RestartPolicy":{"Name":"always","MaximumRetryCount":2})") ==
             "invalid restart policy: maximum retry count can only be used with 'on-failure'");
  BOOST_TEST(hc(R"("AutoRemove":true,"RestartPolicy":{"Name":"always"})") ==
             "can't create 'AutoRemove' container with restart policy");
  BOOST_TEST(hc(R"("CapAdd":["foo"])") == "invalid CapAdd: unknown capability: \"CAP_foo\"");
  BOOST_TEST(hc(R"("Runtime":"foo")") == "unknown or invalid runtime name: foo");
  BOOST_TEST(hc(R"("Runtime":"io.containerd.runc.v1")") ==
             "unknown or invalid runtime name: io.containerd.runc.v1");
  BOOST_TEST(hc(R"("PortBindings":{"99999/tcp":[]})") ==
             "invalid port specification: \"99999/tcp\"");
  BOOST_TEST(hc(R"("MemorySwap":33554432)") ==
             "You should always set the Memory limit when using Memoryswap limit, see usage");
  BOOST_TEST(hc(R"("NanoCpus":1,"CpuPeriod":1000)") ==
             "Conflicting options: Nano CPUs and CPU Period cannot both be set");
  BOOST_TEST(hc(R"("CpuShares":-1)") ==
             "invalid CPU shares (-1): value must be a positive integer");
  BOOST_TEST(hc(R"("Annotations":{"":"a"})") ==
             "invalid Annotations: the empty string is not permitted as an annotation key");
  BOOST_TEST(hc(R"("ExtraHosts":["db"])") == "bad format for add-host: \"db\"");
  BOOST_TEST(hc(R"("ExtraHosts":[":1.2.3.4"])") == "bad format for add-host: \":1.2.3.4\"");
  BOOST_TEST(hc(R"("ExtraHosts":["db:1.2.3"])") == "invalid IP address in add-host: \"1.2.3\"");
  BOOST_TEST(failure(R"({"Image":"x","Hostname":"h","HostConfig":{"UTSMode":"host"}})") ==
             "conflicting options: hostname and the UTS mode");
  BOOST_TEST(failure(R"({"Image":"x","Env":["=x"]})") == "invalid environment variable: =x");
  BOOST_TEST(failure(R"({"Image":"x","WorkingDir":"a"})") ==
             "the working directory 'a' is invalid, it needs to be an absolute path");
  BOOST_TEST(failure(R"({"Image":"x","Healthcheck":{"Interval":10}})") ==
             "Interval in Healthcheck cannot be less than 1ms");
  BOOST_TEST(
      failure(R"({"Image":"x","Hostname":"h","HostConfig":{"NetworkMode":"container:y"}})") ==
      "conflicting options: hostname and the network mode");
}

BOOST_AUTO_TEST_CASE(the_ipc_namespace_is_shareable_for_clients_before_1_40) {
  const auto ipc = [](const std::string& body, int minor) {
    return parse(body, minor).host_config.document().root()["IpcMode"].str();
  };
  BOOST_TEST(ipc(R"({"Image":"x"})", 39) == "shareable");
  BOOST_TEST(ipc(R"({"Image":"x"})", 40) == "private");
  BOOST_TEST(ipc(R"({"Image":"x","HostConfig":{"IpcMode":"none"}})", 39) == "none");
}

BOOST_AUTO_TEST_CASE(labels_are_shown_as_disabled_where_nothing_confines) {
  const auto options = [](const std::string& fields) {
    return parse(R"({"Image":"x","HostConfig":{)" + fields + "}}")
        .host_config.document()
        .root()["SecurityOpt"]
        .raw();
  };
  for (const char* fields : {R"("Privileged":true)", R"("PidMode":"host")", R"("IpcMode":"host")"})
    BOOST_TEST(options(fields) == R"(["label=disable"])");
  BOOST_TEST(options(R"("Privileged":true,"SecurityOpt":["apparmor=a"])") ==
             R"(["apparmor=a","label=disable"])");
  BOOST_TEST(options(R"("Privileged":true,"SecurityOpt":["label=disable"])") ==
             R"(["label=disable"])");
  BOOST_TEST(options(R"("Privileged":false)") == "null");
}

BOOST_AUTO_TEST_CASE(extra_hosts_have_an_address_of_any_family_or_the_gateways_name) {
  BOOST_CHECK_NO_THROW(parse(
      R"({"Image":"x","HostConfig":{"ExtraHosts":["a:1.2.3.4","b:fd00::1","c:host-gateway"]}})"));
}

BOOST_AUTO_TEST_CASE(a_working_directory_is_kept_clean) {
  BOOST_TEST(parse(R"({"Image":"x","WorkingDir":"/tmp/../a/./b//"})").config.working_dir == "/a/b");
  BOOST_TEST(parse(R"({"Image":"x","WorkingDir":"/"})").config.working_dir == "/");
}

BOOST_AUTO_TEST_CASE(what_has_no_effect_or_a_dangerous_one_is_told) {
  const auto warnings = [](const std::string& fields, bool cgroup_v2 = false) {
    CreateDefaults defaults;
    defaults.cgroup_v2 = cgroup_v2;
    return parse(R"({"Image":"x","HostConfig":{)" + fields + "}}", 51, defaults).warnings;
  };
  const std::string ports = R"("PortBindings":{"80/tcp":[{"HostPort":"80"}]})";
  BOOST_TEST(warnings(R"("NetworkMode":"host",)" + ports).at(0) ==
             "Published ports are discarded when using host network mode");
  BOOST_TEST(warnings(ports).empty());
  BOOST_TEST(warnings(R"("OomKillDisable":true)").at(0).starts_with("OOM killer is disabled"));
  BOOST_TEST(warnings(R"("OomKillDisable":true,"Memory":16777216)").empty());
  BOOST_TEST(warnings(R"("OomKillDisable":true,"Memory":16777216)", true).at(0) ==
             "Your kernel does not support OomKillDisable. OomKillDisable discarded.");
}

BOOST_AUTO_TEST_CASE(several_endpoints_need_api_1_44) {
  const std::string body =
      R"({"Image":"x","HostConfig":{"NetworkMode":"a"},"NetworkingConfig":{"EndpointsConfig":{"a":{},"b":null}}})";
  BOOST_TEST(failure(body, 43) ==
             "Container cannot be created with multiple network endpoints: a, b");
  BOOST_TEST(parse(body, 44).endpoints.size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_modes_network_counts_where_no_endpoint_is_named) {
  const auto networks = [](const std::string& mode, const std::string& endpoints) {
    std::string names;
    for (const auto& [name, endpoint] :
         parse(R"({"Image":"x","HostConfig":{"NetworkMode":")" + mode +
               R"("},"NetworkingConfig":{"EndpointsConfig":)" + endpoints + "}}")
             .endpoints)
      names += name + " ";
    return names;
  };
  BOOST_TEST(networks("", "{}") == "bridge ");
  BOOST_TEST(networks("", R"({"a":{}})") == "a ");
  BOOST_TEST(networks("default", R"({"default":{},"a":null})") == "a bridge ");
  BOOST_TEST(networks("b", R"({"a":{}})") == "a ");
}

BOOST_AUTO_TEST_CASE(the_container_wide_mac_address_goes_to_the_modes_endpoint) {
  const std::string other =
      R"({"Image":"x","MacAddress":"02:00:00:00:00:01","NetworkingConfig":{"EndpointsConfig":{"a":{"MacAddress":"02:00:00:00:00:02"}}}})";
  BOOST_TEST(parse(other, 43).endpoints.at("a").requested_mac == "02:00:00:00:00:01");
  BOOST_TEST(failure(other, 44) ==
             "unable to migrate container-wide MAC address to a specific network: "
             "HostConfig.NetworkMode must match the identity of a network in "
             "NetworkSettings.Networks");
  const std::string differing =
      R"({"Image":"x","MacAddress":"02:00:00:00:00:01","NetworkingConfig":{"EndpointsConfig":{"bridge":{"MacAddress":"02:00:00:00:00:02"}}}})";
  BOOST_TEST(failure(differing, 44) ==
             "the container-wide MAC address must match the endpoint-specific MAC address for the "
             "main network, or be left empty");
}

BOOST_AUTO_TEST_CASE(before_1_44_an_endpoint_has_no_mac_address_of_its_own) {
  const std::string endpoint =
      R"({"Image":"x","NetworkingConfig":{"EndpointsConfig":{"bridge":{"MacAddress":"02:00:00:00:00:02"}}}})";
  BOOST_TEST(parse(endpoint, 25).endpoints.at("bridge").requested_mac == "");
  BOOST_TEST(parse(endpoint, 43).endpoints.at("bridge").requested_mac == "");
  BOOST_TEST(parse(endpoint, 44).endpoints.at("bridge").requested_mac == "02:00:00:00:00:02");
  const std::string none =
      R"({"Image":"x","MacAddress":"02:00:00:00:00:01","HostConfig":{"NetworkMode":"none"}})";
  BOOST_TEST(failure(none, 43) == "conflicting options: mac-address and the network mode");
  BOOST_TEST(failure(none, 44) == "accepted");
}

BOOST_AUTO_TEST_CASE(the_image_fills_in_what_the_client_left_out) {
  auto request = parse(R"({"Image":"x","Env":["A=own"],"Labels":{"l":"own"}})");
  const auto image =
      json::Document::parse(R"({"Cmd":["serve"],"Entrypoint":["/e"],"Env":["A=image","B=2"],
    "User":"web","WorkingDir":"/w","Labels":{"l":"image","m":"1"},"ExposedPorts":{"80/tcp":{}},
    "Volumes":{"/data":{}},"StopSignal":"SIGQUIT"})");
  merge_image_config(request.config, image.root());
  BOOST_TEST(command_line(request.config) == (std::vector<std::string>{"/e", "serve"}),
             boost::test_tools::per_element());
  BOOST_TEST(request.config.env == (std::vector<std::string>{"A=own", "B=2"}),
             boost::test_tools::per_element());
  BOOST_TEST(request.config.labels["l"] == "own");
  BOOST_TEST(request.config.labels["m"] == "1");
  BOOST_TEST(request.config.user == "web");
  BOOST_TEST(request.config.stop_signal == "SIGQUIT");
  BOOST_TEST(request.config.volumes->count("/data") == 1u);
}

BOOST_AUTO_TEST_CASE(an_entrypoint_from_the_client_drops_the_images_command) {
  auto request = parse(R"({"Image":"x","Entrypoint":["/own"]})");
  const auto image = json::Document::parse(R"({"Cmd":["serve"],"Entrypoint":["/e"]})");
  merge_image_config(request.config, image.root());
  BOOST_TEST(command_line(request.config) == (std::vector<std::string>{"/own"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_command_at_all_is_refused) {
  auto request = parse(R"({"Image":"x"})");
  BOOST_CHECK_EXCEPTION(
      merge_image_config(request.config, json::Document::parse("{}").root()), Error,
      [](const Error& e) { return std::string(e.what()) == "no command specified"; });
}

BOOST_AUTO_TEST_CASE(signals_are_named_or_numbered) {
  BOOST_TEST(parse_signal("SIGTERM").value() == 15);
  BOOST_TEST(parse_signal("hup").value() == 1);
  BOOST_TEST(parse_signal("9").value() == 9);
  BOOST_TEST(parse_signal("RTMIN+3").value() == 37);
  BOOST_TEST(parse_signal("SIGRTMAX-1").value() == 63);
  for (const char* bad : {"", "FOO", "0", "65", "RTMIN+", "RTMIN+99", "-1", "RTMIN--5",
                          "RTMIN+9223372036854775807", "RTMAX--9223372036854775807"})
    BOOST_TEST(!parse_signal(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(detach_keys_are_control_keys_or_characters) {
  BOOST_TEST(parse_detach_keys("ctrl-p,ctrl-q").value() == "\x10\x11");
  BOOST_TEST(parse_detach_keys("a,ctrl-[").value() == "a\x1b");
  BOOST_TEST(parse_detach_keys("ctrl-@,ctrl-_").value() == std::string("\0\x1f", 2));
  for (const char* wrong : {"ctrl-!", "ctrl-A", "ctrl-A,a", "ctrl-Z"})
    BOOST_TEST(!parse_detach_keys(wrong).has_value(), wrong);
  BOOST_TEST(!parse_detach_keys("foo").has_value());
}

BOOST_AUTO_TEST_CASE(port_specs_expand_to_single_ports) {
  BOOST_TEST(expand_port("80") == (std::vector<std::string>{"80/tcp"}),
             boost::test_tools::per_element());
  BOOST_TEST(expand_port("8000-8002/UDP").size() == 3u);
  for (const char* bad : {"", "x", "80/foo", "9-8", "70000", "-1"})
    BOOST_CHECK_THROW(expand_port(bad), Error);
}

BOOST_AUTO_TEST_CASE(container_names_follow_dockers_rule) {
  BOOST_TEST(check_container_name("/web") == "web");
  for (const char* bad : {"", "a", "-a", "a b", "ä1", "/"})
    BOOST_CHECK_THROW(check_container_name(bad), Error);
}

BOOST_AUTO_TEST_CASE(what_an_image_brings_is_not_judged_and_can_be_read_again) {
  ContainerRecord record;
  auto request = parse(R"({"Image":"x","Cmd":["a"]})");
  const auto image = json::Document::parse(
      R"({"Volumes":{"data":{},"/v":{}},"WorkingDir":"app","Env":["=x"],"StopSignal":"SIGODD","Healthcheck":{"Interval":1}})");
  merge_image_config(request.config, image.root());
  BOOST_TEST((*request.config.volumes == std::set<std::string>{"/data", "/v"}));
  BOOST_TEST(request.config.working_dir == "/app");
  record.id = std::string(64, 'a');
  record.config = request.config;
  record.host_config = request.host_config;
  const std::string text = to_journal(record);
  BOOST_TEST(to_journal(container_from_journal(text)) == text);
}

BOOST_AUTO_TEST_CASE(the_engines_defaults_fill_what_the_request_leaves_open) {
  CreateDefaults defaults;
  defaults.shm_size = 1 << 20;
  defaults.ipc_mode = "shareable";
  defaults.cgroupns_mode = "private";
  const auto filled = [&](const std::string& host_config, int minor = 51) {
    const auto hc = parse(R"({"Image":"x","HostConfig":)" + host_config + "}", minor, defaults)
                        .host_config.document();
    return std::to_string(hc.root()["ShmSize"].i64()) + " " + hc.root()["IpcMode"].str() + " " +
           hc.root()["CgroupnsMode"].str();
  };
  BOOST_TEST(filled("{}") == "1048576 shareable private");
  BOOST_TEST(filled(R"({"ShmSize":4096,"IpcMode":"none","CgroupnsMode":"host"})") ==
             "4096 none host");
  // With cgroups v1, as in dockerd.
  BOOST_TEST(filled("{}", 40) == "1048576 shareable host");
  BOOST_TEST(filled(R"({"Privileged":true})") == "1048576 shareable host");
  defaults.cgroup_v2 = true;
  BOOST_TEST(filled("{}", 40) == "1048576 shareable private");
  BOOST_TEST(filled(R"({"Privileged":true})") == "1048576 shareable private");
  defaults.cgroupns_mode = "host";
  BOOST_TEST(filled("{}") == "1048576 shareable host");
  defaults.cgroupns_mode.clear();
  BOOST_TEST(filled(R"({"Privileged":true})") == "1048576 shareable private");
  defaults.cgroup_v2 = false;
  BOOST_TEST(filled("{}") == "1048576 shareable host");
}

BOOST_AUTO_TEST_CASE(the_journal_form_is_lossless) {
  ContainerRecord record;
  const auto request = parse(
      R"({"Image":"x","Cmd":["a","b c"],"Env":["A=1"],"Volumes":{"/v":{}},"Healthcheck":{"Test":["CMD","x"]},
        "HostConfig":{"Binds":["/a:/b:ro"],"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3}},
        "NetworkingConfig":{"EndpointsConfig":{"bridge":{"MacAddress":"02:00:00:00:00:01"}}}})");
  record.id = std::string(64, 'a');
  record.name = "web";
  record.created = 42;
  record.config = request.config;
  record.host_config = request.host_config;
  record.endpoints = request.endpoints;
  record.mounts = request.mounts;
  record.state.status = Status::exited;
  record.state.exit_code = 3;
  record.state.health = Health{"healthy", 1, {{1, 2, 0, "ok"}}};
  record.no_new_privileges = true;
  record.published.push_back({80, "tcp", "0.0.0.0", 8080});
  const std::string text = to_journal(record);
  BOOST_TEST(to_journal(container_from_journal(text)) == text);
  BOOST_TEST(container_from_journal(text).host_config.restart_policy.maximum_retry_count == 3);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(mounts)

BOOST_AUTO_TEST_CASE(a_bind_has_source_destination_and_mode) {
  const auto m = parse_bind("/src/:/dst/x:ro,rslave", "");
  BOOST_TEST(m.type == "bind");
  BOOST_TEST(m.source == "/src");
  BOOST_TEST(m.destination == "/dst/x");
  BOOST_TEST(!m.read_write);
  BOOST_TEST(m.propagation == "rslave");
  BOOST_TEST(m.mode == "ro,rslave");
}

BOOST_AUTO_TEST_CASE(a_name_is_a_volume_and_a_lone_path_an_anonymous_one) {
  BOOST_TEST(parse_bind("data:/d", "").name == "data");
  BOOST_TEST(parse_bind("data:/d", "nfs").driver == "nfs");
  BOOST_TEST(parse_bind("/d", "").anonymous);
}

BOOST_AUTO_TEST_CASE(malformed_binds_are_refused) {
  for (const char* bad : {"", "a:b:c:d", "/a:/b:zz", "/a:b", "/a:", "/a:/", "x:/y", "/a:/b:ro,rw"})
    BOOST_CHECK_THROW(parse_bind(bad, ""), Error);
}

BOOST_AUTO_TEST_CASE(options_of_another_type_are_refused) {
  BOOST_TEST(
      failure(R"({"Image":"x","HostConfig":{"Mounts":[{"Type":"bind","Source":"/a","Target":"/b",
    "VolumeOptions":{}}]}})") == "VolumeOptions must not be specified on mount type \"bind\"");
  BOOST_TEST(failure(R"({"Image":"x","HostConfig":{"Binds":["/a:/b","/c:/b"]}})") ==
             "Duplicate mount point: /b");
}

BOOST_AUTO_TEST_SUITE_END()
