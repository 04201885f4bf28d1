// Reads what health probes print: one thread for all probes under way, which sleeps until one of
// them writes, ends or is late, and sleeps for good when there is none. Any thread. What is said
// about a probe is said on the Workers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "core/base/notifier.hpp"
#include "core/base/unique_fd.hpp"
#include "core/services/base/workers.hpp"

namespace gantry::services {

class ProbeOutputs {
 public:
  explicit ProbeOutputs(Workers& workers) : workers_(workers) {}
  ~ProbeOutputs() { stop(); }
  ProbeOutputs(const ProbeOutputs&) = delete;
  ProbeOutputs& operator=(const ProbeOutputs&) = delete;

  /// `text` of at most kShown bytes, and "..." when there was more.
  struct Listener {
    std::function<void(std::string text)> late;   // at most once, before `ended`
    std::function<void(std::string text)> ended;  // the process is gone, its exit is recorded
  };
  static constexpr size_t kShown = 4096;

  /// Reads `stream` to its end. Returns a number for drop().
  std::uint64_t add(UniqueFd stream, std::chrono::nanoseconds limit, Listener listener);
  /// Closes the stream, which ends the probe: nothing more is said of it, but for what is on its
  /// way already.
  void drop(std::uint64_t number);
  /// Ends all.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Probe {
    std::uint64_t number = 0;
    UniqueFd stream;
    Clock::time_point deadline;
    bool late = false;
    bool cut = false;
    std::string text;
    Listener listener;
  };

  void run();
  void read_ready(const std::vector<std::uint64_t>& ready);
  void report_late();
  /// False at the end.
  static bool read_some(Probe& probe);
  static std::string shown(const Probe& probe);

  Workers& workers_;
  Notifier changed_;
  std::mutex mutex_;
  std::list<Probe> probes_;
  std::uint64_t next_number_ = 1;
  bool stopping_ = false;
  std::thread thread_;  // made with the first probe
};

}  // namespace gantry::services
