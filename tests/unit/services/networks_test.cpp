#include "core/services/networks.hpp"

#include <boost/test/unit_test.hpp>
#include <thread>

#include "core/base/random.hpp"
#include "core/json/reader.hpp"
#include "tests/unit/services/data_plane_fake.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using domain::ContainerRecord;
using services::Networks;

namespace {

struct Fixture {
  Fixture() : journal(directory / "state.db"), runtime(notes), names(notes) { open(); }

  void open() {
    networks.reset();
    services::NetworkSettings settings;
    settings.host_hosts = settings.host_resolv_conf = "/dev/null";
    networks = std::make_unique<Networks>(settings, journal, events, runtime, names);
    notes.take();
  }

  static ContainerRecord container(const std::string& name, const std::string& mode = "bridge") {
    ContainerRecord record;
    record.id = random_hex();
    record.name = name;
    record.config.hostname = record.id.substr(0, 12);
    record.host_config.json = "{}";
    record.host_config.network_mode = mode;
    return record;
  }

  ContainerRecord running(const std::string& name, const std::string& mode = "bridge") {
    ContainerRecord record = container(name, mode);
    networks->bring_up(record);
    record.state.status = domain::Status::running;
    return record;
  }

  domain::NetworkRequest request(const std::string& name) {
    domain::NetworkRequest r;
    r.name = name;
    return r;
  }

  std::vector<std::string> actions() {
    std::vector<std::string> seen;
    while (const auto event = subscription->try_next()) seen.push_back(event->action);
    return seen;
  }

