// What clients are answered who ask about a Dockerfile.
#include "core/buildkit/questions.hpp"

#include "core/base/digest.hpp"
#include "core/build/check_rules.hpp"
#include "core/buildkit/source_excerpt.hpp"
#include "core/json/reader.hpp"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::buildkit;

namespace {

constexpr const char* kFile = "# a is first\nFROM scratch AS a\nARG X=1\nFROM a\n";

std::map<std::string, std::string> ask(const std::string& question,
                                       const services::CheckOutcome& outcome = {}) {
  SolveAttributes wanted;
  wanted.question = question;
  return answer_question(wanted, kFile, [&] { return outcome; });
}

services::CheckOutcome two_warnings() {
  services::CheckOutcome outcome;
  outcome.warnings = {{&build::rules::kUndefinedVar, "late", 4, 4},
                      {&build::rules::kInvalidBaseImagePlatform, "early", 2, 3}};
  return outcome;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(questions)

BOOST_AUTO_TEST_CASE(what_can_be_asked) {
  for (const char* name :
       {"frontend.lint", "frontend.outline", "frontend.targets", "frontend.subrequests.describe"})
    BOOST_TEST(is_question(name));
  BOOST_TEST(!is_question("frontend.other"));
  const auto answer = ask("frontend.subrequests.describe");
  const auto json = json::Document::parse(answer.at("result.json"));
  BOOST_TEST(json.root().at(0)["name"].str() == "frontend.outline");
  BOOST_TEST(json.root().at(0)["opts"].at(0)["name"].str() == "target");
  BOOST_TEST(json.root().at(2)["opts"].is_null());
  BOOST_TEST(
      answer.at("result.txt")
          .starts_with(
              "NAME                 VERSION DESCRIPTION\noutline              1.0.0   List all "));
}

BOOST_AUTO_TEST_CASE(warnings_are_told_with_their_place) {
  const auto answer = ask("frontend.lint", two_warnings());
  BOOST_TEST(answer.at("result.statuscode") == "1");
  BOOST_TEST(answer.at("version") == "1.0.0");
  const auto json = json::Document::parse(answer.at("result.json"));
  const json::Node first = json.root()["warnings"].at(0), second = json.root()["warnings"].at(1);
  BOOST_TEST(first["ruleName"].str() == "UndefinedVar");
  BOOST_TEST(first["description"].str() == "Variables should be defined before their use");
  BOOST_TEST(first["url"].str() == "https://docs.docker.com/go/dockerfile/rule/undefined-var/");
  BOOST_TEST(first["detail"].str() == "late");
  BOOST_TEST(first["location"]["ranges"].at(0)["start"]["line"].i64() == 4);
  BOOST_TEST(second["location"]["ranges"].at(1)["end"]["line"].i64() == 3);
  BOOST_TEST(!second["url"]);
  const json::Node source = json.root()["sources"].at(0);
  BOOST_TEST(source["filename"].str() == "Dockerfile");
  BOOST_TEST(source["data"].str() == base64_encode(kFile));
  BOOST_TEST(!json.root()["buildError"]);
  BOOST_TEST(answer.at("result.txt") ==
             "\nWARNING: InvalidBaseImagePlatform\nearly\n"
             "Dockerfile:2\n--------------------\n"
             "   1 |     # a is first\n   2 | >>> FROM scratch AS a\n   3 | >>> ARG X=1\n"
             "   4 |     FROM a\n--------------------\n"
             "\nWARNING: UndefinedVar - "
             "https://docs.docker.com/go/dockerfile/rule/undefined-var/\nlate\n"
             "Dockerfile:4\n--------------------\n   2 |     FROM scratch AS a\n"
             "   3 |     ARG X=1\n   4 | >>> FROM a\n   5 |     \n--------------------\n");
}

BOOST_AUTO_TEST_CASE(without_warnings_the_list_is_null) {
  const auto answer = ask("frontend.lint");
  BOOST_TEST(answer.at("result.statuscode") == "0");
  BOOST_TEST(answer.at("result.txt") == "");
  BOOST_TEST(answer.at("result.json").starts_with("{\n  \"warnings\": null,\n  \"sources\": [\n"));
}

BOOST_AUTO_TEST_CASE(what_a_build_would_fail_with_is_told) {
  services::CheckOutcome outcome;
  outcome.error = "no";
  const auto no_place = json::Document::parse(ask("frontend.lint", outcome).at("result.json"));
  BOOST_TEST(no_place.root()["buildError"]["message"].str() == "no");
  BOOST_TEST(!no_place.root()["buildError"]["location"]["ranges"]);
  outcome.line = outcome.last_line = 2;
  const auto answer = ask("frontend.lint", outcome);
  BOOST_TEST(answer.at("result.statuscode") == "1");
  const auto json = json::Document::parse(answer.at("result.json"));
  BOOST_TEST(json.root()["buildError"]["location"]["ranges"].at(0)["start"]["line"].i64() == 2);
}

BOOST_AUTO_TEST_CASE(targets_are_the_stages) {
  const auto answer = ask("frontend.targets");
  const auto json = json::Document::parse(answer.at("result.json"));
  const json::Node first = json.root()["targets"].at(0), second = json.root()["targets"].at(1);
  BOOST_TEST(first["name"].str() == "a");
  BOOST_TEST(first["description"].str() == "is first");
  BOOST_TEST(!first["default"]);
  BOOST_TEST(second["default"].boolean());
  BOOST_TEST(second["base"].str() == "a");
  BOOST_TEST(!second["name"]);
  BOOST_TEST(answer.at("result.txt") == "TARGET    DESCRIPTION\na         is first\n(default) \n");
}

BOOST_AUTO_TEST_CASE(an_outline_has_what_the_target_takes) {
  const auto answer = ask("frontend.outline");
  const auto json = json::Document::parse(answer.at("result.json"));
  BOOST_TEST(json.root()["args"].at(0)["name"].str() == "X");
  BOOST_TEST(json.root()["args"].at(0)["value"].str() == "1");
  BOOST_TEST(!json.root()["secrets"]);
  BOOST_TEST(json.root()["sources"].at(0).str() == base64_encode(kFile));
  BOOST_TEST(answer.at("result.txt") ==
             "BUILD ARG   VALUE   DESCRIPTION\nX           1       \n\n");
}

BOOST_AUTO_TEST_CASE(an_excerpt_keeps_to_the_text) {
  BOOST_TEST(source_excerpt({"f", "a", 1, 1}) ==
             "f:1\n--------------------\n   1 | >>> a\n--------------------\n");
  BOOST_TEST(source_excerpt({"f", "a\nb", 1, 9}) ==
             "f:1\n--------------------\n   1 | >>> a\n   2 | >>> b\n--------------------\n");
  BOOST_TEST(source_excerpt({"f", "a", 2, 2}) == "");
  BOOST_TEST(source_excerpt({"f", "a", 0, 0}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
