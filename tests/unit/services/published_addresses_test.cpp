// Which addresses published ports lead to, and which gateway modes leave the host's ports alone.
#include "core/services/networks/published_addresses.hpp"

#include "networks_fixture.hpp"

using namespace gantry;
using namespace gantry::test;
using domain::PublishedPort;
using services::PublishedAddresses;

namespace {

const char kMode4[] = "com.docker.network.bridge.gateway_mode_ipv4";
const char kMode6[] = "com.docker.network.bridge.gateway_mode_ipv6";
const char kTrusted[] = "com.docker.network.bridge.trusted_host_interfaces";

struct Published : NetworksFixture {
  void create(const std::string& name, std::map<std::string, std::string> options,
              bool ipv6 = false) {
    domain::NetworkRequest r = request(name);
    r.options = std::move(options);
    r.enable_ipv6 = ipv6;
    networks->create(r);
  }
  ContainerRecord publishing(const std::string& network, const std::string& host_ip,
                             const std::string& host_port) {
    ContainerRecord record = running("c", network);
    record.host_config.port_bindings = {{"80/tcp", {{host_ip, host_port}}}};
    networks->publish(record);
    return record;
  }
  /// "open 172.18.0.2:80" or "8080 172.18.0.2:80" of each item the runtime was told last.
  std::set<std::string> told() {
    std::set<std::string> items;
    const auto document = parse(runtime.last_ports);
    document.root().each_item([&](json::Node port) {
      const std::string to =
          port["container_ip"].str() + ":" + std::to_string(port["container_port"].i64());
      items.insert(port["open"].boolean() ? "open " + to
                                          : std::to_string(port["host_port"].i64()) + " " + to);
    });
    return items;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(published_addresses, Published)

BOOST_AUTO_TEST_CASE(each_open_port_stands_once_and_in_its_family) {
  PublishedAddresses addresses;
  addresses.open = {"10.0.0.2", "fd00::2", "10.1.0.2"};
  const std::vector<PublishedPort> ports = {
      {80, "tcp", "0.0.0.0", 8080}, {80, "tcp", "127.0.0.1", 8081}, {53, "udp", "::", 0}};
  const auto open = services::open_ports(ports, addresses);
  BOOST_REQUIRE(open.size() == 3u);
  BOOST_TEST((open[0] == services::OpenPort{"tcp", "10.0.0.2", 80}));
  BOOST_TEST((open[1] == services::OpenPort{"tcp", "10.1.0.2", 80}));
  BOOST_TEST((open[2] == services::OpenPort{"udp", "fd00::2", 53}));
}

BOOST_AUTO_TEST_CASE(a_routed_network_takes_no_port_of_the_host) {
  create("r", {{kMode4, "routed"}});
  ContainerRecord record = publishing("r", "", "8080");
  BOOST_REQUIRE(record.published.size() == 1u);
  BOOST_TEST(record.published[0].host_port == 0);
  BOOST_TEST(record.published[0].host_ip == "0.0.0.0");
  BOOST_TEST((told() == std::set<std::string>{"open " + record.endpoints["r"].ip_address + ":80"}));
  // It is free for others, also after a restart.
  open();
  networks->adopt(record);
  ContainerRecord other = running("d");
  other.host_config.port_bindings = {{"80/tcp", {{"127.0.0.1", "8080"}}}};
  networks->publish(other);
  BOOST_TEST(other.published.front().host_port == 8080);
}

BOOST_AUTO_TEST_CASE(each_family_has_its_own_mode) {
  create("r", {{kMode6, "routed"}}, true);
  const ContainerRecord record = publishing("r", "0.0.0.0", "8080");
  BOOST_TEST(
      (told() == std::set<std::string>{"8080 " + record.endpoints.at("r").ip_address + ":80"}));
  ContainerRecord six = running("d", "r");
  six.host_config.port_bindings = {{"80/tcp", {{"::", ""}}}, {"81/tcp", {{"::", "8080"}}}};
  networks->publish(six);
  const std::string address = six.endpoints.at("r").ip6_address;
  BOOST_TEST(
      (told() == std::set<std::string>{"open " + address + ":80", "open " + address + ":81"}));
  for (const PublishedPort& port : six.published) BOOST_TEST(port.host_port == 0);
}

BOOST_AUTO_TEST_CASE(trusted_interfaces_open_what_is_published_as_well) {
  create("t", {{kTrusted, "eth1:wg0"}});
  const ContainerRecord record = publishing("t", "127.0.0.1", "8080");
  const std::string address = record.endpoints.at("t").ip_address;
  BOOST_TEST(
      (told() == std::set<std::string>{"8080 " + address + ":80", "open " + address + ":80"}));
  const auto document = parse(runtime.last_network);
  BOOST_TEST((document.root()["trusted"].strings() == std::vector<std::string>{"eth1", "wg0"}));
}

BOOST_AUTO_TEST_CASE(a_network_joined_later_opens_ports_and_closes_them) {
  create("a", {});
  create("r", {{kMode4, "routed"}});
  ContainerRecord record = publishing("a", "127.0.0.1", "8080");
  const std::string address = record.endpoints.at("a").ip_address;
  notes.take();
  networks->connect(record, "r", {});
  const std::string open = record.endpoints.at("r").ip_address;
  // What is there goes on: no connection is lost.
  BOOST_TEST((told() == std::set<std::string>{"open " + open + ":80"}));
  const auto seen = notes.take();
  BOOST_TEST((std::find(seen.begin(), seen.end(), "unpublish") == seen.end()));
  networks->disconnect(record, "r");
  BOOST_TEST((told() == std::set<std::string>{"8080 " + address + ":80"}));
}

BOOST_AUTO_TEST_CASE(ports_follow_a_way_out_of_another_mode) {
  create("a", {});
  create("r", {{kMode4, "routed"}});
  ContainerRecord record = publishing("a", "127.0.0.1", "8080");
  domain::Endpoint first;
  first.gw_priority = 10;
  networks->connect(record, "r", first);
  BOOST_REQUIRE(record.published.size() == 1u);
  BOOST_TEST(record.published[0].host_port == 0);
  BOOST_TEST((told() == std::set<std::string>{"open " + record.endpoints["r"].ip_address + ":80"}));
  networks->disconnect(record, "r");
  BOOST_REQUIRE(record.published.size() == 1u);
  BOOST_TEST(record.published[0].host_port == 8080);
}

BOOST_AUTO_TEST_CASE(a_connection_that_costs_a_port_is_not_made) {
  create("a", {});
  create("r", {{kMode4, "routed"}});
  ContainerRecord record = publishing("r", "127.0.0.1", "8080");
  ContainerRecord other = running("d", "a");
  other.host_config.port_bindings = {{"80/tcp", {{"127.0.0.1", "8080"}}}};
  networks->publish(other);
  domain::Endpoint first;
  first.gw_priority = 10;
  const std::string address = record.endpoints["r"].ip_address;
  for (int i = 0; i < 2; ++i) {
    runtime.last_ports = "[]";
    BOOST_TEST(fault_of([&] { networks->connect(record, "a", first); }, Errc::internal)
                   .ends_with("port is already allocated"));
    BOOST_TEST(record.endpoints.count("a") == 0u);
    BOOST_TEST((told() == std::set<std::string>{"open " + address + ":80"}));
  }
  networks->take_down(other);
  networks->connect(record, "a", first);
  BOOST_TEST(record.published.front().host_port == 8080);
}

BOOST_AUTO_TEST_CASE(leaving_a_network_succeeds_whatever_the_ports_do) {
  create("a", {});
  create("r", {{kMode4, "routed"}});
  ContainerRecord record = publishing("a", "127.0.0.1", "8080");
  domain::Endpoint first;
  first.gw_priority = 10;
  networks->connect(record, "r", first);
  ContainerRecord other = running("d", "a");
  other.host_config.port_bindings = {{"80/tcp", {{"127.0.0.1", "8080"}}}};
  networks->publish(other);
  notes.take();
  networks->disconnect(record, "r");
  BOOST_TEST(record.endpoints.count("r") == 0u);
  BOOST_TEST(record.published.empty());
  const auto seen = notes.take();
  const auto last = std::find_if(seen.rbegin(), seen.rend(), [](const std::string& note) {
    return note == "publish" || note == "unpublish";
  });
  BOOST_TEST_REQUIRE((last != seen.rend()));
  BOOST_TEST(*last == "unpublish");
}

BOOST_AUTO_TEST_CASE(a_daemon_that_died_in_a_connection_leaves_no_opening) {
  create("a", {});
  create("r", {{kMode4, "routed"}});
  const ContainerRecord before = publishing("a", "127.0.0.1", "8080");
  ContainerRecord record = before;
  const services::MembershipIntent intent = networks->plan_connect(record, "r", {});
  networks->connect(record, "r", {});
  open();
  networks->adopt(before);
  notes.take();
  networks->repair(before, intent);
  const auto seen = notes.take();
  BOOST_TEST((std::find(seen.begin(), seen.end(), "unpublish") != seen.end()));
  const std::string address = before.endpoints.at("a").ip_address;
  BOOST_TEST((told() == std::set<std::string>{"8080 " + address + ":80"}));
}

BOOST_AUTO_TEST_CASE(ports_go_to_the_addresses_that_the_next_way_out_binds) {
  create("a", {});
  create("bound", {{"com.docker.network.bridge.host_binding_ipv4", "127.0.0.1"}});
  ContainerRecord record = publishing("a", "", "8080");
  networks->connect(record, "bound", {});
  BOOST_TEST(record.published.front().host_ip == "0.0.0.0");
  networks->disconnect(record, "a");
  BOOST_REQUIRE(record.published.size() == 1u);
  BOOST_TEST(record.published[0].host_ip == "127.0.0.1");
  BOOST_TEST(record.published[0].host_port == 8080);
}

BOOST_AUTO_TEST_CASE(ports_follow_to_a_network_of_the_other_family) {
  create("a", {});
  domain::NetworkRequest six = request("six");
  six.enable_ipv4 = false;
  six.enable_ipv6 = true;
  networks->create(six);
  ContainerRecord record = publishing("a", "", "8080");
  networks->connect(record, "six", {});
  const bool has_ipv6 = record.published.size() == 2u;
  networks->disconnect(record, "a");
  BOOST_TEST(record.published.empty() != has_ipv6);
  for (const PublishedPort& port : record.published) BOOST_TEST(port.host_ip == "::");
  networks->connect(record, "a", {});
  BOOST_TEST(record.published.front().host_ip == "0.0.0.0");
}

BOOST_AUTO_TEST_CASE(ports_that_found_no_way_out_get_one_later) {
  create("a", {});
  domain::NetworkRequest inner = request("inner");
  inner.internal = true;
  networks->create(inner);
  ContainerRecord record = publishing("inner", "127.0.0.1", "8080");
  BOOST_TEST(record.published.empty());
  networks->connect(record, "a", {});
  BOOST_REQUIRE(record.published.size() == 1u);
  BOOST_TEST(record.published[0].host_port == 8080);
}

BOOST_AUTO_TEST_CASE(a_runtime_that_cannot_open_ports_is_not_asked_to) {
  create("r", {{kMode4, "routed"}});
  for (const bool publishes : {true, false}) {
    runtime.publishes = publishes;
    opens_ports = false;
    open();
    ContainerRecord record = running("c", "r");
    record.host_config.port_bindings = {{"80/tcp", {{"", "8080"}}}};
    notes.take();
    BOOST_TEST(
        fault_of([&] { networks->publish(record); }, Errc::unsupported).find("cannot open ports") !=
        std::string::npos);
    BOOST_TEST(notes.take().empty());
    networks->take_down(record);
  }
}

BOOST_AUTO_TEST_SUITE_END()