  test::TemporaryDirectory directory;
  state::Journal journal;
  state::EventBus events;
  std::unique_ptr<state::EventBus::Subscription> subscription = events.subscribe();
  test::Notes notes;
  test::DataPlaneFake runtime;
  test::NameServiceFake names;
  std::unique_ptr<Networks> networks;
};

template <class F>
std::string fault_of(F&& f, Errc code) {
  try {
    f();
  } catch (const Error& error) {
    BOOST_CHECK(error.code() == code);
    return error.what();
  }
  return "no error";
}

json::Document parse(const std::string& text) { return json::Document::parse(text); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(networks, Fixture)

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
  Fixture other;
  test::TemporaryDirectory fresh;
  state::Journal empty(fresh / "state.db");
  runtime.used = {"172.17.0.0/24", "0.0.0.0/0"};
  const Networks chosen({}, empty, events, runtime, names);
  BOOST_TEST(chosen.get("bridge")->pools.front().subnet == "172.18.0.0/16");
}

BOOST_AUTO_TEST_CASE(lookups_take_ids_names_and_prefixes) {
  const auto bridge = networks->get("bridge");
  BOOST_TEST(networks->get(bridge->id)->name == "bridge");
  BOOST_TEST(networks->get(bridge->id.substr(0, 12))->name == "bridge");
  BOOST_TEST(fault_of([&] { networks->get("nosuch"); }, Errc::not_found) ==
             "network nosuch not found");
  BOOST_TEST(!networks->find(""));
}

BOOST_AUTO_TEST_CASE(a_container_gets_address_sandbox_and_names_and_gives_them_back) {
  ContainerRecord record = running("web");
  const domain::Endpoint& endpoint = record.endpoints.at("bridge");
  BOOST_TEST(endpoint.ip_address == "172.17.0.2");
  BOOST_TEST(endpoint.ip_prefix_len == 16);
  BOOST_TEST(endpoint.gateway == "172.17.0.1");
  BOOST_TEST(endpoint.mac_address == "02:42:ac:11:00:02");
  BOOST_TEST(endpoint.interface_name == "eth0");
  BOOST_TEST(endpoint.endpoint_id.size() == 64u);
  BOOST_TEST(!endpoint.dns_names.has_value());
  BOOST_TEST(record.sandbox_id.size() == 64u);
  BOOST_TEST(
      notes.take() == (std::vector<std::string>{"network_up", "names network_added",
                                                "sandbox_up " + record.id, "names endpoint_added"}),
      boost::test_tools::per_element());
  const auto sandbox = parse(runtime.last_sandbox);
  BOOST_TEST(sandbox.root()["mode"].str() == "private");
  const json::Node up = sandbox.root()["endpoints"].at(0);
  BOOST_TEST(up["address"].str() == "172.17.0.2/16");
  BOOST_TEST(up["gateway"].str() == "172.17.0.1");
  BOOST_TEST(up["network"]["bridge"].str() == "gantry0");
  BOOST_TEST(networks->members(networks->get("bridge")->id).at(record.id).ipv4_address ==
             "172.17.0.2/16");

  networks->take_down(record);
  BOOST_TEST(record.sandbox_id.empty());
  BOOST_TEST(record.endpoints.at("bridge").ip_address.empty());
  BOOST_TEST(networks->members(networks->get("bridge")->id).empty());
  networks->take_down(record);  // again: nothing
  BOOST_TEST(notes.take() ==
                 (std::vector<std::string>{"sandbox_down " + record.id, "names endpoint_removed"}),
             boost::test_tools::per_element());
  BOOST_TEST(actions() == (std::vector<std::string>{"connect", "disconnect"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_failed_start_leaves_nothing_and_says_why) {
  for (const char* step : {"network_up", "sandbox_up", "names"}) {
    runtime.fail = step;
    names.fail = std::string(step) == "names";
    ContainerRecord record = container("web");
    const std::string fault = fault_of([&] { networks->bring_up(record); }, Errc::internal);
    BOOST_TEST(fault.starts_with("failed to set up container networking: no "), fault);
    BOOST_TEST(networks->members(networks->get("bridge")->id).empty());
    BOOST_TEST(record.sandbox_id.empty());
    BOOST_TEST(record.endpoints.at("bridge").ip_address.empty());
  }
  runtime.fail.clear();
  names.fail = false;
  BOOST_TEST(actions().empty());
  BOOST_TEST(running("web").endpoints.at("bridge").ip_address == "172.17.0.2");
}

BOOST_AUTO_TEST_CASE(a_network_that_is_gone_fails_the_start) {
  ContainerRecord record = container("web", "nosuch");
  BOOST_TEST(fault_of([&] { networks->bring_up(record); }, Errc::not_found) ==
             "failed to set up container networking: network nosuch not found");
}

BOOST_AUTO_TEST_CASE(host_none_and_shared_stacks_have_no_addresses) {
  ContainerRecord host = running("h", "host");
  BOOST_TEST(parse(runtime.last_sandbox).root()["mode"].str() == "host");
  BOOST_TEST(host.endpoints.at("host").endpoint_id.size() == 64u);
  BOOST_TEST(host.endpoints.at("host").ip_address.empty());
  ContainerRecord none = running("n", "none");
  BOOST_TEST(parse(runtime.last_sandbox).root()["mode"].str() == "private");
  BOOST_TEST(parse(runtime.last_sandbox).root()["endpoints"].size() == 0u);
  ContainerRecord joined = running("j", "container:" + host.id);
  BOOST_TEST(parse(runtime.last_sandbox).root()["mode"].str() == "container");
  BOOST_TEST(parse(runtime.last_sandbox).root()["container"].str() == host.id);
  BOOST_TEST(joined.endpoints.empty());
  for (ContainerRecord* record : {&host, &none, &joined}) networks->take_down(*record);
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

BOOST_AUTO_TEST_CASE(a_restarted_daemon_knows_addresses_ports_and_members) {
  networks->create(request("back"));
  ContainerRecord record = running("web", "back");
  record.host_config.port_bindings = {{"80/tcp", {{"127.0.0.1", "8080"}}}};
  networks->publish(record);
  open();
  networks->adopt(record);
  BOOST_TEST(notes.take() == (std::vector<std::string>{"network_up", "names network_added",
                                                       "names endpoint_added"}),
             boost::test_tools::per_element());
  ContainerRecord other = running("other", "back");
  BOOST_TEST(other.endpoints.at("back").ip_address == "172.18.0.3");
  other.host_config.port_bindings = record.host_config.port_bindings;
  BOOST_CHECK_THROW(networks->publish(other), Error);
  networks->take_down(record);
  networks->publish(other);
  BOOST_TEST(networks->members(networks->get("back")->id).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_running_container_joins_and_leaves_networks) {
  networks->create(request("anet"));
  ContainerRecord record = running("web");
  notes.take();
  networks->connect(record, "anet", {});
  const domain::Endpoint& joined = record.endpoints.at("anet");
  BOOST_TEST(joined.ip_address == "172.18.0.2");
  BOOST_TEST(joined.interface_name == "eth1");
  // "anet" comes before "bridge": it takes the default route.
  BOOST_TEST(notes.take() == (std::vector<std::string>{"endpoint_up", "names endpoint_added"}),
             boost::test_tools::per_element());
  BOOST_TEST(parse(runtime.last_endpoint).root()["gateway"].str() == "172.18.0.1");
  BOOST_TEST(fault_of([&] { networks->connect(record, "anet", {}); }, Errc::permission) ==
             "endpoint with name web already exists in network anet");
  networks->disconnect(record, "anet");
  BOOST_TEST(record.endpoints.count("anet") == 0u);
  BOOST_TEST(notes.take() == (std::vector<std::string>{"endpoint_down", "names endpoint_removed",
                                                       "endpoint_up"}),
             boost::test_tools::per_element());
  BOOST_TEST(parse(runtime.last_endpoint).root()["gateway"].str() == "172.17.0.1");
  BOOST_TEST(fault_of([&] { networks->disconnect(record, "anet"); }, Errc::internal) ==
             "container " + record.id + " is not connected to network anet");
  BOOST_TEST(actions() == (std::vector<std::string>{"create", "connect", "connect", "disconnect"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_connect_that_a_crash_cut_short_is_undone_and_a_disconnect_as_well) {
  networks->create(request("back"));
  ContainerRecord record = running("web");
  const auto intent = networks->plan_connect(record, "back", {});
  BOOST_TEST(intent.interface_name == "eth1");
  open();
  networks->adopt(record);
  notes.take();
  networks->repair(record, intent);
  BOOST_TEST(notes.take() == (std::vector<std::string>{"endpoint_up", "endpoint_down"}),
             boost::test_tools::per_element());
  BOOST_TEST(parse(runtime.last_endpoint).root()["interface"].str() == "eth0");
  BOOST_TEST(parse(runtime.last_endpoint_down).root()["interface"].str() == "eth1");
  networks->repair(record, {});  // a disconnect that did not get far: the endpoint is made again
  BOOST_TEST(notes.take() == (std::vector<std::string>{"endpoint_up"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_stopped_container_joins_at_its_next_start) {
  networks->create(request("back"));
  ContainerRecord record = container("web");
  record.endpoints["bridge"].network = "bridge";
  domain::Endpoint wanted;
  wanted.aliases = {{"www"}};
  networks->connect(record, "back", wanted);
  BOOST_TEST(notes.take() == (std::vector<std::string>{"network_up", "names network_added"}),
             boost::test_tools::per_element());
  networks->bring_up(record);
  BOOST_TEST(record.endpoints.at("bridge").interface_name == "eth0");
  BOOST_TEST(record.endpoints.at("back").interface_name == "eth1");
  BOOST_TEST(record.endpoints.at("back").dns_names->at(1) == "www");
  networks->take_down(record);
  networks->disconnect(record, "back");
  BOOST_TEST(record.endpoints.size() == 1u);
  BOOST_TEST(fault_of([&] { networks->disconnect(record, "back"); }, Errc::internal) ==
             "container " + record.id + " is not connected to the network back");
}

BOOST_AUTO_TEST_CASE(some_stacks_cannot_be_connected) {
  networks->create(request("back"));
  ContainerRecord host = running("h", "host");
  BOOST_TEST(fault_of([&] { networks->connect(host, "back", {}); }, Errc::invalid)
                 .starts_with("container sharing network namespace with another container or host "
                              "cannot be connected"));
  ContainerRecord record = running("c");
  BOOST_TEST(
      fault_of([&] { networks->connect(record, "host", {}); }, Errc::invalid) ==
      "cannot connect container to host network - container must be created in host network mode");
}

BOOST_AUTO_TEST_CASE(a_new_name_is_followed) {
  networks->create(request("back"));
  ContainerRecord record = running("old", "back");
  record.name = "new";
  networks->renamed(record, "old");
  BOOST_TEST(record.endpoints.at("back").dns_names->front() == "new");
  BOOST_TEST(networks->members(networks->get("back")->id).at(record.id).container_name == "new");
  BOOST_TEST(parse(names.last_member).root()["names"].at(0).str() == "new");
}

BOOST_AUTO_TEST_CASE(files_are_made_from_what_the_container_has) {
  ContainerRecord db = running("db");
  ContainerRecord record = container("web");
  record.host_config.json =
      R"({"ExtraHosts":["host.docker.internal:host-gateway","v6:::1"],"Dns":["9.9.9.9"]})";
  networks->bring_up(record);
  BOOST_TEST(networks->files(record, {"database:172.17.0.2"}).hosts == "hosts");
  const auto document = parse(names.last_container);
  const json::Node root = document.root();
  BOOST_TEST(root["mode"].str() == "bridge");
  BOOST_TEST(root["dns"].at(0).str() == "9.9.9.9");
  const auto hosts = root["extra_hosts"].strings();
  BOOST_TEST(hosts == (std::vector<std::string>{"host.docker.internal:172.17.0.1", "v6:::1",
                                                "database:172.17.0.2"}),
             boost::test_tools::per_element());
  BOOST_TEST(root["endpoints"].at(0)["address"].str() == "172.17.0.3/16");
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
  BOOST_TEST(record.endpoints.at("six").mac_address == "02:42:00:00:00:02");
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

BOOST_AUTO_TEST_CASE(sockets_inside_go_from_the_runtime_to_the_name_service) {
  runtime.inside = true;
  ContainerRecord record = container("web");
  networks->bring_up(record);
  networks->open_resolver(record, networks->files(record));
  BOOST_TEST(parse(names.last_container).root()["inside_sockets"].boolean());
  notes.take();
  names.inside = true;
  networks->open_resolver(record, networks->files(record));
  const auto seen = notes.take();
  BOOST_TEST(
      seen == (std::vector<std::string>{"open_inside 127.0.0.11 53", "names serve_inside 24"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(files_of_running_containers_follow_their_networks_and_the_name_service) {
  std::map<std::string, std::string> files{{"/etc/hosts", "old"}, {"/etc/resolv.conf", "resolv"}};
  int writes = 0;
  services::NetworkSettings settings;
  settings.host_hosts = settings.host_resolv_conf = "/dev/null";
  settings.read_guest_file = [&](const std::string&, const std::string& path) {
    return files[path];
  };
  settings.replace_guest_file = [&](const std::string&, const std::string& path,
                                    const std::string& content) {
    files[path] = content;
    ++writes;
  };
  networks.reset();
  networks = std::make_unique<Networks>(settings, journal, events, runtime, names);
  networks->create(request("net"));
  ContainerRecord record = running("web");
  networks->refresh_files(record);
  BOOST_TEST(parse(names.last_container).root()["current_hosts"].str() == "old");
  BOOST_TEST(files["/etc/hosts"] == "hosts");
  BOOST_TEST(writes == 1, "what is right already is not written");
  names.hosts = "with net";
  networks->connect(record, "net", {});
  BOOST_TEST(files["/etc/hosts"] == "with net");
  names.hosts = "without";
  networks->disconnect(record, "net");
  BOOST_TEST(files["/etc/hosts"] == "without");
}

BOOST_AUTO_TEST_CASE(many_containers_start_at_once_with_an_address_each) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<std::string> addresses;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        ContainerRecord record = container("c");
        networks->bring_up(record);
        const std::lock_guard lock(mutex);
        addresses.insert(record.endpoints.at("bridge").ip_address);
      }
    });
  for (auto& thread : threads) thread.join();
  BOOST_TEST(addresses.size() == 160u);
  BOOST_TEST(addresses.count("172.17.0.161") == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
