#include "core/buildkit/lint_answer.hpp"

#include <algorithm>
#include <vector>

#include "core/base/digest.hpp"
#include "core/buildkit/source_excerpt.hpp"
#include "core/json/indented.hpp"
#include "core/json/writer.hpp"

namespace gantry::buildkit {
namespace {

using build::CheckWarning;

void write_warning(json::Writer& out, const CheckWarning& warning) {
  out.begin_object().field("ruleName", warning.rule->name);
  out.field("description", warning.rule->description);
  if (const std::string url = warning.rule->url(); !url.empty()) out.field("url", url);
  out.field("detail", warning.text).key("location");
  write_location(out, warning.line, warning.last_line);
  out.end_object();
}

// Without warnings the list is null, as in Docker.
std::string as_json(const services::CheckOutcome& outcome, const SourceLines& source) {
  json::Writer out;
  out.begin_object().key("warnings");
  if (outcome.warnings.empty()) {
    out.null();
  } else {
    out.begin_array();
    for (const CheckWarning& warning : outcome.warnings) write_warning(out, warning);
    out.end_array();
  }
  out.key("sources").begin_array().begin_object().field("filename", source.name);
  out.field("data", base64_encode(source.text)).field("language", kLanguage);
  out.end_object().end_array();
  if (!outcome.error.empty()) {
    out.key("buildError").begin_object().field("message", outcome.error).key("location");
    write_location(out, outcome.line, outcome.last_line);
    out.end_object();
  }
  out.end_object();
  return json::indented(out.text());
}

std::string as_text(const services::CheckOutcome& outcome, const SourceLines& source) {
  std::vector<CheckWarning> warnings = outcome.warnings;
  std::stable_sort(warnings.begin(), warnings.end(),
                   [](const CheckWarning& a, const CheckWarning& b) { return a.line < b.line; });
  std::string text;
  for (const CheckWarning& warning : warnings) {
    const std::string url = warning.rule->url();
    text += "\nWARNING: " + std::string(warning.rule->name) + (url.empty() ? "" : " - " + url);
    text += "\n" + warning.text + "\n";
    text += source_excerpt({source.name, source.text, warning.line, warning.last_line});
  }
  return text;
}

}  // namespace

std::map<std::string, std::string> lint_answer(const services::CheckOutcome& outcome,
                                               const SourceLines& source) {
  const bool is_clean = outcome.warnings.empty() && outcome.error.empty();
  return {{"result.json", as_json(outcome, source)},
          {"result.txt", as_text(outcome, source)},
          {"result.statuscode", is_clean ? "0" : "1"},
          {"version", "1.0.0"}};
}

}  // namespace gantry::buildkit
