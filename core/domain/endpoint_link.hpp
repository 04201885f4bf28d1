// Links as clients write them: "name", "name:alias", "/name:/parent/alias". Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace gantry::domain {

struct EndpointLink {
  std::string name;   // of a container, without leading slash
  std::string alias;  // what the linking container calls it
};

/// Throws Error{invalid} in Docker's words.
EndpointLink parse_endpoint_link(std::string_view text);

}  // namespace gantry::domain
