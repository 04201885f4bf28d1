// How this process wants to be treated by its system. Called by main before any thread exists.
#pragma once

#include <csignal>

#include "core/config/config.hpp"

namespace gantry::daemon {

/// umask, descriptor limit, SIGPIPE; and the allocator, so that an idle daemon stays small.
void set_up_process();
/// Puts the configured proxies into the environment, where the registry client, git and plugins
/// look for them, in the place of what is there.
void export_proxies(const config::Daemon& settings);
/// Blocks the signals that wait_for_signal takes, in this thread and all that it starts.
sigset_t block_signals();
/// The next of them: SIGTERM, SIGINT or SIGHUP.
int wait_for_signal(const sigset_t& signals);

/// Allocator settings (memory_<os>.cpp): few arenas, early return of memory.
void set_up_allocator();
/// Gives back to the system what a quiet daemon does not need. Any thread; takes about a
/// millisecond.
void trim_memory();

}  // namespace gantry::daemon
