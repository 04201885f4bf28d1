// Networks: made, found, refused, removed.
#include "tests/unit/services/networks_fixture.hpp"

using namespace gantry;
using namespace gantry::test;

BOOST_FIXTURE_TEST_SUITE(networks, NetworksFixture)

BOOST_AUTO_TEST_CASE(the_predefined_networks_are_there_and_keep_their_ids) {
  std::map<std::string, std::string> ids;
  for (const auto& network : networks->list()) ids[network->name] = network->id;
  BOOST_TEST(ids.size() == 3u);
  BOOST_TEST(networks->get("bridge")->pools.front().subnet == "172.17.0.0/16");
  BOOST_TEST(networks->get("bridge")->pools.front().gateway == "172.17.0.1");
  BOOST_TEST(networks->get("none")->driver == "null");
  open();
  for (const auto& [name, id] : ids) BOOST_TEST(networks->get(name)->id == id);
  BOOST_TEST(notes.take().empty());  // nothing is made before something needs it
}

BOOST_AUTO_TEST_CASE(the_default_subnet_avoids_what_the_host_uses) {
  NetworksFixture other;
  test::TemporaryDirectory fresh;
  state::Journal empty(fresh / "state.db");
  runtime.used = {"172.17.0.0/24", "0.0.0.0/0"};
  const Networks chosen({}, empty, events, runtime, names);
  BOOST_TEST(chosen.get("bridge")->pools.front().subnet == "172.18.0.0/16");
}

BOOST_AUTO_TEST_CASE(the_default_network_follows_its_settings) {
  const std::string id = networks->get("bridge")->id;
  default_bridge = "gt7";
  default_subnet = "10.7.0.0/16";
  default_subnet6 = "auto";
  open();
  networks->follow_settings();
  const auto chosen = networks->get("bridge");
  BOOST_TEST(chosen->id == id);
  BOOST_TEST(chosen->bridge == "gt7");
  BOOST_TEST(chosen->options.at("com.docker.network.bridge.name") == "gt7");
  BOOST_TEST(chosen->pools.at(0).gateway == "10.7.0.1");
  BOOST_TEST(chosen->enable_ipv6);
  BOOST_TEST(chosen->pools.at(1).subnet.starts_with("fd"));
  // What the settings leave open stays.
  default_subnet.clear();
  open();
  networks->follow_settings();
  BOOST_TEST(networks->get("bridge")->pools.at(0).subnet == "10.7.0.0/16");
  BOOST_TEST(networks->get("bridge")->pools.at(1).subnet == chosen->pools.at(1).subnet);
  default_subnet6 = "fd00:17::/64";
  open();
  networks->follow_settings();
  const ContainerRecord six = running("six");
  BOOST_TEST(six.endpoints.at("bridge").ip6_address == "fd00:17::2");
  BOOST_TEST(six.endpoints.at("bridge").gateway6 == "fd00:17::1");
}

BOOST_AUTO_TEST_CASE(the_default_network_does_not_take_what_another_has) {
  domain::NetworkRequest wanted = request("lan");
  wanted.pools = {{"10.7.8.0/24", "", "", {}}};
  networks->create(wanted);
  const std::string bridge = networks->get("lan")->bridge;
  default_subnet = "10.7.0.0/16";
  open();
  networks->follow_settings();
  BOOST_TEST(networks->get("bridge")->pools.at(0).subnet == "172.17.0.0/16");
  default_subnet = "10.8.0.0/16";
  default_bridge = bridge;
  open();
  networks->follow_settings();
  BOOST_TEST(networks->get("bridge")->pools.at(0).subnet == "172.17.0.0/16");
  BOOST_TEST(networks->get("bridge")->bridge != bridge);
}

BOOST_AUTO_TEST_CASE(the_default_network_stays_while_containers_run_on_it) {
  const ContainerRecord one = running("one");
  default_subnet = "10.7.0.0/16";
  open();
  networks->adopt(one);
  networks->follow_settings();
  BOOST_TEST(networks->get("bridge")->pools.at(0).subnet == "172.17.0.0/16");
}

