// One of several builds makes a step, the others wait for it.
#include "core/services/step_turns.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <thread>

#include "core/base/error.hpp"

using namespace gantry;
using services::StepTurns;

BOOST_AUTO_TEST_CASE(a_step_has_one_maker_at_a_time) {
  StepTurns turns;
  std::optional<StepTurns::Turn> first(turns.take("a", {}));
  const StepTurns::Turn other = turns.take("b", {});
  std::atomic<bool> is_free{false};
  std::jthread second([&] {
    const StepTurns::Turn turn = turns.take("a", {});
    BOOST_TEST(is_free.load());
  });
  is_free = true;
  first.reset();
  second.join();
  const StepTurns::Turn third = turns.take("a", {});
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_step_can_give_up) {
  StepTurns turns;
  const StepTurns::Turn first = turns.take("a", {});
  std::stop_source stop;
  stop.request_stop();
  BOOST_CHECK_EXCEPTION(turns.take("a", stop.get_token()), Error,
                        [](const Error& error) { return error.code() == Errc::cancelled; });
}
