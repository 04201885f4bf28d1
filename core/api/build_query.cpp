#include "core/api/build_query.hpp"

#include <string>
#include <utility>

#include "core/api/request_body.hpp"
#include "core/base/error.hpp"

namespace gantry::api {

json::Document json_parameter(const http::Query& query, const char* name) {
  const std::string text = query.get(name);
  if (text.empty()) return {};
  try {
    return parse_json(text);
  } catch (const Error& error) {
    invalid("error reading " + std::string(name) + ": " + error.what());
  }
}

std::vector<images::Reference> image_names(const http::Query& query) {
  std::vector<images::Reference> names;
  for (const std::string& name : query.all("t")) {
    if (name.empty()) continue;
    images::Reference reference = images::parse_reference(name);
    if (!reference.digest.empty()) invalid("build tag cannot contain a digest");
    names.push_back(std::move(reference));
  }
  return names;
}

void refuse_options(const http::Query& query) {
  if (query.boolean("squash")) invalid("squash is only supported with experimental mode");
  if (!query.all("securityopt").empty())
    invalid("The daemon on this platform does not support setting security options on build");
  const std::string isolation = query.get("isolation");
  if (!isolation.empty() && isolation != "default")
    invalid("Unsupported isolation: \"" + isolation + "\"");
}

}  // namespace gantry::api