BOOST_AUTO_TEST_CASE(a_container_that_switches_ipv6_off_gets_no_ipv6_address) {
  domain::NetworkRequest wanted = request("six");
  wanted.enable_ipv6 = true;
  networks->create(wanted);
  BOOST_TEST(!running("with", "six").endpoints.at("six").ip6_address.empty());
  ContainerRecord without = container("without", "six");
  without.host_config.json = R"({"Sysctls":{"net.ipv6.conf.all.disable_ipv6":"1"}})";
  networks->bring_up(without);
  BOOST_TEST(without.endpoints.at("six").ip6_address.empty());
  BOOST_TEST(without.endpoints.at("six").gateway6.empty());
  BOOST_TEST(!without.endpoints.at("six").gateway.empty());
}

BOOST_AUTO_TEST_CASE(lookups_take_ids_names_and_prefixes) {
  const auto bridge = networks->get("bridge");
  BOOST_TEST(networks->get(bridge->id)->name == "bridge");
  BOOST_TEST(networks->get(bridge->id.substr(0, 12))->name == "bridge");
  BOOST_TEST(fault_of([&] { networks->get("nosuch"); }, Errc::not_found) ==
             "network nosuch not found");
  BOOST_TEST(!networks->find(""));
}

BOOST_AUTO_TEST_CASE(a_network_of_ones_own_has_names_and_static_addresses) {
  domain::NetworkRequest wanted = request("back");
  wanted.pools = {{"10.1.0.0/24", "10.1.0.128/25", "", {{"printer", "10.1.0.129"}}}};
  const auto network = networks->create(wanted);
  BOOST_TEST(network->pools.front().gateway == "10.1.0.128");  // the first of the range
  BOOST_TEST(network->bridge == "br-" + network->id.substr(0, 12));
  ContainerRecord first = running("one", "back");
  BOOST_TEST(first.endpoints.at("back").ip_address == "10.1.0.130");
  BOOST_TEST(*first.endpoints.at("back").dns_names ==
                 (std::vector<std::string>{"one", first.id.substr(0, 12)}),
             boost::test_tools::per_element());
  ContainerRecord fixed = container("two", network->id.substr(0, 12));
  fixed.endpoints[network->id.substr(0, 12)].ipv4_address = "10.1.0.7";
  networks->bring_up(fixed);
  BOOST_TEST(fixed.endpoints.at("back").ip_address == "10.1.0.7");  // keyed by name now
  ContainerRecord second = container("three", "back");
  second.endpoints["back"].ipv4_address = "10.1.0.7";
  BOOST_TEST(fault_of([&] { networks->bring_up(second); }, Errc::permission) ==
             "failed to set up container networking: Address already in use");
}

BOOST_AUTO_TEST_CASE(faults_of_create_are_in_dockers_words) {
  networks->create(request("one"));
  BOOST_TEST(fault_of([&] { networks->create(request("one")); }, Errc::conflict) ==
             "network with name one already exists");
  BOOST_TEST(fault_of([&] { networks->create(request("host")); }, Errc::permission) ==
             "operation is not permitted on predefined host network ");
  domain::NetworkRequest r = request("two");
  r.driver = "weave";
  BOOST_TEST(fault_of([&] { networks->create(r); }, Errc::not_found) ==
             "plugin \"weave\" not found");
  r = request("two");
  r.pools = {{"172.17.5.0/24", "", "", {}}};
  BOOST_TEST(fault_of([&] { networks->create(r); }, Errc::permission) ==
             "invalid pool request: Pool overlaps with other one on this address space");
  r = request("two");
  r.pools = {{"10.9.0.0/24", "", "", {{"a", "10.9.0.1"}}}};
  BOOST_TEST(fault_of([&] { networks->create(r); }, Errc::internal) ==
             "failed to allocate secondary ip address (a:10.9.0.1): Address already in use");
  r.pools = {{"10.8.0.0/24", "", "", {}}, {"10.9.0.0/24", "", "", {}}};
  BOOST_TEST(fault_of([&] { networks->create(r); }, Errc::permission) ==
             "bridge driver doesn't support multiple subnets");
  runtime.fail = "network_up";
  BOOST_TEST(fault_of([&] { networks->create(request("two")); }, Errc::internal) ==
             "no bridges today");
  BOOST_TEST(!networks->find("two"));
  open();
  BOOST_TEST(!networks->find("two"));
  BOOST_TEST(networks->get("one")->pools.front().subnet == "172.18.0.0/16");
}

