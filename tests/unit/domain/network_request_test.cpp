#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/domain/bridge_options.hpp"
#include "core/domain/network_request_check.hpp"

using namespace gantry::domain;
using gantry::Errc;
using gantry::Error;

namespace {

NetworkRequest request() {
  NetworkRequest r;
  r.name = "back";
  return r;
}

std::string fault_of(const NetworkRequest& r, Errc code) {
  try {
    check_network_request(r);
  } catch (const Error& error) {
    BOOST_CHECK(error.code() == code);
    return error.what();
  }
  return "none";
}

}  // namespace

BOOST_AUTO_TEST_CASE(options_of_the_bridge_driver_are_read) {
  const BridgeOptions options =
      parse_bridge_options({{"com.docker.network.bridge.name", "br7"},
                            {"com.docker.network.bridge.enable_icc", "false"},
                            {"com.docker.network.bridge.enable_ip_masquerade", "0"},
                            {"com.docker.network.bridge.inhibit_ipv4", "T"},
                            {"com.docker.network.bridge.gateway_mode_ipv6", "nat-unprotected"},
                            {"com.docker.network.driver.mtu", "1400"},
                            {"com.docker.network.host_ipv4", "192.0.2.1"},
                            {"com.docker.network.container_iface_prefix", "net"},
                            {"org.example.note", "mine"}});
  BOOST_TEST(options.bridge == "br7");
  BOOST_TEST(!options.icc);
  BOOST_TEST(!options.masquerade);
  BOOST_TEST(options.inhibit_ipv4);
  BOOST_CHECK(options.mode4 == GatewayMode::nat);
  BOOST_CHECK(options.mode6 == GatewayMode::nat_unprotected);
  BOOST_TEST(options.mtu.value() == 1400u);
  BOOST_TEST(options.host_ipv4 == "192.0.2.1");
  BOOST_TEST(options.interface_prefix == "net");
  BOOST_TEST(!parse_bridge_options({}).mtu.has_value());
}

BOOST_AUTO_TEST_CASE(a_value_that_an_option_cannot_have_is_named) {
  const auto fault = [](const char* option, const char* value) {
    NetworkRequest r = request();
    r.options = {{option, value}};
    return fault_of(r, Errc::invalid);
  };
  BOOST_TEST(fault("com.docker.network.bridge.enable_icc", "maybe") ==
             "failed to parse com.docker.network.bridge.enable_icc value: maybe "
             "(strconv.ParseBool: parsing \"maybe\": invalid syntax)");
  BOOST_TEST(fault("com.docker.network.driver.mtu", "big") ==
             "failed to parse com.docker.network.driver.mtu value: big "
             "(strconv.Atoi: parsing \"big\": invalid syntax)");
  BOOST_TEST(fault("com.docker.network.driver.mtu", "-1") == "invalid MTU number: -1");
  BOOST_TEST(fault("com.docker.network.bridge.host_binding_ipv4", "here") ==
             "failed to parse com.docker.network.bridge.host_binding_ipv4 value: here (nil ip)");
  BOOST_TEST(fault("com.docker.network.bridge.gateway_mode_ipv4", "odd") ==
             "failed to parse com.docker.network.bridge.gateway_mode_ipv4 value: odd "
             "(unknown gateway mode odd)");
  BOOST_TEST(fault("com.docker.network.bridge.name", "a/b").starts_with("failed to parse"));
  BOOST_TEST(fault("com.docker.network.bridge.trusted_host_interfaces", "eth0:a b") ==
             "failed to parse com.docker.network.bridge.trusted_host_interfaces value: eth0:a b "
             "(not an interface name)");
  BOOST_TEST(fault("com.docker.network.enable_ipv6", "x") ==
             "driver-opt \"com.docker.network.enable_ipv6\" is not a valid bool");
}

BOOST_AUTO_TEST_CASE(families_are_chosen_by_field_then_by_option) {
  NetworkRequest r = request();
  BOOST_TEST(wants_ipv4(r));
  BOOST_TEST(!wants_ipv6(r));
  r.options = {{kOptionEnableIpv4, "false"}, {kOptionEnableIpv6, "true"}};
  BOOST_TEST(!wants_ipv4(r));
  BOOST_TEST(wants_ipv6(r));
  r.enable_ipv4 = true;
  r.enable_ipv6 = false;
  BOOST_TEST(wants_ipv4(r));
  BOOST_TEST(!wants_ipv6(r));
  r.enable_ipv4 = false;
  BOOST_TEST(fault_of(r, Errc::invalid) == "IPv4 or IPv6 must be enabled");
}

BOOST_AUTO_TEST_CASE(networks_beside_the_host_may_be_without_addresses) {
  NetworkRequest r = request();
  r.enable_ipv4 = r.enable_ipv6 = false;
  for (const char* driver : {"macvlan", "ipvlan"}) {
    r.driver = driver;
    BOOST_TEST(fault_of(r, Errc::invalid) == "none");
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_made_is_refused_in_dockers_words) {
  NetworkRequest r = request();
  BOOST_TEST(fault_of(r, Errc::invalid) == "none");
  r.driver = "host";
  BOOST_TEST(fault_of(r, Errc::permission) == "only one instance of \"host\" network is allowed");
  r.driver = "ipvlan";
  r.options = {{"ipvlan_mode", "l4"}};
  BOOST_TEST(fault_of(r, Errc::invalid) ==
             "requested ipvlan mode 'l4' is not valid, 'l2' mode is the ipvlan driver default");
  r = request();
  r.options = {{"com.docker.network.bridge.gateway_mode_ipv4", "isolated"}};
  BOOST_TEST(fault_of(r, Errc::internal) ==
             "gateway mode 'isolated' can only be used for an internal network");
  r.internal = true;
  BOOST_TEST(fault_of(r, Errc::internal) == "none");
  r = request();
  r.options = {{"com.docker.network.bridge.gateway_mode_ipv4", "routed"}};
  BOOST_TEST(fault_of(r, Errc::invalid) == "none");
  r = request();
  r.config_only = r.internal = true;
  BOOST_TEST(fault_of(r, Errc::permission).starts_with("configuration network can only contain"));
  r = request();
  r.config_from = "base";
  r.labels = {{"a", "b"}};
  BOOST_TEST(fault_of(r, Errc::permission).starts_with("user specified configurations are not"));
}
