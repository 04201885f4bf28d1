#include "core/base/host_port.hpp"

#include <boost/test/unit_test.hpp>

using gantry::split_host_port;

BOOST_AUTO_TEST_CASE(hosts_and_ports_are_taken_apart) {
  BOOST_TEST(split_host_port("127.0.0.1:2376")->host == "127.0.0.1");
  BOOST_TEST(split_host_port("127.0.0.1:2376")->port == 2376);
  BOOST_TEST(split_host_port("[fd00::1]:1")->host == "fd00::1");
  BOOST_TEST(split_host_port("some-host.lan:65535")->port == 65535);
}

BOOST_AUTO_TEST_CASE(what_is_no_host_and_port_is_nothing) {
  for (const char* text :
       {"", ":", "host", "host:", ":1", "host:0", "host:65536", "host:1x", "::1:2", "[]:1", "[::1]",
        "a/b:1", "a b:1", "[::1:2", "host:-1", "host:+1"})
    BOOST_TEST(!split_host_port(text), text);
}
