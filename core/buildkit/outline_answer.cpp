#include "core/buildkit/outline_answer.hpp"

#include "core/base/digest.hpp"
#include "core/buildkit/source_excerpt.hpp"
#include "core/buildkit/text_table.hpp"
#include "core/json/indented.hpp"
#include "core/json/writer.hpp"

namespace gantry::buildkit {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr const char* kDefault = "(default)";
constexpr std::size_t kNarrow = 1, kWide = 3;

void write_if(json::Writer& out, const char* name, const std::string& value) {
  if (!value.empty()) out.field(name, value);
}

void write_source(json::Writer& out, const std::string& dockerfile) {
  out.key("sources").begin_array().str(base64_encode(dockerfile)).end_array();
}

void write_arguments(json::Writer& out, const std::vector<build::OutlineArgument>& arguments) {
  if (arguments.empty()) return;
  out.key("args").begin_array();
  for (const build::OutlineArgument& argument : arguments) {
    out.begin_object().field("name", argument.name);
    write_if(out, "description", argument.description);
    write_if(out, "value", argument.value);
    out.key("location");
    write_location(out, argument.line, argument.last_line);
    out.end_object();
  }
  out.end_array();
}

void write_mounts(json::Writer& out, const char* name,
                  const std::vector<build::OutlineMount>& mounts) {
  if (mounts.empty()) return;
  out.key(name).begin_array();
  for (const build::OutlineMount& mount : mounts) {
    out.begin_object().field("name", mount.id);
    if (mount.required) out.field("required", true);
    out.key("location");
    write_location(out, mount.line, mount.last_line);
    out.end_object();
  }
  out.end_array();
}

std::string mounts_table(const char* title, const std::vector<build::OutlineMount>& mounts) {
  if (mounts.empty()) return {};
  Rows rows{{title, "REQUIRED"}};
  for (const build::OutlineMount& mount : mounts)
    rows.push_back({mount.id, mount.required ? "true" : ""});
  return text_table(rows, kWide) + "\n";
}

std::string outline_text(const build::Outline& outline) {
  std::string text;
  if (!outline.name.empty() || !outline.description.empty()) {
    Rows rows{{"TARGET:", outline.name.empty() ? kDefault : outline.name}};
    if (!outline.description.empty()) rows.push_back({"DESCRIPTION:", outline.description});
    text += text_table(rows, kNarrow) + "\n";
  }
  if (!outline.arguments.empty()) {
    Rows rows{{"BUILD ARG", "VALUE", "DESCRIPTION"}};
    for (const build::OutlineArgument& argument : outline.arguments)
      rows.push_back({argument.name, argument.value, argument.description});
    text += text_table(rows, kWide) + "\n";
  }
  return text + mounts_table("SECRET", outline.secrets) + mounts_table("SSH", outline.agents);
}

void write_target(json::Writer& out, const build::Stage& stage, bool is_last) {
  out.begin_object();
  write_if(out, "name", stage.name);
  if (is_last) out.field("default", true);
  write_if(out, "description", build::description_of(stage.from, stage.name));
  write_if(out, "base", stage.base);
  write_if(out, "platform", stage.platform);
  out.key("location");
  write_location(out, stage.from.line, stage.from.last_line);
  out.end_object();
}

std::map<std::string, std::string> answer(const std::string& json, std::string text) {
  return {
      {"result.json", json::indented(json)}, {"result.txt", std::move(text)}, {"version", "1.0.0"}};
}

}  // namespace

std::map<std::string, std::string> outline_answer(const build::Outline& outline,
                                                  const std::string& dockerfile) {
  json::Writer out;
  out.begin_object();
  write_if(out, "name", outline.name);
  write_if(out, "description", outline.description);
  write_arguments(out, outline.arguments);
  write_mounts(out, "secrets", outline.secrets);
  write_mounts(out, "ssh", outline.agents);
  write_source(out, dockerfile);
  out.end_object();
  return answer(out.text(), outline_text(outline));
}

std::map<std::string, std::string> targets_answer(const build::StagePlan& plan,
                                                  const std::string& dockerfile) {
  json::Writer out;
  Rows rows{{"TARGET", "DESCRIPTION"}};
  out.begin_object().key("targets").begin_array();
  for (const build::Stage& stage : plan.stages) {
    const bool is_last = &stage == &plan.stages.back();
    write_target(out, stage, is_last);
    const std::string mark = !is_last ? "" : stage.name.empty() ? kDefault : " (default)";
    rows.push_back({stage.name + mark, build::description_of(stage.from, stage.name)});
  }
  out.end_array();
  write_source(out, dockerfile);
  out.end_object();
  return answer(out.text(), text_table(rows, kNarrow));
}

}  // namespace gantry::buildkit
