#include "core/devices/yaml_json.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/json/writer.hpp"

namespace gantry::devices {
namespace {

constexpr unsigned kMaxDepth = 32;
/// Aliases of aliases grow without end, also from a short text.
constexpr size_t kMaxBytes = 8u << 20;

[[noreturn]] void fail(const YAML::Mark& mark, const std::string& what) {
  throw Error(Errc::invalid, "invalid YAML: line " + std::to_string(mark.line + 1) + ": " + what);
}

bool is_one_of(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// As JSON writes it, so that it can be copied.
bool is_integer(const std::string& text) {
  const size_t first = text.starts_with('-') ? 1 : 0;
  const std::string_view digits = std::string_view(text).substr(first);
  if (digits.empty() || digits.size() > 18 || (digits.front() == '0' && digits != "0"))
    return false;
  return std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void write_scalar(json::Writer& out, const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() != "?")  // in quotes, or of a type that the file names
    out.str(text);
  else if (is_one_of(text, {"true", "True", "TRUE"}))
    out.boolean(true);
  else if (is_one_of(text, {"false", "False", "FALSE"}))
    out.boolean(false);
  else if (is_integer(text))
    out.raw(text == "-0" ? "0" : text);
  else
    out.str(text);
}

void write_value(json::Writer& out, const YAML::Node& node, unsigned depth) {
  if (depth > kMaxDepth) fail(node.Mark(), "nested too deep");
  if (out.text().size() > kMaxBytes) fail(node.Mark(), "too long");
  switch (node.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null:
      out.null();
      return;
    case YAML::NodeType::Scalar:
      write_scalar(out, node);
      return;
    case YAML::NodeType::Sequence:
      out.begin_array();
      for (const auto& item : node) write_value(out, item, depth + 1);
      out.end_array();
      return;
    case YAML::NodeType::Map:
      break;
  }
  out.begin_object();
  for (const auto& member : node) {
    if (!member.first.IsScalar()) fail(member.first.Mark(), "a key must be a word");
    out.key(member.first.Scalar());
    write_value(out, member.second, depth + 1);
  }
  out.end_object();
}

}  // namespace

std::string yaml_to_json(const std::string& text) {
  try {
    json::Writer out;
    write_value(out, YAML::Load(text), 0);
    return out.take();
  } catch (const YAML::Exception& error) {
    fail(error.mark, error.msg);
  }
}

}  // namespace gantry::devices
