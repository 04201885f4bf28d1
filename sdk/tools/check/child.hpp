// Runs a function in a process of its own, so that a plugin that crashes takes only that down.
#pragma once

#include <functional>

namespace check {

/// The exit code that `body` gives; after a signal its message is printed and 1 comes back. Call it
/// before any thread is started.
int run_in_child(const std::function<int()>& body);

}  // namespace check
