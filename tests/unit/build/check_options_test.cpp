// Which checks count, and what is made of what they find.
#include "core/build/check_options.hpp"

#include "core/build/check_report.hpp"
#include "core/build/suggestion.hpp"
#include "tests/unit/build/checked.hpp"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;
using gantry::test::rules_in;

namespace {

constexpr const char* kBad = "FROM scratch as a\nMAINTAINER me\n";

std::string with(const std::string& options) {
  return test::rules_of(test::CheckSetting().found(kBad, options));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(check_options)

BOOST_AUTO_TEST_CASE(rules_are_left_out) {
  BOOST_TEST(with(" ") == "FromAsCasing 1, MaintainerDeprecated 2");
  BOOST_TEST(with("skip=FromAsCasing") == "MaintainerDeprecated 2");
  BOOST_TEST(with(" skip = Other , FromAsCasing ;error=true") == "MaintainerDeprecated 2");
  BOOST_TEST(with("skip=FromAsCasing,MaintainerDeprecated") == "");
  BOOST_TEST(with("error=true;skip=all") == "");
  BOOST_TEST(with("skip=fromascasing") == "FromAsCasing 1, MaintainerDeprecated 2");
}

BOOST_AUTO_TEST_CASE(the_directive_counts_to_a_blank) {
  BOOST_TEST(rules_in("# check=skip=FromAsCasing a remark\nFROM scratch as a") == "");
  BOOST_TEST(rules_in("#Check = skip=all\nFROM scratch as a") == "");
  BOOST_TEST(rules_in("# more\n# check=skip=all\n#\nFROM scratch as a") == "FromAsCasing 4");
  BOOST_TEST(parse_dockerfile("# syntax=x\n# check=error=true b\nFROM a").checks == "error=true");
  BOOST_TEST(parse_dockerfile("# a\n# check=error=true\nFROM a").checks == "");
}

BOOST_AUTO_TEST_CASE(a_comment_counts_for_the_instruction_below_it) {
  BOOST_TEST(rules_in("FROM scratch\n# check=skip=MaintainerDeprecated\nMAINTAINER a") == "");
  BOOST_TEST(rules_in("FROM scratch\n# why\n# check=skip=all // b\n\nMAINTAINER a\nMAINTAINER b") ==
             "MaintainerDeprecated 6");
  BOOST_TEST(rules_in("FROM scratch\n# check=skip=all\n#\nMAINTAINER a") ==
             "MaintainerDeprecated 4");
  BOOST_TEST(rules_in("FROM scratch\n # check=skip=all\nMAINTAINER a") == "MaintainerDeprecated 3");
  BOOST_TEST(rules_in("FROM scratch\n# check=what\n# check=skip=all\nMAINTAINER a") ==
             "MaintainerDeprecated 4");
  // For rules about the whole file there is the directive.
  BOOST_TEST(rules_in("FROM scratch AS a\n# check=skip=all\nFROM scratch AS a") ==
             "DuplicateStageName 3");
}

BOOST_AUTO_TEST_CASE(options_that_are_none_are_refused) {
  const std::pair<const char*, const char*> kTable[] = {
      {"skip", "invalid check option \"skip\""},
      {"skip=a;", "invalid check option \"\""},
      {"what=a", "invalid check option \"what\""},
      {"error=maybe",
       "failed to parse check option \"error=maybe\": strconv.ParseBool: parsing \"maybe\": "
       "invalid "
       "syntax"}};
  for (const auto& [text, why] : kTable)
    BOOST_TEST(error_text(Errc::invalid, [&] { CheckOptions(std::string_view(text)); }) == why);
  // Behind the second ";" there is one value.
  BOOST_CHECK_NO_THROW(CheckOptions("skip=a;error=1;experimental=b;skip=c"));
}

BOOST_AUTO_TEST_CASE(warnings_may_be_errors) {
  const CheckReport report =
      test::CheckSetting().report(std::string(kBad) + "MAINTAINER b\n", "error=true");
  BOOST_TEST(report.error() ==
             "lint violation found for rules: FromAsCasing, MaintainerDeprecated");
  BOOST_TEST(test::CheckSetting().report(kBad).error() == "");
  BOOST_TEST(test::CheckSetting().report("FROM scratch", "error=true").error() == "");
  // A comment decides about its instruction alone.
  BOOST_TEST(test::CheckSetting()
                 .report("# check=skip=all\nFROM scratch\n# check=error=true\nMAINTAINER a")
                 .error() == "");
}

BOOST_AUTO_TEST_CASE(there_are_not_more_warnings_than_anybody_reads) {
  std::string file = "FROM scratch\n";
  for (int i = 0; i < 3000; ++i) file += "MAINTAINER a\n";
  BOOST_TEST(test::CheckSetting().report(file).warnings().size() == 1000u);
}

BOOST_AUTO_TEST_CASE(rules_have_a_page) {
  BOOST_TEST(rules::kUndefinedVar.url() ==
             "https://docs.docker.com/go/dockerfile/rule/undefined-var/");
  BOOST_TEST(rules::kInvalidBaseImagePlatform.url() == "");
}

BOOST_AUTO_TEST_CASE(the_nearest_name_is_suggested) {
  const auto nearest = [](const char* name, std::initializer_list<const char*> others) {
    Suggestion suggestion{name};
    for (const char* other : others) suggestion.consider(other);
    return suggestion.text();
  };
  BOOST_TEST(nearest("PAHT", {"HOME", "PATH"}) == "PATH");
  BOOST_TEST(nearest("ab", {"abcde"}) == "");
  BOOST_TEST(nearest("abcdef", {"abcd", "abcde"}) == "abcde");
  BOOST_TEST(nearest("abc", {"abd", "abc"}) == "");
  BOOST_TEST(nearest("a", {}) == "");
  const std::string large(1000, 'x');
  BOOST_TEST(nearest(large.c_str(), {(large + "y").c_str()}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
