#include "core/state/leases.hpp"

#include <boost/test/unit_test.hpp>
#include <future>

#include "core/base/error.hpp"

using namespace gantry;
using namespace std::chrono_literals;
using state::Lease;
using state::Leases;

BOOST_AUTO_TEST_SUITE(leases)

BOOST_AUTO_TEST_CASE(who_waits_too_long_is_told) {
  Leases leases;
  const Lease held = leases.take("a");
  BOOST_CHECK_EXCEPTION(leases.take("a", 1ms), Error,
                        [](const Error& error) { return error.code() == Errc::timeout; });
}

BOOST_AUTO_TEST_CASE(a_lease_that_lasts_is_waited_for_without_a_limit_and_the_next_one_is_not) {
  Leases leases;
  Lease upload = leases.take("a");
  upload.lasts();
  auto waits = std::async(std::launch::async, [&] { return leases.take("a", 1ms); });
  const Lease other = leases.take("b");
  BOOST_CHECK_THROW(leases.take("b", 50ms), Error);  // by now the limit is over many times
  upload.release();
  const Lease next = waits.get();
  BOOST_TEST(static_cast<bool>(next));
  BOOST_CHECK_THROW(leases.take("a", 1ms), Error);
}

BOOST_AUTO_TEST_CASE(who_waits_behind_another_has_the_whole_limit_after_a_lease_that_lasted) {
  Leases leases;
  Lease upload = leases.take("a");
  upload.lasts();
  auto first = std::async(std::launch::async, [&] { return leases.take("a", 1ms); });
  auto second = std::async(std::launch::async, [&] { return leases.take("a", 1ms); });
  BOOST_CHECK_THROW(leases.take("a", 50ms, Leases::Limit::now), Error);
  upload.lasts(false);
  BOOST_CHECK_THROW(first.get(), Error);
  BOOST_CHECK_THROW(second.get(), Error);
  upload.release();
  BOOST_TEST(static_cast<bool>(leases.take("a", 1ms)));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_engine_ends_a_wait_for_a_lease_that_lasts) {
  Leases leases;
  Lease upload = leases.take("a");
  upload.lasts();
  auto waits = std::async(std::launch::async, [&] { return leases.take("a", 1ms); });
  leases.wake_all();
  BOOST_CHECK_THROW(waits.get(), Error);
}

BOOST_AUTO_TEST_SUITE_END()
