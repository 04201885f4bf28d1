#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/domain/endpoint_check.hpp"
#include "core/domain/endpoint_options.hpp"
#include "core/domain/network.hpp"
#include "core/domain/volume.hpp"

using namespace gantry::domain;
using gantry::Errc;
using gantry::Error;

namespace {

NetworkRecord user_network() {
  NetworkRecord record;
  record.name = "back";
  record.driver = "bridge";
  record.pools = {{"10.1.0.0/24", "", "10.1.0.1", {}}};
  return record;
}

std::string fault_of(const NetworkRecord& network, const Endpoint& endpoint) {
  try {
    check_endpoint(network, endpoint);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_network_record_survives_the_journal) {
  NetworkRecord record = user_network();
  record.id = std::string(64, 'c');
  record.created = 42;
  record.internal = record.attachable = true;
  record.pools = {{"10.1.0.0/24", "10.1.0.128/25", "10.1.0.1", {{"host", "10.1.0.9"}}}};
  record.options = {{"com.docker.network.driver.mtu", "1400"}};
  record.labels = {{"a", "b=\"c\""}};
  record.ipam_options.emplace();
  record.bridge = "br-cccc";
  const NetworkRecord back = network_from_journal(to_journal(record));
  BOOST_TEST(to_journal(back) == to_journal(record));
  BOOST_TEST(back.internal);
  BOOST_TEST(back.ipam_options.has_value());
  BOOST_TEST(back.pools.front().auxiliary_addresses.at("host") == "10.1.0.9");
}

BOOST_AUTO_TEST_CASE(a_gateway_is_shown_if_it_was_given_or_comes_with_a_chosen_subnet) {
  NetworkRecord record = user_network();
  IpamPool& pool = record.pools.front();
  const auto shown = [&] {
    return network_from_journal(to_journal(record)).pools[0].shows_gateway();
  };
  BOOST_TEST(shown());
  pool.gateway_chosen = true;
  BOOST_TEST(!shown());
  pool.chosen = true;
  BOOST_TEST(shown());
  pool.gateway.clear();
  BOOST_TEST(!shown());
}

BOOST_AUTO_TEST_CASE(a_network_of_an_earlier_engine_is_shown_as_before) {
  const NetworkRecord record = network_from_journal(
      R"({"id":"n","name":"back","driver":"bridge","pools":[{"subnet":"10.1.0.0/24","ip_range":"",)"
      R"("gateway":"10.1.0.1","auxiliary":{},"chosen":false}]})");
  BOOST_TEST(record.pools.front().shows_gateway());
}

BOOST_AUTO_TEST_CASE(a_volume_record_survives_the_journal) {
  VolumeRecord record;
  record.name = "data";
  record.driver = "local";
  record.created = 7;
  record.anonymous = true;
  record.labels = {{{"com.docker.volume.anonymous", ""}}};
  const VolumeRecord back = volume_from_journal(to_journal(record));
  BOOST_TEST(to_journal(back) == to_journal(record));
  BOOST_TEST(back.labels->count("com.docker.volume.anonymous") == 1u);
  BOOST_TEST(!back.options.has_value());
}

BOOST_AUTO_TEST_CASE(volume_names_are_checked_in_dockers_words) {
  BOOST_CHECK_NO_THROW(check_volume_name("my_vol-1.x"));
  const auto fault = [](const std::string& name) {
    try {
      check_volume_name(name);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  BOOST_TEST(
      fault("a b") ==
      "create a b: \"a b\" includes invalid characters for a local volume name, only "
      "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use "
      "absolute path");
  BOOST_TEST(
      fault("a") ==
      "create a: volume name is too short, names should be at least two alphanumeric characters");
  BOOST_TEST(!fault("../x").empty());
  BOOST_TEST(!fault(std::string(256, 'v')).empty());
}

BOOST_AUTO_TEST_CASE(static_addresses_and_aliases_need_a_network_of_ones_own) {
  NetworkRecord bridge = user_network();
  bridge.predefined = true;
  Endpoint endpoint;
  BOOST_TEST(fault_of(bridge, endpoint).empty());
  endpoint.aliases.emplace();  // an empty list is nothing asked for
  BOOST_TEST(fault_of(bridge, endpoint).empty());
  endpoint.aliases = {{"db"}};
  endpoint.ipv4_address = "10.1.0.5";
  BOOST_TEST(fault_of(bridge, endpoint) ==
             "invalid endpoint settings:\n"
             "* user specified IP address is supported on user defined networks only\n"
             "* network-scoped alias is supported only for containers in user defined networks");
  BOOST_TEST(fault_of(user_network(), endpoint).empty());
  endpoint.ipv6_address = "::ffff:10.1.0.5";
  BOOST_TEST(fault_of(user_network(), endpoint) ==
             "invalid endpoint settings:\ninvalid IPv6 address: ::ffff:10.1.0.5");
  endpoint.ipv6_address.clear();
  endpoint.ipv4_address = "10.2.0.5";
  BOOST_TEST(fault_of(user_network(), endpoint) ==
             "invalid endpoint settings:\nno configured subnet or ip-range contain the IP address "
             "10.2.0.5");
  endpoint.ipv4_address = "10.1.0.500";
  BOOST_TEST(fault_of(user_network(), endpoint) ==
             "invalid endpoint settings:\ninvalid IPv4 address: 10.1.0.500");
  endpoint.ipv4_address.clear();
  endpoint.requested_mac = "nonsense";
  BOOST_TEST(fault_of(user_network(), endpoint) == "invalid MAC address nonsense");
}

BOOST_AUTO_TEST_CASE(static_addresses_need_a_subnet_that_the_client_chose) {
  NetworkRecord network = user_network();
  Endpoint endpoint;
  endpoint.ipv6_address = "fd00::5";
  const std::string none =
      "invalid endpoint settings:\nuser specified IP address is supported only when connecting to "
      "networks with user configured subnets";
  BOOST_TEST(fault_of(network, endpoint) == none);
  network.enable_ipv6 = true;
  network.pools.push_back({"fd00::/64", "", "fd00::1", {}, true});
  BOOST_TEST(fault_of(network, endpoint) == none);
  network.pools.back().chosen = false;
  BOOST_TEST(fault_of(network, endpoint).empty());
  endpoint.ipv6_address = "10.1.0.5";
  BOOST_TEST(fault_of(network, endpoint) ==
             "invalid endpoint settings:\ninvalid IPv6 address: 10.1.0.5");
}

BOOST_AUTO_TEST_CASE(static_addresses_may_be_of_a_configured_subnet_that_is_not_used) {
  NetworkRecord network = user_network();
  network.pools.push_back({"fd00::/64", "", "", {}, false});
  Endpoint endpoint;
  endpoint.ipv6_address = "fd00::5";
  BOOST_TEST(fault_of(network, endpoint).empty());
  endpoint.ipv6_address = "fd01::5";
  BOOST_TEST(fault_of(network, endpoint) ==
             "invalid endpoint settings:\nno configured subnet or ip-range contain the IP address "
             "fd01::5");
}

BOOST_AUTO_TEST_CASE(settings_of_an_interface_name_it_by_a_placeholder) {
  Endpoint endpoint;
  std::string& sysctls = endpoint.driver_opts.emplace()["com.docker.network.endpoint.sysctls"];
  sysctls = "net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.ifname.hop_limit=9";
  BOOST_TEST(fault_of(user_network(), endpoint).empty());
  BOOST_TEST(endpoint_sysctls(endpoint).size() == 2u);
  for (const char* bad : {"net.ipv4.conf.eth0.log_martians=1", "net.core.IFNAME.x=1",
                          "net.ipv4.conf.IFNAME.log_martians", "net.ipv4.conf.IFNAME.a/b=1"}) {
    sysctls = bad;
    BOOST_TEST(
        fault_of(user_network(), endpoint)
            .starts_with("invalid endpoint settings:\nunrecognised network interface sysctl '"),
        bad);
  }
}

BOOST_AUTO_TEST_CASE(names_on_user_networks_are_name_aliases_short_id_and_hostname) {
  ContainerRecord record;
  record.id = "0123456789abcdef0123";
  record.name = "web";
  record.config.hostname = "0123456789ab";
  Endpoint endpoint;
  endpoint.aliases = {{"www", "web"}};
  const auto names = dns_names_of(user_network(), record, endpoint);
  BOOST_REQUIRE(names.has_value());
  BOOST_TEST(*names == (std::vector<std::string>{"web", "www", "0123456789ab"}),
             boost::test_tools::per_element());
  NetworkRecord bridge = user_network();
  bridge.predefined = true;
  BOOST_TEST(!dns_names_of(bridge, record, endpoint).has_value());
}
