// Runs the cases of a suite and prints one line for each. One thread; another one of its own ends
// the process when a case, or what comes after it, takes too long: nothing else ends a call that
// hangs.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
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
  /// `limit` of each case; 0: none.
  Report(bool verbose, std::chrono::seconds limit);
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report();

  /// "ok", "FAIL" or "skip", the name, and why. A case that fails does not stop the next one.
  void run(const std::string& name, const std::function<void()>& body);
  void note(const std::string& text) const;
  /// The last line: how many passed, failed and were skipped.
  void summary() const;

  int failed() const { return failed_; }

 private:
  using Clock = std::chrono::steady_clock;
  void begin(const std::string& name);
  void end(const std::exception* fault, bool is_skip);
  void print(const char* verdict, const std::string& why) const;
  void watch();

  const bool verbose_;
  const std::chrono::seconds limit_;
  mutable std::mutex mutex_;  // guards what follows, and standard output
  std::condition_variable changed_;
  std::string name_;  // of the case that runs, or ran last
  bool running_ = false, over_ = false;
  Clock::time_point since_ = Clock::now();  // it began, or ended
  int passed_ = 0, failed_ = 0, skipped_ = 0;
  std::thread watcher_;
};

}  // namespace conformance
