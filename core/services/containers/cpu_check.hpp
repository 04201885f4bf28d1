// What is asked of CPUs and memory nodes against those there are, before a container is made for
// it. Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace gantry::services {

/// Throws Error{invalid} `Requested CPUs are not available - requested 99, available: 0-1` or
/// `Invalid value X for cpuset cpus: …`. `cpus`: how many there are. Empty `requested`: fine.
void check_cpuset(const std::string& requested, unsigned cpus);

/// The same for memory nodes. `nodes`: a list of those there are, "0-1,3"; empty: nobody knows, and
/// only the form of `requested` is checked.
void check_memory_nodes(const std::string& requested, const std::string& nodes);

/// HostConfig.NanoCpus, in billionths of a CPU; 0: fine. Throws Error{invalid} `range of CPUs is
/// from 0.01 to 2.00, as there are only 2 CPUs available`. `cpus` 0: nobody knows.
void check_nano_cpus(std::int64_t requested, unsigned cpus);

}  // namespace gantry::services