BOOST_AUTO_TEST_CASE(a_network_in_use_stays) {
  const auto network = networks->create(request("back"));
  ContainerRecord record = running("c1", "back");
  BOOST_TEST(fault_of([&] { networks->remove("back"); }, Errc::permission) ==
             "error while removing network: network back has active endpoints (name:\"c1\" id:\"" +
                 record.id.substr(0, 12) + "\")");
  BOOST_TEST(networks->prune([](const auto&) { return true; }).empty());
  networks->take_down(record);
  networks->remove(network->id);
  BOOST_TEST(!networks->find("back"));
  BOOST_TEST(fault_of([&] { networks->remove("bridge"); }, Errc::permission) ==
             "bridge is a pre-defined network and cannot be removed");
  open();
  BOOST_TEST(!networks->find("back"));
}

BOOST_AUTO_TEST_CASE(a_removal_that_a_crash_cut_short_is_done_again) {
  domain::NetworkRequest wanted = request("back");
  wanted.options = {{"com.docker.network.bridge.name", "mine0"}};
  networks->create(wanted);
  networks->remove("back");
  open();
  networks->finish_removals();
  BOOST_TEST(notes.take() == (std::vector<std::string>{"network_down", "network_down"}),
             boost::test_tools::per_element());
  BOOST_TEST(parse(runtime.last_down).root()["bridge"].str() == "mine0");
  networks->finish_removals();
  BOOST_TEST(notes.take().empty());
  // A later network of that name is not taken for it.
  networks->create(wanted);
  networks->remove("back");
  networks->create(wanted);
  open();
  networks->finish_removals();
  BOOST_TEST(notes.take().empty());
}

BOOST_AUTO_TEST_CASE(networks_without_members_leave_the_host_with_the_daemon) {
  networks->create(request("idle"));
  networks->create(request("busy"));
  running("web", "busy");
  networks->retire();
  const auto said = notes.take();
  BOOST_TEST(std::count(said.begin(), said.end(), "network_down") >= 2);  // also the default one
  BOOST_TEST(runtime.last_down.find(networks->get("busy")->bridge) == std::string::npos);
  BOOST_TEST(networks->list().size() == 5u);
  running("other", "idle");
  BOOST_TEST(notes.take().front() == "network_up");
}

