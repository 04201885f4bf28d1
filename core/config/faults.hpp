// Collects everything that is wrong with a configuration, so that one run shows all of it. Private
// to core/config. One thread.
#pragma once

#include <string>
#include <vector>

namespace gantry::config {

class Faults {
 public:
  /// A fault at a place in a file; line and column count from 1.
  void at(const std::string& file, unsigned line, unsigned column, std::string what);
  /// A fault of another source: "environment GANTRY_STATE_DIR", "command line".
  void in(const std::string& source, std::string what);
  bool empty() const { return faults_.empty(); }
  /// Throws Error{invalid} with one line per fault, in the order of the file; returns when there
  /// are none.
  void throw_if_any();

 private:
  struct Fault {
    unsigned line, column;
    std::string text;
  };
  std::vector<Fault> faults_;
};

}  // namespace gantry::config
