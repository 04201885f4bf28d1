// Runs the cases of a suite and prints one line for each. One thread.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace conformance {

/// A case that found the plugin wrong.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A case that cannot be run here.
class Skip : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

void expect(bool holds, const std::string& what);

class Report {
 public:
  explicit Report(bool verbose) : verbose_(verbose) {}

  /// "ok", "FAIL" or "skip", the name, and why. A case that fails does not stop the next one.
  void run(const std::string& name, const std::function<void()>& body);
  void note(const std::string& text) const;

  int passed() const { return passed_; }
  int failed() const { return failed_; }
  int skipped() const { return skipped_; }

 private:
  const bool verbose_;
  int passed_ = 0, failed_ = 0, skipped_ = 0;
};

}  // namespace conformance
