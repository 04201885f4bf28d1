#include "core/build/port_checks.hpp"

#include "core/base/text.hpp"

namespace gantry::build {

bool has_upper_protocol(std::string_view port) {
  port = port.substr(port.rfind(':') + 1);
  const std::size_t slash = port.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view protocol = port.substr(slash + 1);
  return text::lower(protocol) != protocol;
}

bool has_host_part(std::string_view port) {
  return port.find_first_not_of(':') < port.rfind(':') && port.rfind(':') != port.npos;
}

}  // namespace gantry::build
