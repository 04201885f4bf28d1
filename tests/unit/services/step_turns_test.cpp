// One of several builds makes a step, the others wait for it.
#include "core/services/builds/step_turns.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <optional>
#include <thread>

#include "core/base/error.hpp"

using namespace gantry;
using namespace std::chrono_literals;
using services::StepTurns;

BOOST_AUTO_TEST_CASE(a_step_has_one_maker_at_a_time) {
  StepTurns turns;
  std::optional<StepTurns::Turn> first(turns.take("a", {}));
  const StepTurns::Turn other = turns.take("b", {});
  std::promise<void> comes, has;
  const std::future<void> taken = has.get_future();
  const std::jthread second([&] {
    comes.set_value();
    const StepTurns::Turn turn = turns.take("a", {});
    has.set_value();
  });
  comes.get_future().wait();
  BOOST_CHECK(taken.wait_for(200ms) == std::future_status::timeout);
  first.reset();
  taken.wait();
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
