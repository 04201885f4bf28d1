#include "core/services/world/container_uses.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>

#include "core/base/error.hpp"

namespace gantry::services {

BOOST_AUTO_TEST_SUITE(container_uses)

BOOST_AUTO_TEST_CASE(what_is_used_stays_until_the_last_use_ends) {
  ContainerUses uses;
  int discarded = 0;
  std::optional<ContainerUses::Use> first(std::in_place, uses, "a"),
      second(std::in_place, uses, "a");
  uses.when_unused("a", [&] { ++discarded; });
  BOOST_CHECK_THROW(ContainerUses::Use(uses, "a"), Error);
  const ContainerUses::Use another(uses, "b");
  first.reset();
  BOOST_TEST(discarded == 0);
  second.reset();
  BOOST_TEST(discarded == 1);
}

BOOST_AUTO_TEST_CASE(what_nobody_uses_goes_at_once_and_cannot_be_used_meanwhile) {
  ContainerUses uses;
  bool refused = false;
  uses.when_unused("a", [&] {
    try {
      const ContainerUses::Use late(uses, "a");
    } catch (const Error& error) {
      refused = error.code() == Errc::not_found;
    }
    BOOST_CHECK_THROW(uses.when_unused("a", [] {}), Error);
  });
  BOOST_TEST(refused);
}

BOOST_AUTO_TEST_CASE(a_failure_is_told_to_who_can_try_again) {
  ContainerUses uses;
  BOOST_CHECK_THROW(uses.when_unused("a", [] { throw Error(Errc::internal, "busy"); }), Error);
  {
    const ContainerUses::Use still_there(uses, "a");
    uses.when_unused("a", [] { throw Error(Errc::internal, "busy"); });
  }
  int discarded = 0;
  uses.when_unused("a", [&] { ++discarded; });
  BOOST_TEST(discarded == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::services
