// Rules of others that would drop what containers send and get: a forward chain whose policy is
// "drop", as Docker and some firewalls leave it. Accepting packets in our own table can't overrule
// that.
#pragma once

#include <string>
#include <vector>

namespace gantry::oci {

/// One sentence per such chain outside of our table; empty when none is found.
std::vector<std::string> forward_warnings(const std::string& own_table);

}  // namespace gantry::oci
