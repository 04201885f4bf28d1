#include <boost/test/unit_test.hpp>
#include <set>

#include "core/api/absent.hpp"
#include "core/api/model/event_json.hpp"
#include "core/api/model/network_json.hpp"
#include "core/api/model/system_json.hpp"
#include "core/api/model/volume_json.hpp"
#include "core/api/operations.hpp"
#include "core/api/terminal_size.hpp"
#include "core/base/error.hpp"
#include "tests/unit/api/no_exchange.hpp"

using namespace gantry;

namespace {

/// A path that a pattern stands for.
std::string sample(std::string pattern) {
  for (size_t open; (open = pattern.find('{')) != std::string::npos;)
    pattern.replace(open, pattern.find('}', open) - open + 1, "some");
  return pattern;
}

json::Document parse(const std::string& text) { return json::Document::parse(text); }

}  // namespace

BOOST_AUTO_TEST_CASE(the_table_names_each_operation_once) {
  std::set<std::string> ids, routes;
  for (const api::Operation& operation : api::operations()) {
    BOOST_TEST(ids.insert(operation.id).second, operation.id);
    BOOST_TEST(routes.insert(std::string(operation.method) + operation.pattern).second,
               operation.pattern);
  }
  BOOST_TEST(ids.size() == 107u);
}

BOOST_AUTO_TEST_CASE(what_nobody_serves_is_routed_and_what_somebody_serves_is_left_alone) {
  http::Router router;
  bool served = false;
  router.add("GET", "/info", [&](http::Exchange&) { served = true; });
  api::add_absent_routes(router);
  api::add_unsupported_operations(router);
  for (const api::Operation& operation : api::operations())
    BOOST_TEST(router.find(operation.method, sample(operation.pattern)).handler != nullptr,
               operation.id);
  BOOST_TEST(router.find("GET", "/images/ghcr.io/a/b:1/json").handler != nullptr);
  BOOST_TEST(router.find("PATCH", "/info").handler == nullptr);
  test::NoExchange none;
  (*router.find("GET", "/info").handler)(none);
  BOOST_TEST(served);
  BOOST_CHECK_EXCEPTION((*router.find("GET", "/containers/x/stats").handler)(none), Error,
                        [](const Error& e) {
                          return e.code() == Errc::unsupported &&
                                 std::string(e.what()) ==
                                     "ContainerStats is not supported by this engine: GET "
                                     "/containers/{id...}/stats";
                        });
}

