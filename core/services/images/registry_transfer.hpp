// What the threads of one pull or push share: the registry, the client's progress, and the switch
// that ends them all. Made by the thread that runs the transfer; outlives its other threads.
#pragma once

#include <functional>
#include <stop_token>

#include "core/base/error.hpp"
#include "core/images/registry_session.hpp"
#include "core/services/images/image_progress.hpp"

namespace gantry::services {

struct RegistryTransfer {
  RegistryTransfer(const images::RegistryEndpoint& endpoint, const images::Reference& reference,
                   const images::RegistryAuth& auth, ProgressBoard& to,
                   const images::RegistryOptions& options, const std::stop_token& client_gone)
      : board(to),
        link(client_gone, [this] { halt.request_stop(); }),
        registry(endpoint, reference, auth, options, halt.get_token()) {}

  ProgressBoard& board;
  std::stop_source halt;  // client gone, or the first failure
  std::stop_callback<std::function<void()>> link;
  images::RegistrySession registry;
};

/// Trouble on the way to the registry is the server's failure to Docker's clients (behaviours.md
/// 9.6).
inline Error transfer_error(const Error& e) {
  const bool network = e.code() == Errc::unavailable || e.code() == Errc::timeout;
  return Error(network ? Errc::internal : e.code(), e.what(), e.os_errno());
}

}  // namespace gantry::services
