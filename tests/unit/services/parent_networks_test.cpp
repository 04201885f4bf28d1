// Networks of the drivers macvlan and ipvlan: what the data plane is told, and what they share.
#include "networks_fixture.hpp"

using namespace gantry;
using namespace gantry::test;

namespace {

struct ParentNetworks : NetworksFixture {
  std::string create(const std::string& name, const std::string& driver,
                     std::map<std::string, std::string> options, const std::string& subnet) {
    domain::NetworkRequest r = request(name);
    r.driver = driver;
    r.options = std::move(options);
    r.pools = {{subnet, "", "", {}, false}};
    return networks->create(r)->id;
  }
  int downs() {
    const auto seen = notes.take();
    return static_cast<int>(std::count(seen.begin(), seen.end(), "network_down"));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(parent_networks, ParentNetworks)

BOOST_AUTO_TEST_CASE(the_data_plane_learns_parent_and_mode) {
  create("lan", "macvlan", {{"parent", "eth0"}, {"macvlan_mode", "vepa"}}, "10.80.0.0/24");
  const auto lan = parse(runtime.last_network);
  BOOST_TEST(lan.root()["driver"].str() == "macvlan");
  BOOST_TEST(lan.root()["parent"].str() == "eth0");
  BOOST_TEST(lan.root()["mode"].str() == "vepa");
  BOOST_TEST(!lan.root()["dummy"].boolean());
  BOOST_TEST(!lan.root()["bridge"]);
  const std::string id = create("inside", "ipvlan", {}, "10.81.0.0/24");
  const auto inside = parse(runtime.last_network);
  BOOST_TEST(inside.root()["parent"].str() == "dm-" + id.substr(0, 12));
  BOOST_TEST(inside.root()["dummy"].boolean());
}

BOOST_AUTO_TEST_CASE(containers_have_their_router_and_nothing_is_published) {
  create("lan", "macvlan", {{"parent", "eth0"}}, "10.80.0.0/24");
  ContainerRecord record = running("c", "lan");
  BOOST_TEST(record.endpoints["lan"].gateway == "10.80.0.1");
  BOOST_TEST(record.endpoints["lan"].ip_address == "10.80.0.2");
  BOOST_TEST(record.endpoints["lan"].mac_address == "02:42:0a:50:00:02");
  record.host_config.port_bindings = {{"80/tcp", {{"", "8080"}}}};
  networks->publish(record);
  BOOST_TEST(record.published.empty());
  // By a bridge that it joins and goes out through.
  domain::Endpoint first;
  first.gw_priority = 10;
  networks->connect(record, "bridge", first);
  BOOST_TEST(record.published.front().host_port == 8080);
  networks->disconnect(record, "bridge");
  BOOST_TEST(record.published.empty());
}

BOOST_AUTO_TEST_CASE(without_a_parent_there_is_no_way_out) {
  create("inside", "macvlan", {}, "10.80.0.0/24");
  BOOST_TEST(running("c", "inside").endpoints["inside"].gateway == "");
}

BOOST_AUTO_TEST_CASE(interfaces_of_ipvlan_have_their_parents_hardware_address) {
  create("lan", "ipvlan", {{"parent", "eth0"}}, "10.80.0.0/24");
  BOOST_TEST(running("c", "lan").endpoints["lan"].mac_address == "");
  domain::Endpoint own;
  own.requested_mac = "02:42:0a:50:00:99";
  ContainerRecord record = running("d");
  BOOST_TEST(fault_of([&] { networks->connect(record, "lan", own); }, Errc::invalid)
                 .find("do not support custom mac") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(where_the_host_routes_there_is_a_way_out_without_a_gateway) {
  create("lan", "ipvlan", {{"parent", "eth0"}, {"ipvlan_mode", "l3"}, {"ipvlan_flag", "private"}},
         "10.80.0.0/24");
  const auto lan = parse(runtime.last_network);
  BOOST_TEST(lan.root()["mode"].str() == "l3");
  BOOST_TEST(lan.root()["flag"].str() == "private");
  const ContainerRecord record = running("c", "lan");
  const domain::Endpoint& endpoint = record.endpoints.at("lan");
  BOOST_TEST(endpoint.ip_address == "10.80.0.1");  // no gateway takes the first
  BOOST_TEST(endpoint.gateway == "");
  BOOST_TEST(endpoint.leads_out_itself);
}

BOOST_AUTO_TEST_CASE(a_shared_parent_goes_with_its_last_network) {
  create("a", "macvlan", {{"parent", "eth0.7"}}, "10.80.0.0/24");
  create("b", "macvlan", {{"parent", "eth0.7"}}, "10.81.0.0/24");
  create("c", "macvlan", {{"parent", "eth0"}}, "10.82.0.0/24");
  notes.take();
  networks->remove("a");
  BOOST_TEST(downs() == 0);
  networks->remove("b");
  BOOST_TEST(downs() == 1);
  BOOST_TEST(fault_of(
                 [&] {
                   create("d", "macvlan", {{"parent", "eth0"}, {"macvlan_mode", "passthru"}},
                          "10.83.0.0/24");
                 },
                 Errc::permission)
                 .starts_with("cannot use mode passthru"));
}

BOOST_AUTO_TEST_SUITE_END()
