// What a build takes from its client.
#include "core/build/outline.hpp"

#include "core/base/text.hpp"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::build;

namespace {

Outline outline(std::string_view text, const std::string& target = {}, GivenArguments given = {}) {
  const Dockerfile file = parse_dockerfile(text);
  const StagePlan plan = split_stages(file);
  CheckWorld world;
  world.arguments = std::move(given);
  world.target.architecture = world.host.architecture = "amd64";
  world.target_stage = target;
  return outline_of(file, plan, target_stage(plan, target), world);
}

/// "line name=value (description)"
std::string arguments(const Outline& outline) {
  std::vector<std::string> lines;
  for (const OutlineArgument& argument : outline.arguments)
    lines.push_back(std::to_string(argument.line) + " " + argument.name + "=" + argument.value +
                    (argument.description.empty() ? "" : " (" + argument.description + ")"));
  return text::join(lines, ", ");
}

std::string mounts(const std::vector<OutlineMount>& mounts) {
  std::vector<std::string> lines;
  for (const OutlineMount& mount : mounts)
    lines.push_back(std::to_string(mount.line) + " " + mount.id + (mount.required ? "!" : ""));
  return text::join(lines, ", ");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(outlines)

BOOST_AUTO_TEST_CASE(comments_describe_what_is_defined_below_them) {
  const Outline found = outline(
      "# other\n# base is the first\nFROM scratch AS base\n# A what a is\n# B what b is\n"
      "ARG A=1 B\n# not about it\nARG C=2");
  BOOST_TEST(found.name == "base");
  BOOST_TEST(found.description == "is the first");
  BOOST_TEST(arguments(found) == "6 A=1 (what a is), 6 B= (what b is), 8 C=2");
}

BOOST_AUTO_TEST_CASE(arguments_have_the_values_of_this_build) {
  BOOST_TEST(arguments(outline("FROM scratch\nARG A=1\nENV E=$A\nARG B=${E}2 C=3", {},
                               {{"C", "given"}, {"A", std::nullopt}})) ==
             "2 A=1, 4 B=12, 4 C=given");
}

BOOST_AUTO_TEST_CASE(arguments_in_front_are_told_when_they_are_used) {
  constexpr const char* kFile =
      "ARG A=box\nARG B=$A:1\nARG C=3\nARG D=4\nFROM $B\nARG D\nARG TARGETARCH";
  BOOST_TEST(arguments(outline(kFile)) == "1 A=box, 2 B=box:1, 4 D=4");
  BOOST_TEST(arguments(outline(kFile, {}, {{"D", "5"}})) == "1 A=box, 2 B=box:1, 6 D=5");
}

BOOST_AUTO_TEST_CASE(stages_that_are_taken_from_belong_to_it) {
  constexpr const char* kFile =
      "FROM scratch AS a\nARG A=1\nFROM scratch AS b\nARG B=1\nFROM a AS c\nARG A=2 C=$A\n"
      "FROM scratch AS d\nCOPY --from=b / /\nARG D=1\n";
  BOOST_TEST(arguments(outline(kFile, "c")) == "6 A=2, 6 C=2");
  BOOST_TEST(arguments(outline(kFile)) == "4 B=1, 9 D=1");
  BOOST_TEST(outline(kFile).name == "d");
}

BOOST_AUTO_TEST_CASE(secrets_and_agents_are_told) {
  const Outline found = outline(
      "FROM scratch\nARG N=x\nRUN --mount=type=secret,id=$N a\nRUN --mount=type=ssh a\n"
      "RUN --mount=type=secret,id=y,required=true --mount=type=secret,id=x,required a\n"
      "RUN --mount=type=ssh,id=k,required --mount=type=cache,target=/c a");
  BOOST_TEST(mounts(found.secrets) == "3 x, 5 y!");
  BOOST_TEST(mounts(found.agents) == "4 default, 6 k!");
}

BOOST_AUTO_TEST_SUITE_END()
