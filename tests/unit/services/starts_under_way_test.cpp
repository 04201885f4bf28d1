// Who asks for the state of a container waits for a start of it.
#include "core/services/start/starts_under_way.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <optional>

using namespace gantry;
using namespace std::chrono_literals;
using services::StartsUnderWay;

BOOST_AUTO_TEST_CASE(a_start_is_waited_for_and_other_containers_are_not) {
  StartsUnderWay starts;
  std::optional<StartsUnderWay::Mark> mark;
  const std::string id = "a";
  mark.emplace(starts, id);
  starts.wait("b");
  const auto asked = std::async(std::launch::async, [&] { starts.wait(id); });
  BOOST_CHECK(asked.wait_for(200ms) == std::future_status::timeout);
  mark.reset();
  asked.wait();
  starts.wait(id);
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_a_start_when_the_engine_ends) {
  StartsUnderWay starts;
  const std::string id = "a";
  const StartsUnderWay::Mark mark(starts, id);
  const auto asked = std::async(std::launch::async, [&] { starts.wait(id); });
  starts.close();
  asked.wait();
}

BOOST_AUTO_TEST_CASE(a_start_ends_for_its_container_though_the_callers_id_has_changed) {
  StartsUnderWay starts;
  std::string id = "a";
  std::optional<StartsUnderWay::Mark> mark;
  mark.emplace(starts, id);
  id = "b";
  mark.reset();
  const auto asked = std::async(std::launch::async, [&] { starts.wait("a"); });
  BOOST_CHECK(asked.wait_for(20s) == std::future_status::ready);
  starts.close();
}
