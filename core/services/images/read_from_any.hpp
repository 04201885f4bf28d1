// Reading from a registry that has mirrors: whoever has it first.
#pragma once

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/images/reference.hpp"
#include "core/images/registry_options.hpp"

namespace gantry::services {

/// What `read(endpoint)` gives, asked of the mirrors in their order and of the registry at last,
/// whose errors are the caller's. Ends early when the client is gone or the disk is full.
template <class Read>
auto read_from_any(const images::Reference& reference, const images::RegistryOptions& options,
                   Read read) {
  const auto endpoints = images::read_endpoints(reference.domain, options);
  for (std::size_t i = 0; i + 1 < endpoints.size(); ++i) {
    try {
      return read(endpoints[i]);
    } catch (const Error& e) {
      if (e.code() == Errc::cancelled || e.code() == Errc::exhausted) throw;
      log::warn("mirror " + endpoints[i].origin.str() + endpoints[i].prefix + " for " +
                reference.familiar() + ": " + e.what());
    }
  }
  return read(endpoints.back());
}

}  // namespace gantry::services
