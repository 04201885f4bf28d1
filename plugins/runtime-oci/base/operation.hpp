// A long call as its callee sees it: gantry_op with exceptions and deadline. Borrowed until the
// call returns.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <gantry/cpp/plugin.hpp>

namespace gantry::oci {

class Operation {
 public:
  Operation() : op_(nullptr) {}
  explicit Operation(const sdk::Op& op) : op_(op) {}

  bool cancelled() const { return op_.cancelled(); }
  /// Throws GANTRY_CANCELLED or GANTRY_TIMEOUT when the caller gave up or the deadline passed.
  void check() const;
  /// total 0: unknown.
  void progress(std::uint64_t current, std::uint64_t total) const { op_.progress(current, total); }
  /// Time left until the deadline, at most `longest`.
  std::chrono::milliseconds left(std::chrono::milliseconds longest) const;
  std::function<bool()> stop() const {
    return [op = op_] { return op.cancelled(); };
  }

 private:
  sdk::Op op_;
};

}  // namespace gantry::oci
