// Checks of a Dockerfile that look at how it is written.
#include <boost/test/unit_test.hpp>

#include "tests/unit/build/checked.hpp"

using namespace gantry;
using gantry::test::checked;
using gantry::test::rules_in;

namespace {
using List = std::vector<std::string>;
}  // namespace

BOOST_AUTO_TEST_SUITE(file_checks)

BOOST_AUTO_TEST_CASE(stage_names_are_lower_case) {
  BOOST_TEST(checked("FROM scratch AS Base") ==
                 List{"StageNameCasing 1 Stage name 'Base' should be lowercase"},
             boost::test_tools::per_element());
  BOOST_TEST(rules_in("FROM scratch AS base") == "");
}

BOOST_AUTO_TEST_CASE(as_is_written_as_from_is) {
  BOOST_TEST(checked("FROM scratch as a") ==
                 List{"FromAsCasing 1 'as' and 'FROM' keywords' casing do not match"},
             boost::test_tools::per_element());
  BOOST_TEST(rules_in("from scratch AS a\nfrom scratch As b") == "FromAsCasing 1, FromAsCasing 2");
  BOOST_TEST(rules_in("from scratch as a") == "");
  // A mixture has its own rule.
  BOOST_TEST(rules_in("From scratch as a\nFROM scratch AS b") == "ConsistentInstructionCasing 1");
}

BOOST_AUTO_TEST_CASE(empty_lines_in_an_instruction_are_told_where_it_ends) {
  BOOST_TEST(checked("FROM scratch\nLABEL a=b \\\n\n  c=d\nLABEL e=f \\\n# no\n  g=h\n") ==
                 List{"NoEmptyContinuation 4 Empty continuation line"},
             boost::test_tools::per_element());
  BOOST_TEST(rules_in("FROM scratch\nRUN <<E \\\n\n\na\nE\n") == "NoEmptyContinuation 5");
}

BOOST_AUTO_TEST_CASE(instructions_are_written_as_most_are) {
  BOOST_TEST(
      checked("FROM scratch\nuser a\nUSER b\nUser c") ==
          (List{"ConsistentInstructionCasing 2 Command 'user' should match the case of the command "
                "majority (uppercase)",
                "ConsistentInstructionCasing 4 Command 'User' should match the case of the command "
                "majority (uppercase)"}),
      boost::test_tools::per_element());
  BOOST_TEST(checked("from scratch\nuser a\nUSER b") ==
                 List{"ConsistentInstructionCasing 3 Command 'USER' should match the case of the "
                      "command majority (lowercase)"},
             boost::test_tools::per_element());
  BOOST_TEST(rules_in("from scratch\nuser a") == "");
  // Arguments of the whole file are no part of it.
  BOOST_TEST(rules_in("arg A=b\nFROM scratch\nUSER a") == "");
}

BOOST_AUTO_TEST_CASE(stage_names_are_unique_and_free) {
  BOOST_TEST(
      checked(
          "FROM scratch AS b\nFROM scratch AS B2\nFROM scratch AS b\nFROM scratch AS context") ==
          (List{"StageNameCasing 2 Stage name 'B2' should be lowercase",
                "DuplicateStageName 3 Duplicate stage name \"b\", stage names should be unique",
                "ReservedStageName 4 Stage name should not use the same name as reserved stage "
                "\"context\""}),
      boost::test_tools::per_element());
  BOOST_TEST(rules_in("FROM scratch\nFROM scratch AS a") == "");
}

BOOST_AUTO_TEST_CASE(maintainer_is_deprecated) {
  BOOST_TEST(checked("FROM scratch\nMAINTAINER me\nLABEL maintainer=me") ==
                 List{"MaintainerDeprecated 2 Maintainer instruction is deprecated in favor of "
                      "using label"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(descriptions_are_checked_for_those_who_want_it) {
  constexpr const char* kFile =
      "# bar this is the bar\nARG foo=bar\n# a\n#\nARG x=1\n# BasE image\nFROM scratch AS base\n"
      "# b is b\nARG a=1 b=2\n# c\nARG a=1 b=2\n# other\nUSER a";
  BOOST_TEST(test::CheckSetting().found(kFile, "experimental=all") ==
                 (List{"InvalidDefinitionDescription 2 Comment for ARG should follow the format: "
                       "`# foo <description>`",
                       "InvalidDefinitionDescription 7 Comment for FROM should follow the format: "
                       "`# base <description>`",
                       "InvalidDefinitionDescription 11 Comment for ARG should follow the format: "
                       "`# <arg_key> <description>`"}),
             boost::test_tools::per_element());
  BOOST_TEST(test::rules_of(test::CheckSetting().found(
                 kFile, "skip=all;experimental=InvalidDefinitionDescription")) ==
             "InvalidDefinitionDescription 2, InvalidDefinitionDescription 7, "
             "InvalidDefinitionDescription 11");
  BOOST_TEST(rules_in(kFile) == "");
}

BOOST_AUTO_TEST_CASE(what_stands_in_front_of_a_mistake_is_checked) {
  constexpr const char* kFile = "# check=skip=x\nFROM scratch AS Bad\nMAINTAINER me\nBADCMD\n";
  const build::Dockerfile file = build::dockerfile_before(kFile, 4);
  BOOST_TEST(file.checks == "skip=x");
  build::CheckReport report{{}};
  build::check_beginning(file.instructions, report);
  BOOST_REQUIRE(report.warnings().size() == 2u);
  BOOST_TEST(report.warnings()[0].short_text() ==
             "StageNameCasing: Stage name 'Bad' should be lowercase (line 2)");
  BOOST_TEST(report.warnings()[1].rule->name == "MaintainerDeprecated");
  BOOST_TEST(build::dockerfile_before("FROM a\nRUN <<E\n", 2).instructions.empty());
}

BOOST_AUTO_TEST_SUITE_END()