BOOST_AUTO_TEST_CASE(prune_removes_the_unused_ones_and_reports_once) {
  networks->create(request("one"));
  networks->create(request("two"));
  actions();
  const auto removed =
      networks->prune([](const domain::NetworkRecord& n) { return n.name == "two"; });
  BOOST_TEST(removed == std::vector<std::string>{"two"}, boost::test_tools::per_element());
  BOOST_TEST(actions() == (std::vector<std::string>{"destroy", "prune"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(published_ports_get_numbers_on_all_addresses) {
  ContainerRecord record = running("web");
  record.host_config.port_bindings = {{"80/tcp", {{"127.0.0.1", "8080"}}}, {"81/tcp", {{"", ""}}}};
  networks->publish(record);
  BOOST_REQUIRE(record.published.size() >= 2u);
  BOOST_TEST(record.published[0].host_port == 8080);
  BOOST_TEST(record.published[1].host_ip == "0.0.0.0");
  BOOST_TEST(record.published[1].host_port > 0);
  if (record.published.size() == 3) {
    BOOST_TEST(record.published[2].host_ip == "::");
    BOOST_TEST(record.published[2].host_port == record.published[1].host_port);
  }
  BOOST_TEST(parse(runtime.last_ports).root().at(0)["container_ip"].str() == "172.17.0.2");
  ContainerRecord other = running("other");
  other.host_config.port_bindings = {{"80/tcp", {{"", "8080"}}}};
  BOOST_TEST(
      fault_of([&] { networks->publish(other); }, Errc::internal) ==
      "failed to set up container networking: driver failed programming external connectivity on "
      "endpoint other (" +
          other.endpoints.at("bridge").endpoint_id +
          "): Bind for 0.0.0.0:8080 failed: port is already allocated");
  BOOST_TEST(other.published.empty());
  networks->take_down(record);
  BOOST_TEST(record.published.empty());
  networks->publish(other);
  BOOST_TEST(other.published.front().host_port == 8080);
}

BOOST_AUTO_TEST_CASE(a_port_of_another_process_is_named) {
  runtime.foreign = {8080};
  ContainerRecord record = running("web");
  record.host_config.port_bindings = {{"80/tcp", {{"127.0.0.1", "8080"}}}};
  const std::string fault = fault_of([&] { networks->publish(record); }, Errc::internal);
  BOOST_TEST(
      fault.ends_with("): failed to bind host port for 127.0.0.1:8080:172.17.0.2:80/tcp: address "
                      "already in use"),
      fault);
  record.host_config.port_bindings = {{"80/tcp", {{"127.0.0.1", "8080-8082"}}}};
  runtime.foreign = {8080};
  BOOST_CHECK_THROW(networks->publish(record), Error);  // the probe cannot see the fake's process
  runtime.foreign.clear();
  networks->publish(record);
  BOOST_TEST(record.published.front().host_port == 8080);
}

BOOST_AUTO_TEST_CASE(a_network_has_both_families_when_asked) {
  domain::NetworkRequest wanted = request("dual");
  wanted.enable_ipv6 = true;
  const auto chosen = networks->create(wanted);
  BOOST_REQUIRE(chosen->pools.size() == 2u);
  BOOST_TEST(chosen->pools[0].subnet == "172.18.0.0/16");
  BOOST_TEST(chosen->pools[1].subnet.starts_with("fd"));
  BOOST_TEST(chosen->pools[1].subnet.ends_with("::/64"));
  BOOST_TEST(parse(runtime.last_network).root()["subnet6"].str() == chosen->pools[1].subnet);
  wanted.name = "given";
  wanted.pools = {{"fd00:9::/64", "", "", {}}};
  const auto given = networks->create(wanted);
  BOOST_TEST(given->pools[1].subnet == "fd00:9::/64");
  BOOST_TEST(given->pools[1].gateway == "fd00:9::1");
  ContainerRecord record = container("web", "given");
  record.endpoints["given"].ipv6_address = "fd00:9::77";
  networks->bring_up(record);
  const domain::Endpoint& endpoint = record.endpoints.at("given");
  BOOST_TEST(endpoint.ip_address == "172.19.0.2");
  BOOST_TEST(endpoint.ip6_address == "fd00:9::77");
  BOOST_TEST(endpoint.ip6_prefix_len == 64);
  BOOST_TEST(endpoint.gateway6 == "fd00:9::1");
  BOOST_TEST(networks->members(given->id).at(record.id).ipv6_address == "fd00:9::77/64");
  BOOST_TEST(parse(names.last_member).root()["ipv6"].str() == "fd00:9::77/64");
  const auto sandbox = parse(runtime.last_sandbox);
  BOOST_TEST(sandbox.root()["endpoints"].at(0)["address6"].str() == "fd00:9::77/64");
  BOOST_TEST(sandbox.root()["endpoints"].at(0)["gateway6"].str() == "fd00:9::1");
  // A port of either family leads to the address of that family.
  record.host_config.port_bindings = {{"80/tcp", {{"127.0.0.1", "8080"}, {"::1", "8080"}}}};
  networks->publish(record);
  const auto ports = parse(runtime.last_ports);
  BOOST_TEST(ports.root().at(0)["container_ip"].str() == "172.19.0.2");
  BOOST_TEST(ports.root().at(1)["container_ip"].str() == "fd00:9::77");
  open();
  networks->adopt(record);
  ContainerRecord other = container("other", "given");
  other.endpoints["given"].ipv6_address = "fd00:9::77";
  BOOST_TEST(fault_of([&] { networks->bring_up(other); }, Errc::permission) ==
             "failed to set up container networking: Address already in use");
}

BOOST_AUTO_TEST_CASE(a_network_may_be_ipv6_only) {
  domain::NetworkRequest wanted = request("six");
  wanted.enable_ipv4 = false;
  wanted.enable_ipv6 = true;
  BOOST_TEST(networks->create(wanted)->pools.size() == 1u);
  ContainerRecord record = running("web", "six");
  BOOST_TEST(record.endpoints.at("six").ip_address.empty());
  BOOST_TEST(record.endpoints.at("six").ip6_address.ends_with("::2"));
  BOOST_TEST(record.endpoints.at("six").mac_address.starts_with("06:"));
  record.host_config.port_bindings = {{"80/tcp", {{"", "8080"}}}};
  networks->publish(record);
  for (const auto& port : record.published) BOOST_TEST(port.host_ip == "::");
}

BOOST_AUTO_TEST_CASE(addresses_run_out_in_dockers_words) {
  domain::NetworkRequest wanted = request("tiny");
  wanted.pools = {{"10.7.0.0/30", "", "", {}}};
  const auto network = networks->create(wanted);
  running("one", "tiny");
  ContainerRecord two = container("two", "tiny");
  BOOST_TEST(fault_of([&] { networks->bring_up(two); }, Errc::exhausted) ==
             "failed to set up container networking: no available IPv4 addresses on this network's "
             "address pools: tiny (" +
                 network->id + ")");
}

BOOST_AUTO_TEST_CASE(a_priority_decides_about_the_way_out) {
  networks->create(request("anet"));
  ContainerRecord record = container("web");
  record.endpoints["bridge"].network = "bridge";
  record.endpoints["anet"].network = "anet";
  record.endpoints["bridge"].gw_priority = 1;
  networks->bring_up(record);
  const auto sandbox = parse(runtime.last_sandbox);
  BOOST_TEST(sandbox.root()["endpoints"].at(0)["interface"].str() == "eth0");
  BOOST_TEST(sandbox.root()["endpoints"].at(0)["gateway"].str() == "172.17.0.1");
  BOOST_TEST(sandbox.root()["endpoints"].at(1)["gateway"].str().empty());
}

BOOST_AUTO_TEST_CASE(links_are_told_to_the_name_service) {
  networks->create(request("back"));
  ContainerRecord record = container("web", "back");
  record.endpoints["back"].links = {{"proj-db-1:db", "cache"}};
  networks->bring_up(record);
  const auto member = parse(names.last_member);
  const json::Node links = member.root()["links"];
  BOOST_TEST(links.size() == 2u);
  BOOST_TEST(links.at(0)["name"].str() == "proj-db-1");
  BOOST_TEST(links.at(0)["alias"].str() == "db");
  BOOST_TEST(links.at(1)["alias"].str() == "cache");
}

BOOST_AUTO_TEST_CASE(a_configuration_is_used_by_other_networks) {
  domain::NetworkRequest wanted = request("base");
  wanted.config_only = true;
  wanted.pools = {{"10.6.0.0/24", "", "", {}}};
  wanted.labels = {{"a", "b"}};
  networks->create(wanted);
  BOOST_TEST(notes.take().empty());
  wanted = request("real");
  wanted.config_from = "nope";
  BOOST_TEST(fault_of([&] { networks->create(wanted); }, Errc::not_found) ==
             "configuration network \"nope\" does not exist");
  wanted.config_from = "base";
  const auto real = networks->create(wanted);
  BOOST_TEST(real->pools.front().subnet == "10.6.0.0/24");
  BOOST_TEST(real->labels.at("a") == "b");
  BOOST_TEST(fault_of([&] { networks->remove("base"); }, Errc::permission) ==
             "error while removing network: configuration network \"base\" is in use");
  ContainerRecord record = container("web", "base");
  BOOST_TEST(fault_of([&] { networks->bring_up(record); }, Errc::permission) ==
             "failed to set up container networking: cannot create endpoint on configuration-only "
             "network");
  networks->remove("real");
  networks->remove("base");
}

BOOST_AUTO_TEST_CASE(a_bridge_that_somebody_removed_is_made_again) {
  networks->create(request("back"));
  running("one", "back");
  notes.take();
  runtime.missing_bridges = 1;
  ContainerRecord two = running("two", "back");
  BOOST_TEST(
      notes.take() == (std::vector<std::string>{"sandbox_up " + two.id, "network_up",
                                                "sandbox_up " + two.id, "names endpoint_added"}),
      boost::test_tools::per_element());
  runtime.missing_bridges = 1;
  networks->create(request("front"));
  notes.take();
  networks->connect(two, "front", {});
  BOOST_TEST(notes.take() == (std::vector<std::string>{"endpoint_up", "network_up", "endpoint_up",
                                                       "names endpoint_added"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
