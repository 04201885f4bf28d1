// The request target taken apart, and the API version it asks for. Pure: any thread.
#pragma once

#include <string_view>

#include "core/http/exchange.hpp"

namespace gantry::http {

/// Views into the target.
struct Target {
  std::string_view version;  // "1.43" of a /v1.43 prefix; empty without one
  std::string_view path;     // without that prefix, percent-encoded as sent
  std::string_view query;    // behind the "?"
};

/// Origin form, absolute form ("http://docker/_ping") or "*".
Target split_target(std::string_view target);

/// Version for a prefix; throws Error{invalid} with Docker's text when it is too old or too new
/// (behaviours.md 1.4). Somewhat newer clients get the newest: they negotiate by the Api-Version
/// header, and those that do not are better served than refused.
ApiVersion negotiate(std::string_view version);

}  // namespace gantry::http
