// Execs whose start is under way when their container's run ends.
#include "core/services/world/exec_table.hpp"

#include <boost/test/unit_test.hpp>

using namespace gantry;
using services::ExecPhase;

namespace {

services::ExecConfig config_of_box() {
  services::ExecConfig config;
  config.container_id = "box";
  config.cmd = {"true"};
  return config;
}

struct ExecTableFixture {
  services::ExecTable execs;
  std::string id = execs.add(config_of_box());

  services::ExecStatus status() const { return execs.get(id).status; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(exec_table, ExecTableFixture)

BOOST_AUTO_TEST_CASE(it_runs_from_the_moment_that_it_is_started) {
  BOOST_TEST(!status().running());
  execs.begin_start(id);
  BOOST_TEST(status().running());
  BOOST_TEST(execs.running_in("box").size() == 1u);
  BOOST_TEST(execs.started(id, 7));
  BOOST_TEST(status().running());
  execs.ended(id, 3);
  BOOST_TEST(!status().running());
  BOOST_TEST(execs.running_in("box").empty());
}

BOOST_AUTO_TEST_CASE(a_failed_start_has_an_exit_code) {
  execs.begin_start(id);
  execs.start_failed(id, 127);
  BOOST_TEST(!status().running());
  BOOST_TEST(status().exit_code == 127);
}

BOOST_AUTO_TEST_CASE(who_is_started_late_does_not_run_in_the_container_s_next_run) {
  execs.begin_start(id);
  execs.container_ended("box");
  BOOST_TEST(status().running());
  BOOST_TEST(!execs.started(id, 7));
  BOOST_TEST((status().phase == ExecPhase::ended));
  BOOST_TEST(status().exit_code == 137);
}

BOOST_AUTO_TEST_CASE(who_has_ended_before_the_container_keeps_its_exit_code) {
  execs.begin_start(id);
  execs.ended(id, 3);
  execs.container_ended("box");
  BOOST_TEST(execs.started(id, 7));
  BOOST_TEST(status().exit_code == 3);
}

BOOST_AUTO_TEST_SUITE_END()