BOOST_AUTO_TEST_CASE(events_carry_the_flat_members_for_containers_and_images_only) {
  const domain::Event start{
      "container", "start", "abc", {{"image", "box"}, {"name", "web"}}, 1'500'000'000};
  BOOST_TEST(api::event_json(start) ==
             R"({"status":"start","id":"abc","from":"box","Type":"container","Action":"start",)"
             R"("Actor":{"ID":"abc","Attributes":{"image":"box","name":"web"}},"scope":"local",)"
             R"("time":1,"timeNano":1500000000})");
  const domain::Event tag{"image", "tag", "sha256:1", {{"name", "a:b"}}, 1};
  BOOST_TEST(!parse(api::event_json(tag)).root()["from"].exists());
  const domain::Event create{"network", "create", "n", {{"name", "back"}}, 1};
  BOOST_TEST(!parse(api::event_json(create)).root()["status"].exists());
}

BOOST_AUTO_TEST_CASE(a_network_request_is_read_with_its_defaults) {
  const auto minimal = parse(R"({"Name":"n","CheckDuplicate":true})");
  const auto request = api::parse_network_request(minimal.root(), 51);
  BOOST_TEST(request.driver == "bridge");
  BOOST_TEST(request.ipam_driver == "default");
  BOOST_TEST(!request.enable_ipv4.has_value());  // the default
  BOOST_TEST(!request.ipam_options.has_value());
  const auto full = parse(
      R"({"Name":"n","Driver":"bridge","Internal":true,"EnableIPv4":false,"Labels":{"a":"b"},"IPAM":{"Driver":"",)"
      R"("Options":{},"Config":[{"Subnet":"10.0.0.0/24","Gateway":"10.0.0.1","AuxiliaryAddresses":{"x":"10.0.0.2"}}]}})");
  BOOST_TEST(!api::parse_network_request(full.root(), 48).enable_ipv4.value());
  const auto old = api::parse_network_request(full.root(), 47);
  BOOST_TEST(!old.enable_ipv4.has_value());  // the field came with 1.48
  BOOST_TEST(old.ipam_options.has_value());
  BOOST_TEST(old.pools.front().auxiliary_addresses.at("x") == "10.0.0.2");
  BOOST_TEST(old.labels.at("a") == "b");
  const auto wrong = parse(R"({"Name":5})");
  BOOST_CHECK_THROW(api::parse_network_request(wrong.root(), 51), Error);
}

BOOST_AUTO_TEST_CASE(a_network_is_shown_as_docker_shows_it) {
  domain::NetworkRecord network;
  network.name = "back";
  network.id = "abc";
  network.driver = "bridge";
  network.created = 1'000'000'000;
  network.pools = {{"10.0.0.0/24", "", "10.0.0.1", {}}};
  json::Writer w;
  api::write_network(w, network, {{"c1", {"web", "ep", "02:42:0a:00:00:02", "10.0.0.2/24", ""}}},
                     51);
  BOOST_TEST(
      w.text() ==
      R"({"Name":"back","Id":"abc","Created":"1970-01-01T00:00:01Z","Scope":"local","Driver":"bridge",)"
      R"("EnableIPv4":true,"EnableIPv6":false,"IPAM":{"Driver":"default","Options":null,"Config":)"
      R"([{"Subnet":"10.0.0.0/24","Gateway":"10.0.0.1"}]},"Internal":false,"Attachable":false,)"
      R"("Ingress":false,"ConfigFrom":{"Network":""},"ConfigOnly":false,"Containers":{"c1":{"Name":"web",)"
      R"("EndpointID":"ep","MacAddress":"02:42:0a:00:00:02","IPv4Address":"10.0.0.2/24","IPv6Address":""}},)"
      R"("Options":{},"Labels":{}})");
  json::Writer old;
  api::write_network(old, network, {}, 47);
  BOOST_TEST(!parse(old.text()).root()["EnableIPv4"].exists());
}

BOOST_AUTO_TEST_CASE(a_volume_is_shown_with_seconds_and_usage_only_when_asked) {
  domain::VolumeRecord volume;
  volume.name = "data";
  volume.driver = "local";
  volume.mountpoint = "/m";
  volume.created = 1'500'000'000;
  json::Writer w;
  api::write_volume(w, volume);
  BOOST_TEST(
      w.text() ==
      R"({"CreatedAt":"1970-01-01T00:00:01Z","Driver":"local","Labels":null,"Mountpoint":"/m",)"
      R"("Name":"data","Options":null,"Scope":"local"})");
  json::Writer df;
  api::write_volume(df, volume, api::VolumeUsage{42, 1});
  BOOST_TEST(parse(df.text()).root()["UsageData"]["Size"].i64() == 42);
}

BOOST_AUTO_TEST_CASE(info_tells_of_devices_to_clients_that_know_of_them) {
  services::EngineFacts facts;
  facts.cdi_directories = {"/etc/cdi"};
  services::EngineState state;
  state.cdi_devices = {"v.com/c=a"};
  const auto info = [&](int api_minor) { return parse(api::info_json(facts, state, api_minor)); };
  BOOST_TEST(info(51).root()["CDISpecDirs"].raw() == R"(["/etc/cdi"])");
  BOOST_TEST(info(50).root()["DiscoveredDevices"].raw() ==
             R"([{"Source":"cdi","ID":"v.com/c=a"}])");
  BOOST_TEST(!info(49).root()["DiscoveredDevices"].exists());
  state.cdi_devices.clear();
  BOOST_TEST(!info(51).root()["DiscoveredDevices"].exists());
}

BOOST_AUTO_TEST_CASE(info_tells_of_the_firewall_to_clients_that_know_of_it) {
  services::EngineState state;
  const auto info = [&](int api_minor) { return parse(api::info_json({}, state, api_minor)); };
  BOOST_TEST(!info(51).root()["FirewallBackend"].exists());
  state.host = services::parse_host_facts(R"({"firewall":"nftables"})");
  BOOST_TEST(info(49).root()["FirewallBackend"].raw() == R"({"Driver":"nftables"})");
  BOOST_TEST(!info(48).root()["FirewallBackend"].exists());
}

BOOST_AUTO_TEST_CASE(info_has_what_older_clients_expect_of_their_version) {
  services::EngineState state;
  state.host.runtime_version = "1.1.4";
  const auto info = [&](int api_minor) { return parse(api::info_json({}, state, api_minor)); };
  BOOST_TEST(info(48).root()["RuncCommit"].raw() == R"({"ID":"1.1.4","Expected":"1.1.4"})");
  BOOST_TEST(info(49).root()["RuncCommit"].raw() == R"({"ID":"1.1.4"})");
  BOOST_TEST(info(49).root()["BridgeNfIptables"].raw() == "false");
  BOOST_TEST(info(49).root()["BridgeNfIp6tables"].raw() == "false");
  BOOST_TEST(!info(50).root()["BridgeNfIptables"].exists());
  const char* artifacts = "AllowNondistributableArtifactsCIDRs";
  BOOST_TEST(info(46).root()["RegistryConfig"][artifacts].exists());
  BOOST_TEST(!info(47).root()["RegistryConfig"][artifacts].exists());
}

BOOST_AUTO_TEST_CASE(a_terminals_size_is_checked_with_gos_words) {
  const auto failure = [](const std::string& height) {
    try {
      api::parse_terminal_size(http::Query::parse("w=80&h=" + height));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  BOOST_TEST(failure("") == "invalid resize height \"\": invalid syntax");
  BOOST_TEST(failure("tall") == "invalid resize height \"tall\": invalid syntax");
  BOOST_TEST(failure("-100") == "invalid resize height \"-100\": value out of range");
  BOOST_TEST(failure("4294967296") == "invalid resize height \"4294967296\": value out of range");
  BOOST_TEST(failure("24") == "accepted");
}

BOOST_AUTO_TEST_CASE(version_and_info_have_every_key_that_clients_read) {
  services::EngineFacts facts;
  facts.version = "1.2.3";
  facts.http_proxy = "http://me:secret@proxy:3128";
  facts.registry_mirrors = {{"docker.io", {"https://m.lan"}}, {"ghcr.io", {"http://n.lan/"}}};
  services::EngineState state;
  state.host.architecture = "x86_64";
  state.host.runtime_name = "runc";
  state.running = 2;
  state.stopped = 1;
  const auto version = parse(api::version_json(facts, state.host));
  BOOST_TEST(version.root()["ApiVersion"].str() == "1.51");
  BOOST_TEST(version.root()["MinAPIVersion"].str() == "1.24");
  BOOST_TEST(version.root()["Arch"].str() == "amd64");
  BOOST_TEST(version.root()["Components"].at(0)["Details"]["Experimental"].str() == "false");
  const auto info = parse(api::info_json(facts, state, 51));
  const auto registries = info.root()["RegistryConfig"];
  BOOST_TEST(registries["Mirrors"].at(0).str() == "https://m.lan/");
  BOOST_TEST(registries["IndexConfigs"]["docker.io"]["Mirrors"].at(0).str() == "https://m.lan/");
  BOOST_TEST(registries["IndexConfigs"]["ghcr.io"]["Mirrors"].at(0).str() == "http://n.lan/");
  for (const char* key : {"ID",
                          "Containers",
                          "ContainersRunning",
                          "ContainersPaused",
                          "ContainersStopped",
                          "Images",
                          "Driver",
                          "DriverStatus",
                          "Plugins",
                          "MemoryLimit",
                          "SwapLimit",
                          "CpuCfsPeriod",
                          "CpuCfsQuota",
                          "CPUShares",
                          "CPUSet",
                          "PidsLimit",
                          "IPv4Forwarding",
                          "Debug",
                          "NFd",
                          "OomKillDisable",
                          "NGoroutines",
                          "SystemTime",
                          "LoggingDriver",
                          "CgroupDriver",
                          "CgroupVersion",
                          "NEventsListener",
                          "KernelVersion",
                          "OperatingSystem",
                          "OSVersion",
                          "OSType",
                          "Architecture",
                          "IndexServerAddress",
                          "RegistryConfig",
                          "NCPU",
                          "MemTotal",
                          "GenericResources",
                          "DockerRootDir",
                          "HttpProxy",
                          "HttpsProxy",
                          "NoProxy",
                          "Name",
                          "Labels",
                          "ExperimentalBuild",
                          "ServerVersion",
                          "Runtimes",
                          "DefaultRuntime",
                          "Swarm",
                          "LiveRestoreEnabled",
                          "Isolation",
                          "InitBinary",
                          "ContainerdCommit",
                          "RuncCommit",
                          "InitCommit",
                          "SecurityOptions",
                          "CDISpecDirs",
                          "Warnings"})
    BOOST_TEST(info.root()[key].exists(), key);
  BOOST_TEST(info.root()["Containers"].i64() == 3);
  BOOST_TEST(info.root()["Swarm"]["LocalNodeState"].str() == "inactive");
  BOOST_TEST(info.root()["HttpProxy"].str() == "http://xxxxx:xxxxx@proxy:3128");
}
