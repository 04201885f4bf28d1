// Who takes rules from under the engine, in a network namespace of the test's own.
#include "network/firewall_watch.hpp"

#include <atomic>

#include "data_plane_fixture.hpp"

using namespace gantry::oci;

namespace {

struct Watched : DataPlaneFixture {
  std::atomic<int> repairs{0};
  FirewallWatch watch{"gantry-test", [this] {
                        plane.restore_rules();
                        ++repairs;
                      }};

  std::size_t rules(std::uint8_t family) const {
    std::size_t all = 0;
    for (const auto& [chain, count] : count_rules("gantry-test", family)) all += count;
    return all;
  }
  bool comes(int count) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (repairs < count && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return repairs == count;
  }
};

const char kIpv6[] = R"(,"subnet6":"fd99::/64","gateway6":"fd99::1")";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(firewall_watch, Watched)

BOOST_AUTO_TEST_CASE(rules_that_somebody_removed_are_put_back_once) {
  plane.network_up(network("gt0", 0, kIpv6));
  const std::size_t whole = rules(AF_INET), whole6 = rules(AF_INET6);
  int count = 0;
  for (const char* damage :
       {"flush table ip gantry-test\n", "flush chain ip gantry-test forward\n",
        "flush chain ip6 gantry-test publish\n", "flush table ip6 gantry-test\n",
        "delete table ip gantry-test\n", "flush ruleset\n"}) {
    apply_ruleset(damage);
    BOOST_TEST(comes(++count), damage);
    BOOST_TEST(rules(AF_INET) == whole, damage);
    BOOST_TEST(rules(AF_INET6) == whole6, damage);
    BOOST_TEST(list_set_interfaces("gantry-test", "bridges")->size() == 1u);
  }
  plane.network_down(network("gt0", 0, kIpv6));
}

BOOST_AUTO_TEST_CASE(the_engines_own_changes_and_others_tables_are_no_loss) {
  plane.network_up(network("gt0", 0, kIpv6));
  plane.restore_rules();  // empties chains and fills them again
  plane.network_up(network("gt1", 1));
  plane.network_down(network("gt1", 1));
  apply_ruleset("add table ip others\nadd chain ip others mine\nadd rule ip others mine accept\n");
  apply_ruleset("flush table ip others\ndelete table ip others\n");
  apply_ruleset("delete table ip gantry-test\n");  // the kernel tells in order
  BOOST_TEST(comes(1));
  plane.network_down(network("gt0", 0, kIpv6));
}

BOOST_AUTO_TEST_SUITE_END()
