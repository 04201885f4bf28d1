// A job's status as lines of JSON on one answer.
#include "core/buildkit/trace_lines.hpp"

#include "core/base/digest.hpp"
#include "core/buildkit/proto/control.pb.h"
#include "core/buildkit/vertex_output.hpp"
#include "core/json/reader.hpp"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::buildkit;

namespace {

std::string spelled(char c) { return {c, c, c, c}; }

/// What is told of a job that has one step and writes `megabytes` in it.
std::vector<proto::StatusResponse> told(bool quiet, bool failed, int megabytes) {
  std::vector<proto::StatusResponse> messages;
  const auto take = [&](std::string_view object) {
    const auto line = json::Document::parse(std::string(object));
    BOOST_TEST(line.root()["id"].str() == "moby.buildkit.trace");
    const auto text = base64_decode(line.root()["aux"].str());
    BOOST_TEST_REQUIRE(text.has_value());
    BOOST_TEST_REQUIRE(messages.emplace_back().ParseFromString(*text));
    return true;
  };
  const auto work = [&](services::ProgressBoard& board, const std::stop_token& stop) {
    Job job("ref", "");
    TraceLines lines(job, board, quiet);
    VertexOutput output(job, stop);
    output.begin("step");
    for (int i = 0; i < megabytes; ++i)
      output.command(1, spelled(static_cast<char>('a' + i)) + std::string(1u << 20, ' '));
    output.end();
    job.status.finish();
    lines.finish(failed);
  };
  services::run_with_progress({take, Peer()}, work);
  return messages;
}

std::string written(const std::vector<proto::StatusResponse>& messages) {
  std::string text;
  for (const auto& message : messages)
    for (const auto& log : message.logs()) text += log.text().substr(0, 1);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trace_lines)

BOOST_AUTO_TEST_CASE(all_is_told_in_order) {
  const auto messages = told(false, false, 3);
  BOOST_TEST_REQUIRE(messages.size() == 5u);
  BOOST_TEST(messages.front().vertexes(0).name() == "step");
  BOOST_TEST(messages.back().vertexes(0).has_completed());
  BOOST_TEST(written(messages) == "abc");
}

BOOST_AUTO_TEST_CASE(of_a_quiet_build_nothing_is_told_unless_it_fails) {
  BOOST_TEST(told(true, false, 1).empty());
  BOOST_TEST(written(told(true, true, 1)) == "a");
}

BOOST_AUTO_TEST_CASE(a_quiet_build_that_fails_tells_its_steps_and_the_end_of_what_they_wrote) {
  const auto messages = told(true, true, 9);
  BOOST_TEST(messages.front().vertexes(0).name() == "step");
  BOOST_TEST(messages.back().vertexes(0).has_completed());
  const std::string end = written(messages);
  BOOST_TEST((end.size() >= 3 && end.size() < 9));
  BOOST_TEST(std::string("abcdefghi").ends_with(end));
}

BOOST_AUTO_TEST_SUITE_END()
