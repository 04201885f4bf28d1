// One of several builds makes a step, the others wait for it.
#include "core/services/step_turns.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <thread>

#include "core/base/error.hpp"

using namespace gantry;
using services::StepTurns;

BOOST_AUTO_TEST_CASE(a_step_has_one_maker_at_a_time_and_others_are_told_that_they_waited) {
  StepTurns turns;
  bool waited = true;
  std::optional<StepTurns::Turn> first(turns.take("a", waited, {}));
  BOOST_TEST(!waited);
  const StepTurns::Turn other = turns.take("b", waited, {});
  BOOST_TEST(!waited);
  std::atomic<bool> is_free{false}, second_waited{false};
  std::jthread second([&] {
    bool had_to = false;
    const StepTurns::Turn turn = turns.take("a", had_to, {});
    BOOST_TEST(is_free.load());
    second_waited = had_to;
  });
  is_free = true;
  first.reset();
  second.join();
  const StepTurns::Turn third = turns.take("a", waited, {});
  BOOST_TEST(!waited);
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_step_can_give_up) {
  StepTurns turns;
  bool waited = false;
  const StepTurns::Turn first = turns.take("a", waited, {});
  std::stop_source stop;
  stop.request_stop();
  BOOST_CHECK_EXCEPTION(turns.take("a", waited, stop.get_token()), Error,
                        [](const Error& error) { return error.code() == Errc::cancelled; });
}
