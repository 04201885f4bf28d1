// Solves of clients, and the calls about them that come before, meanwhile and late.
#include "core/buildkit/job.hpp"

#include <thread>

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::buildkit;
using gantry::test::error_text;

namespace {

std::stop_token stopped() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

/// Without the wait for one that may come.
bool is_there(Jobs& jobs, const std::string& ref) {
  try {
    return jobs.get(ref, stopped())->ref == ref;
  } catch (const Error& error) {
    BOOST_TEST((error.code() == Errc::not_found));
    return false;
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(jobs_of_clients)

BOOST_AUTO_TEST_CASE(a_job_is_found_by_its_ref_and_its_status_may_come_late) {
  Jobs jobs;
  const JobPtr job = jobs.begin("r", "s");
  BOOST_TEST(job->ref == "r");
  BOOST_TEST(job->session == "s");
  BOOST_TEST(jobs.get("r", {}) == job);
  job->status.post("told", {});
  jobs.end(job);
  const JobPtr late = jobs.get("r", {});
  BOOST_TEST(late->status.next({}).value() == "told");
  BOOST_TEST(!late->status.next({}));
}

BOOST_AUTO_TEST_CASE(a_call_may_come_before_its_job) {
  Jobs jobs;
  JobPtr found;
  std::jthread early([&] { found = jobs.get("r", {}); });
  const JobPtr job = jobs.begin("r", "s");
  early.join();
  BOOST_TEST(found == job);
}

BOOST_AUTO_TEST_CASE(unknown_jobs_are_not_found) {
  Jobs jobs;
  jobs.begin("other", "s");
  BOOST_TEST(error_text(Errc::not_found, [&] { jobs.get("r", stopped()); }) == "no such job r");
}

BOOST_AUTO_TEST_CASE(what_still_builds_for_a_job_stops_with_it) {
  Jobs jobs;
  const JobPtr job = jobs.begin("r", "s");
  const std::stop_token stop = job->stop.get_token();
  job->add_result("sha256:1");
  BOOST_TEST((job->has_result("sha256:1") && !job->has_ended() && !stop.stop_requested()));
  jobs.end(job);
  job->add_result("sha256:2");
  BOOST_TEST((job->has_ended() && stop.stop_requested()));
  BOOST_TEST((!job->has_result("sha256:1") && !job->has_result("sha256:2")));
}

BOOST_AUTO_TEST_CASE(a_ref_is_taken_while_its_job_is_known) {
  Jobs jobs;
  const JobPtr job = jobs.begin("r", "s");
  BOOST_TEST(error_text(Errc::conflict, [&] { jobs.begin("r", "s"); }) ==
             "job ID r exists already");
  jobs.end(job);
  error_text(Errc::conflict, [&] { jobs.begin("r", "s"); });
}

BOOST_AUTO_TEST_CASE(of_jobs_that_have_ended_the_last_ones_are_kept) {
  Jobs jobs;
  const JobPtr running = jobs.begin("running", "s");
  for (int i = 0; i < 17; ++i) jobs.end(jobs.begin(std::to_string(i), "s"));
  BOOST_TEST(!is_there(jobs, "0"));
  BOOST_TEST(is_there(jobs, "1"));
  BOOST_TEST(is_there(jobs, "16"));
  BOOST_TEST(is_there(jobs, "running"));
  BOOST_TEST(jobs.begin("0", "s")->ref == "0");
}

BOOST_AUTO_TEST_CASE(waiting_ends_with_what_the_clients_function_came_to) {
  Job job("r", "s");
  std::string image;
  std::jthread waiting([&] { image = job.wait({}); });
  job.finish("sha256:a");
  waiting.join();
  BOOST_TEST(image == "sha256:a");
  Job nothing("r", "s");
  nothing.finish("");
  BOOST_TEST(nothing.wait({}) == "");
}

BOOST_AUTO_TEST_CASE(a_failure_comes_with_all_its_details) {
  Job job("r", "s");
  job.fail({grpc::Code::not_found, "no such stage", "details"});
  bool thrown = false;
  try {
    job.wait({});
  } catch (const grpc::StatusError& error) {
    thrown = true;
    BOOST_TEST((error.status().code == grpc::Code::not_found));
    BOOST_TEST(error.status().message == "no such stage");
    BOOST_TEST(error.status().details == "details");
    BOOST_TEST((error.code() == Errc::not_found));
  }
  BOOST_TEST(thrown);
}

BOOST_AUTO_TEST_CASE(waiting_can_be_given_up) {
  Job job("r", "s");
  std::stop_source stop;
  std::jthread giving_up([&] { stop.request_stop(); });
  BOOST_TEST(error_text(Errc::cancelled, [&] { job.wait(stop.get_token()); }) ==
             "context canceled");
}

BOOST_AUTO_TEST_CASE(results_are_those_that_builds_have_made) {
  Job job("r", "s");
  job.add_result("a");
  job.add_result("b");
  BOOST_TEST(job.has_result("a"));
  BOOST_TEST(job.has_result("b"));
  BOOST_TEST(!job.has_result(""));
}

BOOST_AUTO_TEST_CASE(vertices_of_a_job_have_numbers_of_their_own) {
  Job job("r", "s");
  BOOST_TEST(job.next_number() == 0u);
  BOOST_TEST(job.next_number() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
