// A build's progress, as clients of BuildKit read it.
#include "core/buildkit/vertex_output.hpp"

#include <set>

#include "core/buildkit/proto/control.pb.h"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::buildkit;

namespace {

struct Told {
  Job job{"ref", "session"};
  VertexOutput output{job, {}};

  void step(const std::string& text, int line = 0, int last = 0) {
    output.step({1, 1, text, line, last});
  }

  std::vector<proto::StatusResponse> messages() {
    job.status.finish();
    std::vector<proto::StatusResponse> all;
    while (const auto text = job.status.next({})) {
      all.emplace_back();
      BOOST_TEST_REQUIRE(all.back().ParseFromString(*text));
    }
    return all;
  }

  /// "+name" a vertex begins, "-name" it ends, with "!error" and "(cached)"; "2>text" a log,
  /// "id 1/2" a status, with "." when it is done.
  std::string story() {
    std::string text;
    for (const proto::StatusResponse& message : messages()) {
      for (const proto::Vertex& vertex : message.vertexes())
        text += (vertex.has_completed() ? "-" : "+") + vertex.name() +
                (vertex.cached() ? "(cached)" : "") +
                (vertex.error().empty() ? "" : "!" + vertex.error()) + "|";
      for (const proto::VertexLog& log : message.logs())
        text += std::to_string(log.stream()) + ">" + log.text() + "|";
      for (const proto::VertexStatus& status : message.statuses())
        text += status.id() + " " + std::to_string(status.current()) + "/" +
                std::to_string(status.total()) + (status.has_completed() ? "." : "") + "|";
    }
    return text;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(vertex_outputs)

BOOST_FIXTURE_TEST_CASE(one_vertex_ends_before_the_next_begins, Told) {
  output.begin("a");
  output.begin("b");
  output.end();
  output.end();
  BOOST_TEST(story() == "+a|-a|+b|-b|");
}

BOOST_FIXTURE_TEST_CASE(a_vertex_is_the_same_one_from_its_beginning_to_its_end, Told) {
  output.begin("a");
  output.command(1, "x");
  output.amount("part", 1, 2, false);
  output.begin("a");
  output.end();
  const auto all = messages();
  BOOST_TEST_REQUIRE(all.size() == 6u);
  const proto::Vertex& first = all[0].vertexes(0);
  BOOST_TEST(first.digest().starts_with("sha256:"));
  BOOST_TEST(first.digest().size() == 71u);
  BOOST_TEST(all[1].logs(0).vertex() == first.digest());
  BOOST_TEST(all[2].statuses(0).vertex() == first.digest());
  BOOST_TEST(all[3].vertexes(0).digest() == first.digest());
  BOOST_TEST(all[3].vertexes(0).started().seconds() == first.started().seconds());
  BOOST_TEST(all[3].vertexes(0).completed().seconds() >= first.started().seconds());
  BOOST_TEST(first.started().seconds() > 0);
  BOOST_TEST(all[4].vertexes(0).digest() != first.digest());
}

BOOST_FIXTURE_TEST_CASE(vertices_beside_each_other_have_digests_of_their_own, Told) {
  VertexOutput other = output.beside();
  output.begin("a");
  other.begin("b");
  output.end();
  other.end();
  const auto all = messages();
  BOOST_TEST_REQUIRE(all.size() == 4u);
  BOOST_TEST(all[0].vertexes(0).digest() != all[1].vertexes(0).digest());
  BOOST_TEST(all[2].vertexes(0).name() == "a");
  BOOST_TEST(all[3].vertexes(0).name() == "b");
}

BOOST_FIXTURE_TEST_CASE(steps_that_make_files_are_told_and_numbered, Told) {
  output.stage("", {"FROM", "ENV", "run", "COPY", "CMD"});
  step("FROM alpine");
  step("ENV A=1");
  step("run id");
  step("COPY a b");
  step("CMD x");
  BOOST_TEST(story() ==
             "+[1/3] FROM alpine|-[1/3] FROM alpine|+[2/3] run id|-[2/3] run id|"
             "+[3/3] COPY a b|-[3/3] COPY a b|");
}

BOOST_FIXTURE_TEST_CASE(each_stage_counts_for_itself, Told) {
  output.stage("base", {"FROM", "ADD"});
  step("FROM a AS base");
  output.stage("last", {"FROM", "WORKDIR"});
  step("FROM base AS last");
  step("WORKDIR /x");
  output.built("sha256:1");
  BOOST_TEST(story() ==
             "+[base 1/2] FROM a AS base|-[base 1/2] FROM a AS base|"
             "+[last 1/2] FROM base AS last|-[last 1/2] FROM base AS last|"
             "+[last 2/2] WORKDIR /x|-[last 2/2] WORKDIR /x|");
}

BOOST_FIXTURE_TEST_CASE(what_checks_find_belongs_to_the_reading_of_the_dockerfile, Told) {
  const SourceLines source{"Dockerfile", "FROM a\n"};
  output.show_source(source);
  output.begin("load");
  output.end();
  output.checked({&build::rules::kUndefinedVar, "why", 2, 3});
  output.checked({&build::rules::kInvalidBaseImagePlatform, "what", 0, 0});
  const auto all = messages();
  BOOST_TEST_REQUIRE(all.size() == 4u);
  const proto::VertexWarning& first = all[2].warnings(0);
  BOOST_TEST(first.vertex() == all[0].vertexes(0).digest());
  BOOST_TEST(first.level() == 1);
  BOOST_TEST(first.short_text() == "UndefinedVar: why (line 2)");
  BOOST_TEST(first.detail(0) == "Variables should be defined before their use");
  BOOST_TEST(first.url() == "https://docs.docker.com/go/dockerfile/rule/undefined-var/");
  BOOST_TEST(first.info().filename() == "Dockerfile");
  BOOST_TEST(first.info().data() == "FROM a\n");
  BOOST_TEST_REQUIRE(first.ranges_size() == 2);
  BOOST_TEST(first.ranges(1).start().line() == 3);
  BOOST_TEST(all[3].warnings(0).short_text() == "InvalidBaseImagePlatform: what");
  BOOST_TEST(all[3].warnings(0).ranges_size() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_large_dockerfile_is_not_told_with_each_warning, Told) {
  const SourceLines source{"Dockerfile", std::string(3u << 20, 'x')};
  output.show_source(source);
  output.begin("load");
  std::size_t told = 0;
  for (int i = 0; i < 3; ++i) output.checked({&build::rules::kUndefinedVar, "why", 1, 1});
  for (const proto::StatusResponse& message : messages())
    for (const proto::VertexWarning& warning : message.warnings())
      told += warning.info().data().size();
  BOOST_TEST(told <= 8u << 20);
}

BOOST_FIXTURE_TEST_CASE(numbers_are_as_wide_as_the_last_one, Told) {
  output.stage("", std::vector<std::string>(10, "RUN"));
  step("RUN a");
  const auto all = messages();
  BOOST_TEST(all.at(0).vertexes(0).name() == "[ 1/10] RUN a");
}

BOOST_FIXTURE_TEST_CASE(what_was_there_already_is_said_to_be_cached, Told) {
  output.stage("", {"RUN", "RUN"});
  step("RUN a");
  output.cached();
  step("RUN b");
  output.end();
  BOOST_TEST(story() == "+[1/2] RUN a|-[1/2] RUN a(cached)|+[2/2] RUN b|-[2/2] RUN b|");
}

BOOST_FIXTURE_TEST_CASE(an_instruction_that_is_not_told_does_not_make_the_next_one_cached, Told) {
  output.stage("", {"ENV", "RUN"});
  step("ENV A=1");
  output.cached();
  step("RUN b");
  output.end();
  BOOST_TEST(story() == "+[1/1] RUN b|-[1/1] RUN b|");
}

BOOST_FIXTURE_TEST_CASE(a_vertex_fails_with_its_error_and_then_is_over, Told) {
  output.fail("nothing has begun");
  output.begin("a");
  output.fail("it broke");
  output.end();
  output.fail("again");
  BOOST_TEST(story() == "+a|-a!it broke|");
}

BOOST_FIXTURE_TEST_CASE(what_commands_write_belongs_to_the_vertex_under_way, Told) {
  output.command(1, "lost");
  output.begin("a");
  output.command(1, "out");
  output.command(2, std::string_view("\xff\0", 2));
  output.warn("careful");
  output.end();
  output.command(1, "lost");
  output.warn("between");  // a vertex of its own
  BOOST_TEST(story() == std::string("+a|1>out|2>\xff\0|2>careful\n|-a|", 28) +
                            "+[internal] between|-[internal] between|");
}

BOOST_FIXTURE_TEST_CASE(lines_of_a_pull_are_parts_of_the_vertex, Told) {
  output.progress(R"({"id":"l1","status":"Downloading","progressDetail":{}})");
  output.begin("a");
  output.progress(R"({"id":"l1","status":"Downloading","progressDetail":{"current":5,"total":9}})");
  output.progress(R"({"id":"l1","status":"Pull complete","progressDetail":{}})");
  output.progress(R"({"status":"Pulling from library/alpine","progressDetail":{}})");
  output.progress(R"({"id":"3.18","status":"Pulling from library/alpine"})");
  output.amount("done", 7, 7, true);
  BOOST_TEST(story() == "+a|l1 Downloading 5/9|l1 Pull complete 0/0.|done 7/7.|");
}

BOOST_FIXTURE_TEST_CASE(the_line_of_each_instruction_is_known, Told) {
  BOOST_TEST(output.line() == 0);
  step("RUN a", 3, 5);
  BOOST_TEST(output.line() == 3);
  BOOST_TEST(output.last_line() == 5);
  step("ENV A=1", 7, 7);
  BOOST_TEST(output.line() == 7);
}

BOOST_FIXTURE_TEST_CASE(names_that_are_no_utf8_can_be_read_by_the_client, Told) {
  output.stage("", {"RUN"});
  step("RUN echo \xff\xc3\xa4");
  output.amount("p\x80", 1, 1, false);
  output.fail("\xc3");
  BOOST_TEST(story() ==
             "+[1/1] RUN echo \xef\xbf\xbd\xc3\xa4|p\xef\xbf\xbd 1/1|"
             "-[1/1] RUN echo \xef\xbf\xbd\xc3\xa4!\xef\xbf\xbd|");
}

BOOST_AUTO_TEST_SUITE_END()
