// Containers on networks: start, join, leave, files and names.
#include <thread>

#include "tests/unit/services/networks_fixture.hpp"

using namespace gantry;
using namespace gantry::test;

BOOST_FIXTURE_TEST_SUITE(network_members, NetworksFixture)

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

BOOST_AUTO_TEST_CASE(who_ended_unnoticed_joins_at_its_next_start_and_leaves_at_once) {
  networks->create(request("first"));
  networks->create(request("second"));
  ContainerRecord record = running("web", "first");
  notes.take();
  actions();
  runtime.ended = true;
  domain::Endpoint wanted;
  wanted.aliases = std::vector<std::string>{"www"};
  networks->connect(record, "second", wanted);
  const domain::Endpoint& endpoint = record.endpoints.at("second");
  BOOST_CHECK(endpoint.aliases == wanted.aliases);
  BOOST_TEST(endpoint.ip_address.empty());
  BOOST_TEST(endpoint.endpoint_id.empty());
  BOOST_TEST(networks->members(networks->get("second")->id).empty());
  BOOST_TEST(actions().empty());

  networks->disconnect(record, "first");
  BOOST_TEST(record.endpoints.count("first") == 0u);
  BOOST_TEST(networks->members(networks->get("first")->id).empty());
  BOOST_TEST(actions() == std::vector<std::string>{"disconnect"}, boost::test_tools::per_element());

  runtime.ended = false;
  networks->take_down(record);
  networks->bring_up(record);
  BOOST_TEST(!record.endpoints.at("second").ip_address.empty());
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
  BOOST_TEST(
      notes.take() == (std::vector<std::string>{"endpoint_up", "endpoint_down", "unpublish"}),
      boost::test_tools::per_element());
  BOOST_TEST(parse(runtime.last_endpoint).root()["interface"].str() == "eth0");
  BOOST_TEST(parse(runtime.last_endpoint_down).root()["interface"].str() == "eth1");
  networks->repair(record, {});  // a disconnect that did not get far: the endpoint is made again
  BOOST_TEST(notes.take() == (std::vector<std::string>{"endpoint_up", "unpublish"}),
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
