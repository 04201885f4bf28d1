#include "core/domain/endpoint_link.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace gantry::domain {
namespace {

std::string last_part(std::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

}  // namespace

EndpointLink parse_endpoint_link(std::string_view text) {
  if (text.empty()) throw Error(Errc::invalid, "empty string specified for links");
  if (std::count(text.begin(), text.end(), ':') > 1)
    throw Error(Errc::invalid, "bad format for links: " + std::string(text));
  const size_t colon = text.find(':');
  EndpointLink link;
  link.name = last_part(text.substr(0, colon));
  link.alias = colon == std::string_view::npos ? link.name : last_part(text.substr(colon + 1));
  return link;
}

}  // namespace gantry::domain
