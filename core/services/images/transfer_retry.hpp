// When a layer on its way from or to a registry is tried once more. Any thread.
#pragma once

#include <string>

#include "core/base/error.hpp"
#include "core/images/registry_session.hpp"
#include "core/services/images/image_progress.hpp"

namespace gantry::services {

bool worth_another_try(const Error& e);

/// Sleeps before the next try, longer after each failure, and says so on the board. Throws
/// Error{cancelled} once the session is stopped.
void wait_for_retry(const images::RegistrySession& session, ProgressBoard& board,
                    const std::string& id, unsigned failures);

}  // namespace gantry::services
