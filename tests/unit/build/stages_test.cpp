// A Dockerfile cut into stages, and stages found by name or number.
#include "core/build/stages.hpp"

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;

namespace {

StagePlan plan_of(const std::string& text) { return split_stages(parse_dockerfile(text)); }

const std::string kThree =
    "ARG V=1\nARG W\nFROM a:$V AS Build\nRUN x\nRUN y\n"
    "FROM --platform=$BUILDPLATFORM b\nFROM build as build\nUSER u\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(stages)

BOOST_AUTO_TEST_CASE(instructions_belong_to_the_from_above_them) {
  const StagePlan plan = plan_of(kThree);
  BOOST_TEST(plan.global_args.size() == 2u);
  BOOST_TEST_REQUIRE(plan.stages.size() == 3u);
  BOOST_TEST(plan.stages[0].base == "a:$V");
  BOOST_TEST(plan.stages[0].name == "build");
  BOOST_TEST(plan.stages[0].from.line == 3);
  BOOST_TEST(plan.stages[0].instructions.size() == 2u);
  BOOST_TEST(plan.stages[1].platform == "$BUILDPLATFORM");
  BOOST_TEST(plan.stages[1].name.empty());
  BOOST_TEST(plan.stages[1].instructions.empty());
  BOOST_TEST(plan.stages[2].instructions.at(0).name == "USER");
}

BOOST_AUTO_TEST_CASE(steps_are_arguments_and_what_is_up_to_the_last_stage_wanted) {
  const StagePlan plan = plan_of(kThree);
  const std::size_t kSteps[] = {2, 5, 6, 8};
  for (std::size_t count = 0; count < std::size(kSteps); ++count)
    BOOST_TEST(plan.steps(count) == kSteps[count]);
}

BOOST_AUTO_TEST_CASE(a_stage_is_found_by_name_then_by_number) {
  const StagePlan plan = plan_of(kThree);
  const struct {
    const char* name;
    std::size_t count;
    int found;
  } kTable[] = {{"build", 3, 2},   // the nearest of two
                {"BUILD", 2, 0},   // names have no case
                {"build", 0, -1},  // none comes before the first
                {"1", 3, 1},      {"1", 1, -1},   {"3", 3, -1},
                {"-1", 3, -1},    {"", 3, -1},  // not the stage without a name
                {"b", 3, -1},     {"0x1", 3, -1}, {"99999999999999999999", 3, -1}};
  for (const auto& row : kTable)
    BOOST_TEST(find_stage(plan, row.name, row.count) == row.found, row.name << " of " << row.count);
}

BOOST_AUTO_TEST_CASE(a_target_is_a_stage_or_the_last_one) {
  const StagePlan plan = plan_of(kThree);
  BOOST_TEST(target_stage(plan, "") == 2u);
  BOOST_TEST(target_stage(plan, "1") == 1u);
  BOOST_TEST(target_stage(plan, "Build") == 2u);
  BOOST_TEST(error_text(Errc::invalid, [&] { target_stage(plan, "x"); }) ==
             "target stage \"x\" could not be found");
}

BOOST_AUTO_TEST_CASE(what_is_no_stage_is_refused_with_its_line) {
  const std::pair<const char*, const char*> kTable[] = {
      {"ARG A\nRUN x\nFROM a", "line 2: no build stage in current context"},
      {"FROM a as 1x",
       "line 1: invalid name for build stage: \"1x\", name can't start with a number or contain "
       "symbols"},
      {"FROM a as x/y",
       "line 1: invalid name for build stage: \"x/y\", name can't start with a number or contain "
       "symbols"},
      {"\nFROM --to=x a", "line 2: unknown flag: --to"},
      {"FROM --platform a", "line 1: missing a value on flag: --platform"},
      {"FROM --platform=a --platform=b a", "line 1: duplicate flag specified: --platform"}};
  for (const auto& [text, error] : kTable)
    BOOST_TEST(error_text(Errc::invalid, [&, t = text] { plan_of(t); }) ==
               std::string("dockerfile parse error on ") + error);
  BOOST_TEST(error_text(Errc::invalid, [] { plan_of("ARG A"); }) ==
             "no build stage in current context");
}

BOOST_AUTO_TEST_CASE(quotes_of_a_platform_are_its_writers) {
  BOOST_TEST(plan_of("FROM --platform=\"linux/arm64\" a").stages[0].platform == "linux/arm64");
  BOOST_TEST(plan_of("# escape=`\nFROM --platform=li`nux a").stages[0].platform == "linux");
}

BOOST_AUTO_TEST_CASE(stages_that_the_target_takes_nothing_from_are_not_needed) {
  const StagePlan plan = plan_of(
      "ARG B=one\nFROM x AS one\nFROM x AS two\nFROM x AS three\nFROM x AS four\n"
      "FROM $B\nCOPY --from=Two /a /\nRUN --mount=type=bind,from=2,target=/t true\n");
  const auto needed = [&](std::size_t target, const std::string& given = "") {
    return needed_stages(
        plan, target, [](const std::string& name) { return name == "$B" ? "one" : name; },
        [&](const std::string& name) { return name == given; });
  };
  using Flags = std::vector<bool>;
  BOOST_TEST((needed(4) == Flags{true, true, true, false, true}));
  BOOST_TEST((needed(4, "Two") == Flags{true, false, true, false, true}));
  BOOST_TEST((needed(3) == Flags{false, false, false, true}));
}

BOOST_AUTO_TEST_SUITE_END()
