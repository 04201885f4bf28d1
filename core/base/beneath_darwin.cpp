#include <fcntl.h>
#include <sys/param.h>

#include "core/base/beneath.hpp"
#include "core/base/error.hpp"

namespace gantry::file {

UniqueFd open_directory_beneath(const std::string&, const std::string&) {
  throw Error(Errc::unsupported, "paths inside volumes are not supported on this system");
}

std::string path_of_open(int directory) {
  char path[MAXPATHLEN];
  if (::fcntl(directory, F_GETPATH, path) != 0) throw_errno("path of a directory");
  return path;
}

}  // namespace gantry::file
