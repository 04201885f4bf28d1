#include "core/base/unique_fd.hpp"

#include <fcntl.h>

#include "core/base/error.hpp"

namespace gantry {

UniqueFd UniqueFd::duplicate() const {
  const int copy = ::fcntl(fd_, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) throw_errno("duplicate a file descriptor");
  return UniqueFd(copy);
}

}  // namespace gantry
