// The resolver as a process: starting it, finding the one of an earlier daemon, noticing its end.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "plugin/model.hpp"
#include "protocol/channel.hpp"

namespace net_dns {

struct RunningResolver {
  Channel channel;
  pid_t pid = 0;  // 0: not ours to wait for
};

/// What a program file is known by: it changes when another is installed.
std::string stamp_of_program(const std::string& program);

/// Starts the program; it listens for later daemons on a socket at `path`. Throws
/// gantry::sdk::Error.
RunningResolver start_resolver(const std::string& program, const std::string& path);

/// Connects to the resolver that an earlier daemon left at `path` and takes over what it knows.
/// `stamp`: of the program it was started from. nullopt: there is none that answers.
std::optional<RunningResolver> adopt_resolver(const std::string& path, Model& model,
                                              std::string& stamp);

/// Ends a process that start_resolver() made, if it has not ended, and takes its status. 0:
/// nothing.
void reap(pid_t pid);

}  // namespace net_dns
