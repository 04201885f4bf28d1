// Checks of what stages begin with.
#include <boost/test/unit_test.hpp>

#include "tests/unit/build/checked.hpp"

using namespace gantry;
using gantry::test::checked;
using gantry::test::CheckSetting;
using gantry::test::rules_in;

namespace {
using List = std::vector<std::string>;
}  // namespace

BOOST_AUTO_TEST_SUITE(from_checks)

BOOST_AUTO_TEST_CASE(arguments_of_from_are_declared) {
  BOOST_TEST(checked("ARG tag=latest\nFROM box:${tag}${version} AS b") ==
                 List{"UndefinedArgInFrom 2 FROM argument 'version' is not declared"},
             boost::test_tools::per_element());
  CheckSetting setting;
  BOOST_TEST(setting.found("FROM --platform=$BULIDPLATFORM scratch") ==
                 List{"UndefinedArgInFrom 1 FROM argument 'BULIDPLATFORM' is not declared (did you "
                      "mean BUILDPLATFORM?)"},
             boost::test_tools::per_element());
  BOOST_TEST(setting.failure == "1: empty platform value from expression $BULIDPLATFORM");
  BOOST_TEST(rules_in("FROM --platform=$BUILDPLATFORM scratch") == "");
  BOOST_TEST(rules_in("ARG DEBUG\nFROM scra${DEBUG:-tch}") == "");
  BOOST_TEST(rules_in("ARG A=$B\nFROM scratch$A") == "");
}

BOOST_AUTO_TEST_CASE(defaults_name_an_image) {
  constexpr const char* kFile = "ARG VERSION\nFROM box:$VERSION";
  CheckSetting setting;
  setting.world.arguments["VERSION"] = "1";
  BOOST_TEST(setting.found(kFile) ==
                 List{"InvalidDefaultArgInFrom 2 Default value for ARG box:$VERSION results in "
                      "empty or invalid base image name"},
             boost::test_tools::per_element());
  BOOST_TEST(rules_in("ARG VERSION=1\nFROM box:$VERSION") == "");
  BOOST_TEST(rules_in("ARG V\nFROM box:${V:-1}") == "");
  // What the client gives is no default.
  setting.world.arguments["VERSION"] = "!";
  BOOST_TEST(setting.found("ARG VERSION=1\nFROM box:$VERSION").empty());
}

BOOST_AUTO_TEST_CASE(the_platform_of_the_build_need_not_be_said) {
  BOOST_TEST(checked("FROM --platform=${TARGETPLATFORM} scratch") ==
                 List{"RedundantTargetPlatform 1 Setting platform to predefined ${TARGETPLATFORM} "
                      "in FROM is redundant as this is the default behavior"},
             boost::test_tools::per_element());
  BOOST_TEST(
      rules_in("# check=skip=RedundantTargetPlatform\nFROM --platform=$TARGETPLATFORM scratch") ==
      "");
  BOOST_TEST(rules_in("FROM --platform=linux/$TARGETARCH scratch") == "");
}

BOOST_AUTO_TEST_CASE(a_platform_is_not_constant) {
  BOOST_TEST(checked("FROM --platform=linux/amd64 scratch AS base") ==
                 List{"FromPlatformFlagConstDisallowed 1 FROM --platform flag should not use "
                      "constant value \"linux/amd64\""},
             boost::test_tools::per_element());
  BOOST_TEST(rules_in("FROM --platform=linux/amd64 scratch AS build-amd64") == "");
  BOOST_TEST(rules_in("FROM --platform=linux/amd64 scratch AS linux") == "");
}

BOOST_AUTO_TEST_CASE(a_base_has_the_platform_of_the_build) {
  CheckSetting setting;
  setting.image("box", {});
  BOOST_TEST(setting.found("FROM box").empty());
  setting.world.target.architecture = "arm64";
  BOOST_TEST(setting.found("FROM box") ==
                 List{"InvalidBaseImagePlatform 1 Base image box was pulled with platform "
                      "\"linux/amd64\", expected \"linux/arm64\" for current build"},
             boost::test_tools::per_element());
  BOOST_TEST(setting.asked.empty());
}

BOOST_AUTO_TEST_CASE(bases_that_must_be_known_are_asked_for) {
  CheckSetting setting;
  setting.world.needs_bases = true;
  BOOST_TEST(setting.found("FROM a AS x\nFROM x\nFROM scratch").empty());
  BOOST_TEST(setting.asked == List{"a"}, boost::test_tools::per_element());
  setting.world.base = [](const auto&, const auto&, auto) -> build::CheckBasePtr {
    throw Error(Errc::not_found, "not there");
  };
  BOOST_TEST(setting.found("FROM scratch\nMAINTAINER a\nFROM b\nWORKDIR c").size() == 1u);
  BOOST_TEST(setting.failure == "3: not there");
}

BOOST_AUTO_TEST_CASE(what_no_build_could_go_on_from_ends_the_checks) {
  const std::pair<const char*, const char*> kTable[] = {
      {"FROM ${A", "1: failed to process \"${A\": syntax error: missing '}'"},
      {"ARG A=${\nFROM a", "1: failed to process \"${\": bad substitution"},
      {"ARG A\nFROM $A", "2: base name ($A) should not be blank"},
      {"FROM scratch\nENV a=${b", "2: failed to process \"${b\": syntax error: missing '}'"}};
  for (const auto& [text, why] : kTable) {
    CheckSetting setting;
    setting.found(text);
    BOOST_TEST(setting.failure == why);
  }
}

BOOST_AUTO_TEST_SUITE_END()
