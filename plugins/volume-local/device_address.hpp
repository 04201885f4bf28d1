// mount(2) takes addresses, not host names: resolves "addr=<name>" of an NFS or CIFS volume, and
// the host of a CIFS device. Blocks for as long as the resolver does. Throws gantry::sdk::Error.
#pragma once

#include "options.hpp"

namespace volume_local {

MountOptions with_addresses(MountOptions options);
/// "password=secret" becomes "password=********", for messages.
std::string without_password(std::string text, const std::string& options);

}  // namespace volume_local
