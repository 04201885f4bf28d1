#include "conformance/report.hpp"

#include <unistd.h>

#include <cstdio>

#include "conformance/under_way.hpp"

namespace conformance {

void expect(bool holds, const std::string& what) {
  if (!holds) throw Failure(what);
}

Report::Report(bool verbose, std::chrono::seconds limit) : verbose_(verbose), limit_(limit) {
  if (limit_.count() > 0) watcher_ = std::thread([this] { watch(); });
}

Report::~Report() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  if (watcher_.joinable()) watcher_.join();
}

void Report::run(const std::string& name, const std::function<void()>& body) {
  begin(name);
  try {
    body();
    end(nullptr, false);
  } catch (const Skip& e) {
    end(&e, true);
  } catch (const std::exception& e) {
    end(&e, false);
  }
}

void Report::begin(const std::string& name) {
  const std::lock_guard lock(mutex_);
  name_ = name;
  running_ = true;
  since_ = Clock::now();
}

void Report::end(const std::exception* fault, bool is_skip) {
  const std::lock_guard lock(mutex_);
  ++(is_skip ? skipped_ : fault ? failed_ : passed_);
  print(is_skip ? "skip" : fault ? "FAIL" : "ok  ", fault ? fault->what() : "");
  running_ = false;
  since_ = Clock::now();
}

void Report::print(const char* verdict, const std::string& why) const {
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since_);
  std::printf("%s  %s", verdict, name_.c_str());
  if (verbose_) std::printf("  (%lld ms)", static_cast<long long>(took.count()));
  if (!why.empty()) std::printf("\n      %s", why.c_str());
  std::printf("\n");
  std::fflush(stdout);
}

void Report::note(const std::string& text) const {
  const std::lock_guard lock(mutex_);
  std::printf("      %s\n", text.c_str());
  std::fflush(stdout);
}

void Report::summary() const {
  const std::lock_guard lock(mutex_);
  std::printf("\n%d passed, %d failed, %d skipped\n", passed_, failed_, skipped_);
  std::fflush(stdout);
}

void Report::watch() {
  std::unique_lock lock(mutex_);
  while (!over_ && Clock::now() < since_ + limit_) changed_.wait_until(lock, since_ + limit_);
  if (over_) return;
  const std::string function = UnderWay::longest();
  ++failed_;
  if (!running_) name_ = "what comes after \"" + name_ + "\" ends";
  print("FAIL", (function.empty() ? "it has" : function + " has") + " not come back after " +
                    std::to_string(limit_.count()) + " s (--timeout)");
  lock.unlock();
  summary();
  ::_exit(1);
}

}  // namespace conformance
