#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/domain/address_pool.hpp"
#include "core/domain/ip_address.hpp"
#include "core/domain/ipam_check.hpp"
#include "core/domain/subnet_choice.hpp"

using namespace gantry::domain;
using gantry::Errc;
using gantry::Error;

namespace {

IpPrefix prefix(const char* text) { return parse_prefix(text).value(); }
IpAddress address(const char* text) { return parse_ip(text).value(); }
std::string next(AddressPool& pool) { return pool.take_next().value().str(); }

std::string fault_of(std::vector<IpamPool> pools, bool enable_ipv6 = false) {
  try {
    check_ipam(pools, enable_ipv6);
  } catch (const Error& error) {
    BOOST_CHECK(error.code() == Errc::invalid);
    return error.what();
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_CASE(addresses_are_given_out_from_the_lowest_free_one) {
  AddressPool pool(prefix("172.17.0.0/16"), prefix("172.17.0.0/16"));
  BOOST_TEST(pool.try_take(address("172.17.0.1")));  // the gateway
  BOOST_TEST(next(pool) == "172.17.0.2");
  BOOST_TEST(next(pool) == "172.17.0.3");
  pool.release(address("172.17.0.2"));
  BOOST_TEST(next(pool) == "172.17.0.2");
  BOOST_TEST(next(pool) == "172.17.0.4");
}

BOOST_AUTO_TEST_CASE(static_addresses_are_skipped_and_may_lie_outside_the_range) {
  AddressPool pool(prefix("10.5.0.0/16"), prefix("10.5.3.0/24"));
  BOOST_TEST(pool.try_take(address("10.5.0.9")));
  BOOST_TEST(!pool.try_take(address("10.5.0.9")));
  BOOST_TEST(!pool.try_take(address("10.6.0.9")));
  BOOST_TEST(pool.try_take(address("10.5.3.1")));
  BOOST_TEST(next(pool) == "10.5.3.0");
  BOOST_TEST(next(pool) == "10.5.3.2");
}

BOOST_AUTO_TEST_CASE(network_and_broadcast_addresses_are_never_given_out) {
  AddressPool pool(prefix("10.0.0.0/30"), prefix("10.0.0.0/30"));
  BOOST_TEST(!pool.try_take(address("10.0.0.0")));
  BOOST_TEST(!pool.try_take(address("10.0.0.3")));
  BOOST_TEST(next(pool) == "10.0.0.1");
  BOOST_TEST(next(pool) == "10.0.0.2");
  BOOST_TEST(!pool.take_next().has_value());
  pool.release(address("10.0.0.1"));
  BOOST_TEST(next(pool) == "10.0.0.1");
}

BOOST_AUTO_TEST_CASE(a_pool_at_the_top_of_the_address_space_ends) {
  AddressPool pool(prefix("255.255.255.252/30"), prefix("255.255.255.252/30"));
  BOOST_TEST(pool.take_next().has_value());
  BOOST_TEST(pool.take_next().has_value());
  BOOST_TEST(!pool.take_next().has_value());
}

BOOST_AUTO_TEST_CASE(prefixes_know_what_they_contain) {
  BOOST_TEST(prefix("10.0.0.0/8").overlaps(prefix("10.9.0.0/16")));
  BOOST_TEST(prefix("10.9.0.0/16").overlaps(prefix("10.0.0.0/8")));
  BOOST_TEST(!prefix("10.9.0.0/16").overlaps(prefix("10.8.0.0/16")));
  BOOST_TEST(prefix("0.0.0.0/0").contains(address("8.8.8.8")));
  BOOST_TEST(prefix("192.168.4.0/22").str() == "192.168.4.0/22");
}

BOOST_AUTO_TEST_CASE(malformed_prefixes_and_addresses_are_refused) {
  for (const char* text :
       {"", "10.0.0.0", "10.0.0/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "a/8"})
    BOOST_TEST(!parse_cidr(text).has_value(), text);
  BOOST_TEST(!parse_prefix("10.0.0.1/8").has_value());
  for (const char* text : {"", "1.2.3", "1.2.3.256", "01.2.3.4x", "::g", "fe80::1%eth0"})
    BOOST_TEST(!parse_ip(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_mac_is_made_from_the_address) {
  BOOST_TEST(mac_from_address(address("172.17.0.2"), "net") == "02:42:ac:11:00:02");
  for (const char* same : {"92:d0:C6:0a:29:33", "92-d0-c6-0A-29-33", "92d0.c60a.2933"})
    BOOST_TEST(parse_mac(same).value_or("none") == "92:d0:c6:0a:29:33");
  for (const char* wrong : {"", "92:d0:c6:0a:29", "92:d0:c6:0a:29:33:", "92:d0-c6:0a:29:33",
                            "92:d0:c6:0a:29:3g", "92d0c60a2933", "92d0.c60a.2933.0000"})
    BOOST_TEST(!parse_mac(wrong), wrong);
  BOOST_TEST(is_interface_mac("92:d0:c6:0a:29:33"));
  BOOST_TEST(!is_interface_mac("01:00:5e:00:00:01"));
  BOOST_TEST(!is_interface_mac("00:00:00:00:00:00"));
}

BOOST_AUTO_TEST_CASE(subnets_come_from_the_pools_in_order_around_what_is_taken) {
  const auto sources = default_subnet_sources();
  BOOST_TEST(choose_subnet(sources, IpFamily::v4, {})->str() == "172.17.0.0/16");
  BOOST_TEST(choose_subnet(sources, IpFamily::v4, {prefix("172.17.0.0/16")})->str() ==
             "172.18.0.0/16");
  BOOST_TEST(
      choose_subnet(sources, IpFamily::v4, {prefix("172.17.5.0/24"), prefix("172.18.0.0/15")})
          ->str() == "172.20.0.0/16");
  BOOST_TEST(choose_subnet(sources, IpFamily::v4, {prefix("172.16.0.0/12")})->str() ==
             "192.168.0.0/20");
  BOOST_TEST(
      choose_subnet(sources, IpFamily::v4, {prefix("172.16.0.0/12"), prefix("192.168.0.0/24")})
          ->str() == "192.168.16.0/20");
  BOOST_TEST(!choose_subnet(sources, IpFamily::v4, {prefix("0.0.0.0/0")}).has_value());
}

BOOST_AUTO_TEST_CASE(pools_are_parsed_with_their_size) {
  const SubnetSource source = parse_subnet_source("10.64.0.0/10:24");
  BOOST_TEST(source.base.str() == "10.64.0.0/10");
  BOOST_TEST(source.size == 24);
  BOOST_TEST(choose_subnet({source}, IpFamily::v4, {prefix("10.64.0.0/23")})->str() ==
             "10.64.2.0/24");
  for (const char* text : {"10.0.0.0/8:4", "10.0.0.0/8:31", "10.0.0.0", "x/8:16", "10.0.0.0/8:x"})
    BOOST_CHECK_THROW(parse_subnet_source(text), Error);
}

BOOST_AUTO_TEST_CASE(faults_of_the_ipam_configuration_are_listed_in_dockers_words) {
  BOOST_TEST(
      fault_of({{"10.1.0.0/16", "10.1.2.0/24", "10.1.0.1", {{"router", "10.1.0.2"}}}}).empty());
  BOOST_TEST(fault_of({{"", "", "10.1.0.1", {}}}) ==
             "invalid network config:\ninvalid subnet : invalid CIDR block notation");
  BOOST_TEST(fault_of({{"10.1.0.0/99", "", "", {}}}) ==
             "invalid network config:\ninvalid subnet 10.1.0.0/99: invalid CIDR block notation");
  BOOST_TEST(fault_of({{"10.1.2.3/16", "", "", {}}}) ==
             "invalid network config:\ninvalid subnet 10.1.2.3/16: it should be 10.1.0.0/16");
  BOOST_TEST(
      fault_of({{"10.1.0.0/16", "10.0.0.0/8", "11.0.0.1", {{"x", "y"}}}}) ==
      "invalid network config:\n"
      "* invalid ip-range 10.0.0.0/8: CIDR block is bigger than its parent subnet 10.1.0.0/16\n"
      "* invalid gateway 11.0.0.1: parent subnet 10.1.0.0/16 doesn't contain this address\n"
      "* invalid auxiliary address x: invalid address");
  BOOST_TEST(fault_of({{"10.1.0.0/16", "fd00::/64", "fd00::1", {}}}) ==
             "invalid network config:\n"
             "* invalid ip-range fd00::/64: parent subnet is an IPv4 block\n"
             "* invalid gateway fd00::1: parent subnet is an IPv4 block");
  BOOST_TEST(fault_of({{"fd00::1/64", "", "", {}}}).empty());  // nobody uses it
  BOOST_TEST(fault_of({{"fd00::1/64", "", "", {}}}, true) ==
             "invalid network config:\ninvalid subnet fd00::1/64: it should be fd00::/64");
}

BOOST_AUTO_TEST_CASE(ipv6_addresses_are_numbers_as_well) {
  BOOST_TEST(address("fd00:0:0::00A1").str() == "fd00::a1");
  BOOST_TEST(prefix("fd00::/64").contains(address("fd00::ffff:ffff:ffff:ffff")));
  BOOST_TEST(!prefix("fd00::/64").contains(address("fd00:0:0:1::")));
  BOOST_TEST(prefix("::/0").contains(address("2001:db8::1")));
  BOOST_TEST(!prefix("::/0").contains(address("10.0.0.1")));
  BOOST_TEST(!prefix("0.0.0.0/0").overlaps(prefix("::/0")));
  BOOST_TEST(prefix("2001:db8::/32").overlaps(prefix("2001:db8:7::/48")));
  BOOST_TEST(!parse_ip("fd00::1", IpFamily::v4).has_value());
  BOOST_TEST(parse_cidr("fd00::5/64")->address.str() == "fd00::5");
  BOOST_TEST(!parse_cidr("fd00::5/129").has_value());
}

BOOST_AUTO_TEST_CASE(the_mac_of_an_ipv6_address_follows_from_all_of_it_and_from_its_network) {
  const auto mac = [](const char* text, const char* network) {
    return mac_from_address(address(text), network);
  };
  BOOST_TEST(mac("fd00::2", "one") == mac("fd00:0::2", "one"));
  BOOST_TEST(mac("fd00::2", "one") != mac("fd00::2", "two"));
  BOOST_TEST(mac("fd00::2", "one") != mac("fd00:1::2", "one"));
  BOOST_TEST(mac("fd00::2", "one") != mac("fd00::3", "one"));
  BOOST_TEST(mac("fd00::2", "one").starts_with("06:"));  // one of its own, not a vendor's
  BOOST_TEST(parse_mac(mac("fd00::2", "one")).value_or("none") == mac("fd00::2", "one"));
}

BOOST_AUTO_TEST_CASE(an_ipv6_pool_has_no_broadcast_address_and_leaves_out_the_routers_own) {
  AddressPool pool(prefix("fd00::/126"), prefix("fd00::/126"));
  BOOST_TEST(!pool.try_take(address("fd00::")));
  BOOST_TEST(next(pool) == "fd00::1");
  BOOST_TEST(next(pool) == "fd00::2");
  BOOST_TEST(next(pool) == "fd00::3");
  BOOST_TEST(!pool.take_next().has_value());
  AddressPool top(prefix("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"),
                  prefix("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"));
  BOOST_TEST(top.take_next().has_value());
  BOOST_TEST(top.take_next().has_value());
  BOOST_TEST(!top.take_next().has_value());
}

BOOST_AUTO_TEST_CASE(ipv6_subnets_come_from_the_engines_own_block) {
  const SubnetSource source = ula_source("engine-1");
  BOOST_TEST(source.base.length == 48);
  BOOST_TEST(source.base.str().starts_with("fd"));
  BOOST_TEST(ula_source("engine-1").base.str() == source.base.str());
  BOOST_TEST(ula_source("engine-2").base.str() != source.base.str());
  const auto first = choose_subnet({source}, IpFamily::v6, {});
  BOOST_TEST(first->length == 64);
  const auto second = choose_subnet({source}, IpFamily::v6, {*first});
  BOOST_CHECK(second->address.number == first->last() + 1);
  BOOST_TEST(!choose_subnet({source}, IpFamily::v4, {}).has_value());
  BOOST_TEST(parse_subnet_source("fd00:1::/32:64").size == 64);
  BOOST_CHECK_THROW(parse_subnet_source("fd00:1::/32:127"), Error);
}
