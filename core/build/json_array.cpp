#include "core/base/error.hpp"
#include "core/build/config_instruction.hpp"
#include "core/json/reader.hpp"

namespace gantry::build {
namespace {

// What is no JSON at all is meant for a shell: "[ -f /x ] && y".
std::optional<json::Document> find_document(std::string_view rest) {
  try {
    return json::Document::parse(std::string(rest), {.bytes = 1u << 20, .depth = 4});
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<std::vector<std::string>> find_json_array(std::string_view rest) {
  if (!rest.starts_with('[')) return std::nullopt;
  const auto document = find_document(rest);
  if (!document) return std::nullopt;
  std::vector<std::string> strings;
  document->root().each_item([&](const json::Node& item) {
    if (!item.is_string())
      throw Error(Errc::invalid,
                  "when using JSON array syntax, arrays must be comprised of strings only");
    strings.push_back(item.str());
  });
  return strings;
}

}  // namespace gantry::build
