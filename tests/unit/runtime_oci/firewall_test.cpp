// The data plane's nftables tables: they come with who uses them, go with the last, and are made
// again when somebody removes them.
#include "data_plane_fixture.hpp"

using namespace gantry::oci;

BOOST_FIXTURE_TEST_SUITE(firewall, DataPlaneFixture)

BOOST_AUTO_TEST_CASE(the_tables_go_with_the_last_who_uses_them) {
  {
    DataPlane other("gantry-other");
    other.network_up(network("gt0", 0));
    BOOST_TEST(has_table("gantry-other"));
  }
  BOOST_TEST(has_table("gantry-other"));  // it holds a network
  {
    DataPlane other("gantry-other");
    other.network_down(network("gt0", 0));
    BOOST_TEST(has_table("gantry-other"));
  }
  BOOST_TEST(!has_table("gantry-other"));
  BOOST_TEST(!has_interface("gt0"));  // what was begun is done before the object ends
}

BOOST_AUTO_TEST_CASE(a_flushed_ruleset_is_made_again) {
  plane.network_up(network("gt0", 0));
  apply_ruleset("delete table ip gantry-test\n");
  plane.network_up(network("gt0", 0));
  BOOST_TEST(list_set_interfaces("gantry-test", "bridges")->size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_ruleset_that_is_flushed_while_it_is_made_again_is_made_once_more) {
  plane.network_up(network("gt0", 0));
  const auto reserved = reserve_ports(parse_ports(ports_json("", 8080, 80, "10.99.0.2")));
  int flushes = 3;
  plane.when_rules_are_made([&] {
    if (flushes-- > 0) apply_ruleset("delete table ip gantry-test\n");
  });
  apply_ruleset("delete table ip gantry-test\n");
  plane.with_rules([&] { ports.add(reserved); });
  BOOST_TEST(list_elements("gantry-test", "any_ports")->size() == 1u);
  BOOST_TEST(list_set_interfaces("gantry-test", "bridges")->size() == 1u);
  flushes = 1000;  // some time it is enough
  apply_ruleset("delete table ip gantry-test\n");
  BOOST_CHECK_EXCEPTION(plane.with_rules([&] { ports.add(reserved); }), Error,
                        [](const Error& error) { return error.os_errno() == ENOENT; });
  plane.when_rules_are_made([] {});
}

BOOST_AUTO_TEST_CASE(a_dropping_forward_chain_is_reported) {
  BOOST_TEST(forward_warnings("gantry-test").empty());
  apply_ruleset(
      "add table ip others\n"
      "add chain ip others FORWARD { type filter hook forward priority 0; policy drop; }\n");
  const auto warnings = forward_warnings("gantry-test");
  BOOST_TEST_REQUIRE(warnings.size() == 1u);
  BOOST_TEST(warnings[0].find("FORWARD of the nftables table others") != std::string::npos);
  BOOST_TEST(forward_warnings("others").empty());
  apply_ruleset("delete table ip others\n");
}

BOOST_AUTO_TEST_SUITE_END()
