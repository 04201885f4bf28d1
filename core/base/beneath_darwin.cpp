#include "core/base/beneath.hpp"
#include "core/base/error.hpp"

namespace gantry::file {

UniqueFd open_directory_beneath(const std::string&, const std::string&) {
  throw Error(Errc::unsupported, "paths inside volumes are not supported on this system");
}

}  // namespace gantry::file
