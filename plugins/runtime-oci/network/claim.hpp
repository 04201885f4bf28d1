// Names that one engine at a time may use in a network namespace.
#pragma once

#include <string>

#include "base/fd.hpp"

namespace gantry::oci {

/// A lock in a directory of root's: held until it is destroyed, or its process ends.
class Claim {
 public:
  /// In the calling thread's network namespace. `name`: of a file. Throws GANTRY_CONFLICT `what`
  /// when another process, or another claim of this one, has it.
  Claim(const std::string& name, const std::string& what);
  Claim(Claim&& other) noexcept = default;
  ~Claim();

 private:
  std::string path_;
  UniqueFd file_;
};

}  // namespace gantry::oci
