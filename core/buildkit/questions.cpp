#include "core/buildkit/questions.hpp"

#include <string_view>

#include "core/base/error.hpp"
#include "core/build/outline.hpp"
#include "core/buildkit/lint_answer.hpp"
#include "core/buildkit/outline_answer.hpp"
#include "core/buildkit/text_table.hpp"
#include "core/images/platform.hpp"
#include "core/json/indented.hpp"
#include "core/json/writer.hpp"

namespace gantry::buildkit {
namespace {

constexpr std::string_view kFrontend = "frontend.";
constexpr const char* kLint = "frontend.lint";
constexpr const char* kOutline = "frontend.outline";
constexpr const char* kTargets = "frontend.targets";
constexpr const char* kDescribe = "frontend.subrequests.describe";
constexpr const char* kQuestionVersion = "1.0.0";

using Answer = std::map<std::string, std::string>;

/// What frontends tell of the questions they answer; the checks are not among them, in Docker
/// either.
struct Question {
  const char *name, *description;
  bool has_target = false;
};
constexpr Question kQuestions[] = {
    {kOutline, "List all parameters current build target supports", true},
    {kTargets, "List all targets current build supports"},
    {kDescribe, "List available subrequest types"}};

void write_named(json::Writer& out, const char* name, const char* description) {
  out.begin_object().field("name", name).field("description", description).end_object();
}

void write_question(json::Writer& out, const Question& question) {
  out.begin_object().field("name", question.name).field("version", kQuestionVersion);
  out.field("type", "rpc").field("description", question.description).key("opts");
  if (question.has_target) {
    out.begin_array();
    write_named(out, "target", "Target build stage");
    out.end_array();
  } else {
    out.null();
  }
  out.key("inputs").null().key("metadata").begin_array();
  write_named(out, "result.json", "");
  write_named(out, "result.txt", "");
  out.end_array().key("refs").null().end_object();
}

Answer describe() {
  json::Writer out;
  std::vector<std::vector<std::string>> rows{{"NAME", "VERSION", "DESCRIPTION"}};
  out.begin_array();
  for (const Question& question : kQuestions) {
    write_question(out, question);
    const std::string_view name = question.name;
    rows.push_back(
        {std::string(name.substr(kFrontend.size())), kQuestionVersion, question.description});
  }
  out.end_array();
  return {{"result.json", json::indented(out.text())},
          {"result.txt", text_table(rows, 1)},
          {"version", kQuestionVersion}};
}

Answer list_targets(const std::string& dockerfile) {
  return targets_answer(build::split_stages(build::parse_dockerfile(dockerfile)), dockerfile);
}

Answer outline(const services::BuildRequest& request, const std::string& dockerfile) {
  const build::Dockerfile file = build::parse_dockerfile(dockerfile);
  const build::StagePlan plan = build::split_stages(file);
  const build::CheckWorld world{.arguments = request.arguments,
                                .target = request.platform.value_or(images::host_platform()),
                                .host = images::host_platform(),
                                .target_stage = request.target};
  const std::size_t target = build::target_stage(plan, request.target);
  return outline_answer(build::outline_of(file, plan, target, world), dockerfile);
}

}  // namespace

bool is_question(const std::string& name) {
  return name == kLint || name == kOutline || name == kTargets || name == kDescribe;
}

Answer answer_question(const SolveAttributes& wanted, const std::string& dockerfile,
                       const std::function<services::CheckOutcome()>& check) {
  if (wanted.question == kLint) return lint_answer(check(), {wanted.filename, dockerfile});
  if (wanted.question == kOutline) return outline(wanted.request, dockerfile);
  if (wanted.question == kTargets) return list_targets(dockerfile);
  return describe();
}

}  // namespace gantry::buildkit
