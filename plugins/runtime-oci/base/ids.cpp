#include "base/ids.hpp"

#include "base/error.hpp"

namespace gantry::oci {

bool is_container_id(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

const std::string& check_container_id(const std::string& id) {
  if (!is_container_id(id)) throw Error(GANTRY_INVALID, "invalid container id \"" + id + '"');
  return id;
}

}  // namespace gantry::oci
