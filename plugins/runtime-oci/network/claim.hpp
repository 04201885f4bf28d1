// Names that one engine at a time may use in a network namespace.
#pragma once

#include <string>

#include "base/fd.hpp"

namespace gantry::oci {

/// Held until it is destroyed, or its process ends.
class Claim {
 public:
  /// Of the calling thread's network namespace. Throws GANTRY_CONFLICT `what` when another process,
  /// or another claim of this one, has it.
  Claim(const std::string& name, const std::string& what);

 private:
  UniqueFd socket_;
};

}  // namespace gantry::oci
