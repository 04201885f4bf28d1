#include "core/ports/port_request.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"

using namespace gantry;
using ports::port_requests;

namespace {

const std::vector<std::string> kAny = {"0.0.0.0", "::"};

}  // namespace

BOOST_AUTO_TEST_CASE(bindings_become_requests_in_the_order_of_container_ports) {
  domain::HostConfig hc;
  hc.port_bindings = {{"443/tcp", {{"", "8443"}}},
                      {"80/tcp", {{"127.0.0.1", "8080"}, {"", ""}}},
                      {"53/udp", {{"[::1]", "5300-5310"}}}};
  const auto requests = port_requests({}, hc, kAny);
  BOOST_REQUIRE(requests.size() == 4u);
  BOOST_TEST(requests[0].container_port == 53);
  BOOST_TEST(requests[0].protocol == "udp");
  BOOST_TEST(requests[0].host_ips.front() == "::1");
  BOOST_TEST(requests[0].first == 5300);
  BOOST_TEST(requests[0].last == 5310);
  BOOST_TEST(requests[1].container_port == 80);
  BOOST_TEST(requests[1].host_ips.size() == 1u);
  BOOST_TEST(requests[1].fixed());
  BOOST_TEST(requests[2].first == 0);
  BOOST_TEST(requests[2].host_ips == kAny, boost::test_tools::per_element());
  BOOST_TEST(requests[3].container_port == 443);
}

BOOST_AUTO_TEST_CASE(a_port_without_a_binding_gets_any_and_publish_all_takes_the_exposed_ones) {
  domain::Config config;
  config.exposed_ports = {"80/tcp", "81/tcp", "82/udp"};
  domain::HostConfig hc;
  hc.port_bindings = {{"80/tcp", {{"", "8080"}}}, {"81/tcp", {}}};
  BOOST_TEST(port_requests(config, hc, kAny).size() == 2u);
  hc.publish_all = true;
  const auto requests = port_requests(config, hc, kAny);
  BOOST_REQUIRE(requests.size() == 3u);
  BOOST_TEST(requests[0].first == 8080);
  BOOST_TEST(requests[1].first == 0);
  BOOST_TEST(requests[2].protocol == "udp");
}

BOOST_AUTO_TEST_CASE(host_ports_that_are_none_are_refused) {
  for (const char* spec : {"99999", "x", "10-5", "-1", "80-", "1-2-3"}) {
    domain::HostConfig hc;
    hc.port_bindings = {{"80/tcp", {{"", spec}}}};
    BOOST_CHECK_EXCEPTION(port_requests({}, hc, kAny), Error, [&](const Error& e) {
      return std::string(e.what()) == "invalid port specification: \"" + std::string(spec) + "\"";
    });
  }
}
