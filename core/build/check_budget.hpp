// How much work the checks of one Dockerfile may be: whoever sends one decides about it. One
// thread.
#pragma once

#include <cstddef>

namespace gantry::build {

class CheckBudget {
 public:
  /// Thrown when it is used up: the rules that are left stay silent.
  struct Spent {};

  /// Characters read or written, entries copied or compared.
  void spend(std::size_t units) {
    if (units > left_) throw Spent();
    left_ -= units;
  }

 private:
  std::size_t left_ = std::size_t{16} << 20;
};

}  // namespace gantry::build
