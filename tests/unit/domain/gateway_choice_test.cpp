#include "core/domain/gateway_choice.hpp"

#include <boost/test/unit_test.hpp>

using namespace gantry::domain;

namespace {

Endpoint endpoint(const char* gateway, const char* gateway6 = "", int priority = 0) {
  Endpoint e;
  e.gateway = gateway;
  e.gateway6 = gateway6;
  e.gw_priority = priority;
  return e;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_way_out_is_chosen_in_dockers_order) {
  std::map<std::string, Endpoint> endpoints;
  BOOST_TEST(gateway_endpoint(endpoints, IpFamily::v4).empty());
  endpoints["a-internal"] = endpoint("");
  BOOST_TEST(gateway_endpoint(endpoints, IpFamily::v4).empty());
  endpoints["c"] = endpoint("10.3.0.1");
  endpoints["b"] = endpoint("10.2.0.1");
  BOOST_TEST(gateway_endpoint(endpoints, IpFamily::v4) == "b");  // by name
  BOOST_TEST(gateway_endpoint(endpoints, IpFamily::v6).empty());
  endpoints["d"] = endpoint("10.4.0.1", "fd00::1");
  BOOST_TEST(gateway_endpoint(endpoints, IpFamily::v4) == "d");  // both families
  BOOST_TEST(gateway_endpoint(endpoints, IpFamily::v6) == "d");
  endpoints["c"].gw_priority = 1;
  BOOST_TEST(gateway_endpoint(endpoints, IpFamily::v4) == "c");
  BOOST_TEST(gateway_endpoint(endpoints, IpFamily::v6) == "d");  // each family has its own
  endpoints["d"].gw_priority = -1;
  endpoints["c"].gw_priority = 0;
  BOOST_TEST(gateway_endpoint(endpoints, IpFamily::v4) == "b");
}

BOOST_AUTO_TEST_CASE(an_interface_that_leads_out_itself_is_one_unless_there_is_a_gateway) {
  std::map<std::string, Endpoint> endpoints;
  endpoints["a"].leads_out_itself = true;
  endpoints["a"].ip_address = "10.9.0.2";
  BOOST_TEST(gateway_endpoint(endpoints, IpFamily::v4) == "a");
  BOOST_TEST(gateway_endpoint(endpoints, IpFamily::v6).empty());
  endpoints["b"] = endpoint("10.2.0.1");
  BOOST_TEST(gateway_endpoint(endpoints, IpFamily::v4) == "b");
  endpoints["a"].gw_priority = 1;
  BOOST_TEST(gateway_endpoint(endpoints, IpFamily::v4) == "a");
}
