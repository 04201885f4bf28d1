// How EXPOSE names a port. Pure, any thread. No errors.
#pragma once

#include <string_view>

namespace gantry::build {

/// "80/TCP"
bool has_upper_protocol(std::string_view port);
/// "8080:80", "127.0.0.1:80:80"
bool has_host_part(std::string_view port);

}  // namespace gantry::build
