// Refusals of registries in Docker's words (behaviours.md 9.6). Pure, any thread.
#pragma once

#include <string>

#include "core/base/error.hpp"
#include "core/images/reference.hpp"
#include "core/images/registry_connection.hpp"

namespace gantry::images {

/// A refusal as the registry put it: {"errors":[{"code":"MANIFEST_UNKNOWN","message":…}]}.
struct RegistryRefusal {
  std::string code;     // "MANIFEST_UNKNOWN"; empty when the body says none
  std::string message;  // "manifest unknown: manifest unknown"
};

RegistryRefusal read_refusal(const HttpResponse& response, const std::string& body);
/// The error a client sees. Server errors and "too many requests" are Error{unavailable}: worth
/// another try.
Error refusal_error(const HttpResponse& response, const std::string& body,
                    const Reference& reference);

}  // namespace gantry::images
