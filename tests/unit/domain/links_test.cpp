#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/domain/endpoint_link.hpp"
#include "core/domain/link_environment.hpp"

using namespace gantry::domain;

BOOST_AUTO_TEST_CASE(links_are_read_in_all_of_dockers_spellings) {
  for (const char* text : {"db:sql", "/db:sql", "/db:/web/sql"}) {
    const EndpointLink link = parse_endpoint_link(text);
    BOOST_TEST(link.name == "db");
    BOOST_TEST(link.alias == "sql");
  }
  BOOST_TEST(parse_endpoint_link("db").alias == "db");
  BOOST_CHECK_THROW(parse_endpoint_link(""), gantry::Error);
  BOOST_CHECK_THROW(parse_endpoint_link("a:b:c"), gantry::Error);
}

BOOST_AUTO_TEST_CASE(a_link_brings_variables_for_name_ports_and_environment) {
  Config config;
  config.exposed_ports = {"8080/tcp", "53/udp", "53/tcp", "8081/tcp"};
  config.env = {"PATH=/bin", "MODE=a=b", "HOME=/", "BARE"};
  const std::vector<std::string> expected = {
      "MY_DB_PORT=tcp://172.17.0.2:53",
      "MY_DB_PORT_53_TCP=tcp://172.17.0.2:53",
      "MY_DB_PORT_53_TCP_ADDR=172.17.0.2",
      "MY_DB_PORT_53_TCP_PORT=53",
      "MY_DB_PORT_53_TCP_PROTO=tcp",
      "MY_DB_PORT_53_UDP=udp://172.17.0.2:53",
      "MY_DB_PORT_53_UDP_ADDR=172.17.0.2",
      "MY_DB_PORT_53_UDP_PORT=53",
      "MY_DB_PORT_53_UDP_PROTO=udp",
      "MY_DB_PORT_8080_TCP=tcp://172.17.0.2:8080",
      "MY_DB_PORT_8080_TCP_ADDR=172.17.0.2",
      "MY_DB_PORT_8080_TCP_PORT=8080",
      "MY_DB_PORT_8080_TCP_PROTO=tcp",
      "MY_DB_PORT_8081_TCP=tcp://172.17.0.2:8081",
      "MY_DB_PORT_8081_TCP_ADDR=172.17.0.2",
      "MY_DB_PORT_8081_TCP_PORT=8081",
      "MY_DB_PORT_8081_TCP_PROTO=tcp",
      "MY_DB_PORT_8080_TCP_START=tcp://172.17.0.2:8080",
      "MY_DB_PORT_8080_TCP_PORT_START=8080",
      "MY_DB_PORT_8080_TCP_END=tcp://172.17.0.2:8081",
      "MY_DB_PORT_8080_TCP_PORT_END=8081",
      "MY_DB_NAME=/web/my-db",
      "MY_DB_ENV_MODE=a=b",
  };
  BOOST_TEST(link_environment("/web/my-db", "172.17.0.2", config) == expected,
             boost::test_tools::per_element());
}
