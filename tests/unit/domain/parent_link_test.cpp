// Options of the drivers macvlan and ipvlan.
#include "core/domain/parent_link.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"

using namespace gantry;
using namespace gantry::domain;

namespace {

using Options = std::map<std::string, std::string>;

std::string fault(const std::string& driver, const Options& options, Errc code = Errc::invalid) {
  try {
    parse_parent_link(driver, options);
  } catch (const Error& error) {
    BOOST_CHECK(error.code() == code);
    return error.what();
  }
  return "none";
}

NetworkRecord network(const std::string& id, const Options& options) {
  NetworkRecord record;
  record.id = id;
  record.driver = "macvlan";
  record.options = options;
  return record;
}

std::string sharing_fault(const Options& a, const Options& b) {
  try {
    check_shared_parent(network("a", a), network("b", b));
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parent_link)

BOOST_AUTO_TEST_CASE(modes_have_defaults_and_bad_ones_are_named) {
  BOOST_TEST(parse_parent_link("macvlan", {}).mode == "bridge");
  BOOST_TEST(parse_parent_link("ipvlan", {}).mode == "l2");
  const ParentLink link = parse_parent_link(
      "macvlan",
      {{"parent", "eth0.10"}, {"macvlan_mode", "vepa"}, {"com.docker.network.driver.mtu", "1400"}});
  BOOST_TEST(link.parent == "eth0.10");
  BOOST_TEST(link.mode == "vepa");
  BOOST_TEST(link.mtu.value_or(0) == 1400u);
  BOOST_TEST(
      fault("macvlan", {{"macvlan_mode", "odd"}}) ==
      "requested macvlan mode 'odd' is not valid, 'bridge' mode is the macvlan driver default");
  BOOST_TEST(fault("ipvlan", {{"ipvlan_mode", "l9"}}) ==
             "requested ipvlan mode 'l9' is not valid, 'l2' mode is the ipvlan driver default");
  BOOST_TEST(fault("ipvlan", {{"ipvlan_flag", "x"}}) ==
             "requested ipvlan flag 'x' is not valid, 'bridge' is the ipvlan driver default");
  BOOST_TEST(parse_parent_link("ipvlan", {}).flag == "bridge");
  const ParentLink routed =
      parse_parent_link("ipvlan", {{"ipvlan_mode", "l3s"}, {"ipvlan_flag", "vepa"}});
  BOOST_TEST(routed.mode == "l3s");
  BOOST_TEST(routed.flag == "vepa");
  BOOST_TEST(fault("macvlan", {{"parent", "lo"}}) ==
             "loopback interface is not a valid macvlan parent link");
  BOOST_TEST(fault("macvlan", {{"parent", "a b"}}) ==
             "parent interface \"a b\" is not an interface name");
  BOOST_TEST(fault("macvlan", {{"parent", "longer-than-fifteen"}}).starts_with("parent interface"));
}

BOOST_AUTO_TEST_CASE(without_a_parent_or_inside_the_host_it_has_an_interface_of_its_own) {
  NetworkRecord record = network("0123456789abcdef", {});
  BOOST_TEST(parent_interface(record) == "dm-0123456789ab");
  BOOST_TEST(!record.leads_outside());
  record.options = {{"parent", "eth0"}};
  BOOST_TEST(parent_interface(record) == "eth0");
  BOOST_TEST(record.leads_outside());
  record.internal = true;
  BOOST_TEST(parent_interface(record) == "dm-0123456789ab");
  BOOST_TEST(!record.leads_outside());
}

BOOST_AUTO_TEST_CASE(a_parent_is_shared_unless_one_has_it_for_itself) {
  const Options plain = {{"parent", "eth0"}},
                alone = {{"parent", "eth0"}, {"macvlan_mode", "passthru"}};
  BOOST_TEST(sharing_fault(plain, plain) == "none");
  BOOST_TEST(sharing_fault(alone, {{"parent", "eth1"}}) == "none");
  BOOST_TEST(sharing_fault(alone, plain) ==
             "cannot use mode passthru, macvlan network b is already using parent interface eth0");
  BOOST_TEST(sharing_fault(plain, alone) ==
             "macvlan network b is already using parent interface eth0 in mode passthru");
}

BOOST_AUTO_TEST_CASE(mode_and_flag_of_ipvlan_are_the_parents) {
  const auto fault = [](const Options& a, const Options& b) {
    NetworkRecord first = network("a", a), second = network("b", b);
    first.driver = second.driver = "ipvlan";
    try {
      check_shared_parent(first, second);
    } catch (const Error& error) {
      BOOST_CHECK(error.code() == Errc::permission);
      return std::string(error.what());
    }
    return std::string("none");
  };
  const Options plain = {{"parent", "eth0"}}, routed = {{"parent", "eth0"}, {"ipvlan_mode", "l3"}},
                closed = {{"parent", "eth0"}, {"ipvlan_mode", "l3"}, {"ipvlan_flag", "private"}};
  BOOST_TEST(fault(plain, plain) == "none");
  BOOST_TEST(fault(closed, closed) == "none");
  BOOST_TEST(fault(routed, {{"parent", "eth1"}}) == "none");
  BOOST_TEST(fault(routed, plain) ==
             "ipvlan network b is already using parent interface eth0 in mode l2 with flag bridge");
  BOOST_TEST(
      fault(routed, closed) ==
      "ipvlan network b is already using parent interface eth0 in mode l3 with flag private");
}

BOOST_AUTO_TEST_SUITE_END()
