// What the doctor finds: lines of ok, warn and FAIL, each with the way to mend it. One thread.
#pragma once

#include <string>

namespace gantry::cli {

class Findings {
 public:
  void ok(const std::string& what);
  /// It works, but something will not.
  void warn(const std::string& what, const std::string& mend);
  /// The engine cannot do its work.
  void fail(const std::string& what, const std::string& mend);
  /// A heading over the lines that follow.
  void topic(const std::string& name);

  int warnings() const { return warnings_; }
  int failures() const { return failures_; }

 private:
  static void print(const char* level, const std::string& what, const std::string& mend);
  int warnings_ = 0, failures_ = 0;
};

}  // namespace gantry::cli
