// ARG: which of a build's arguments are seen where.
#include "core/build/arguments.hpp"

#include <ctime>

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;

namespace {

std::vector<Argument> parse(const std::string& line, const Environment& words = {}) {
  return parse_arguments(parse_instruction(line), words, '\\');
}

std::string text_of(const std::vector<Argument>& arguments) {
  std::string text;
  for (const Argument& argument : arguments)
    text += argument.name + (argument.value ? "=" + *argument.value : "") + ";";
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(arguments)

BOOST_AUTO_TEST_CASE(one_instruction_declares_several) {
  const std::pair<const char*, const char*> kTable[] = {{"ARG A", "A;"},
                                                        {"ARG A=", "A=;"},
                                                        {"ARG A=1 B C=\"x y\"", "A=1;B;C=x y;"},
                                                        {"ARG A=b=c", "A=b=c;"},
                                                        {"ARG A=$X-${Y:-z}", "A=1-z;"}};
  for (const auto& [line, expected] : kTable) BOOST_TEST(text_of(parse(line, {"X=1"})) == expected);
  BOOST_TEST(error_text(Errc::invalid, [] { parse("ARG =x"); }) == "ARG names can not be blank");
  BOOST_TEST(error_text(Errc::invalid, [] { parse("ARG --x=1 A"); }) == "unknown flag: --x");
  BOOST_TEST(error_text(Errc::invalid, [] { parse("ARG $NONE"); }) == "ARG names can not be blank");
}

BOOST_AUTO_TEST_CASE(what_was_given_counts_more_than_the_default) {
  Arguments a({{"GIVEN", "g"}, {"EMPTY", ""}, {"UNSET", std::nullopt}}, {});
  a.declare("GIVEN", "d");
  a.declare("EMPTY", "d");
  a.declare("UNSET", "d");
  a.declare("DEFAULT", "d");
  a.declare("NOTHING", std::nullopt);
  BOOST_TEST(a.words({}) == (Environment{"DEFAULT=d", "EMPTY=", "GIVEN=g", "UNSET=d"}));
}

BOOST_AUTO_TEST_CASE(an_argument_ends_with_its_stage) {
  Arguments a({{"G", "g"}}, {});
  a.declare_global("G", std::nullopt);
  a.declare_global("V", "1");
  BOOST_TEST(a.global_words() == (Environment{"G=g", "V=1"}));
  Arguments stage = a;
  BOOST_TEST(stage.words({}).empty());  // a stage does not see what was declared before it
  stage.declare("V", std::nullopt);
  BOOST_TEST(stage.words({}) == Environment{"V=1"});
  stage.declare("V", "2");
  BOOST_TEST(stage.words({}) == Environment{"V=2"});
  Arguments next = a;
  BOOST_TEST(next.words({}).empty());
  next.declare("V", std::nullopt);
  BOOST_TEST(next.words({}) == Environment{"V=1"});  // not the last stage's
}

BOOST_AUTO_TEST_CASE(variables_of_the_image_hide_arguments) {
  Arguments a({{"A", "arg"}}, {});
  a.declare("A", std::nullopt);
  a.declare("AB", "arg");
  BOOST_TEST(a.words({"A=env"}) == (Environment{"A=env", "AB=arg"}));
  BOOST_TEST(a.for_command({"A=env"}) == Environment{"AB=arg"});
  BOOST_TEST(a.for_history({"AB=env"}) == Environment{"A=arg"});
}

BOOST_AUTO_TEST_CASE(platforms_are_known_to_from_and_declared_by_stages) {
  images::Platform target, host;
  target.os = host.os = "linux";
  target.architecture = "arm";
  target.variant = "v7";
  host.architecture = "amd64";
  Arguments a({{"TARGETARCH", "mine"}}, platform_arguments(target, host));
  BOOST_TEST(a.global_words() ==
             (Environment{"BUILDARCH=amd64", "BUILDOS=linux", "BUILDPLATFORM=linux/amd64",
                          "BUILDVARIANT=", "TARGETARCH=mine", "TARGETOS=linux",
                          "TARGETPLATFORM=linux/arm/v7", "TARGETVARIANT=v7"}));
  BOOST_TEST(a.words({}).empty());
  a.declare("TARGETVARIANT", std::nullopt);
  a.declare("BUILDARCH", "other");
  BOOST_TEST(a.words({}) == (Environment{"BUILDARCH=other", "TARGETVARIANT=v7"}));
  BOOST_TEST(a.unused().empty());
}

BOOST_AUTO_TEST_CASE(proxies_need_no_declaration_and_are_no_part_of_history) {
  Arguments a({{"HTTP_PROXY", "http://p"}, {"no_proxy", "x"}, {"Http_Proxy", "y"}}, {});
  BOOST_TEST(a.for_command({"no_proxy=env"}) == Environment{"HTTP_PROXY=http://p"});
  BOOST_TEST(a.for_history({}).empty());
  BOOST_TEST(a.unused() == std::vector<std::string>{"Http_Proxy"});
  a.declare("HTTP_PROXY", std::nullopt);
  BOOST_TEST(a.for_history({}) == Environment{"HTTP_PROXY=http://p"});
}

BOOST_AUTO_TEST_CASE(what_nobody_asked_for_is_told) {
  Arguments a({{"B", "1"}, {"A", "1"}, {"C", "1"}, {"D", std::nullopt}}, {});
  a.declare_global("C", std::nullopt);
  BOOST_TEST(a.unused() == (std::vector<std::string>{"A", "B", "D"}));
  a.declare("B", std::nullopt);
  BOOST_TEST(a.unused() == (std::vector<std::string>{"A", "D"}));
}

BOOST_AUTO_TEST_CASE(what_one_of_the_stages_asked_for_is_used) {
  Arguments whole({{"A", "1"}, {"B", "1"}, {"C", "1"}}, {});
  Arguments one = whole, other = whole;
  one.declare("A", std::nullopt);
  other.declare("C", std::nullopt);
  whole.add_used(one);
  whole.add_used(other);
  BOOST_TEST(whole.unused() == std::vector<std::string>{"B"});
}

BOOST_AUTO_TEST_CASE(many_arguments_beside_many_variables_cost_little) {
  Arguments a({}, {});
  Environment env;
  for (int i = 0; i < 20'000; ++i) {
    a.declare("ARGUMENT" + std::to_string(i), "x");
    env.push_back("VARIABLE" + std::to_string(i) + "=x");
  }
  const std::clock_t begin = std::clock();  // this process alone: others may need the machine
  BOOST_TEST(a.words(env).size() == 40'000u);
  BOOST_TEST((std::clock() - begin) / CLOCKS_PER_SEC < 2);
}

BOOST_AUTO_TEST_SUITE_END()
