// libnftables, loaded for as long as a ruleset is being applied: its code and parser state would
// otherwise be a tenth of an idle daemon's memory. Rules change when networks come and go, which is
// rare; elements for published ports go another way (port_map.hpp). Threads: any, one after
// another.
#pragma once

#include <string>

namespace gantry::oci {

/// Applies the commands as one transaction. GANTRY_UNAVAILABLE when the library or the kernel's
/// nf_tables is missing, else GANTRY_INTERNAL with nft's own text.
void apply_ruleset(const std::string& commands);

}  // namespace gantry::oci
