#include <copyfile.h>

#include "core/base/attributes.hpp"
#include "core/base/error.hpp"

namespace gantry::file {

void copy_attributes(int from, int to) {
  if (::fcopyfile(from, to, nullptr, COPYFILE_METADATA) != 0) throw_errno("copy attributes");
}

}  // namespace gantry::file
