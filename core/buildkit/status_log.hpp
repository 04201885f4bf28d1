// What a build tells until it ends, for one reader. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace gantry::buildkit {

class StatusLog {
 public:
  static constexpr std::chrono::seconds kPatience{2};

  /// `patience`: how long a slow reader holds the writer back.
  explicit StatusLog(std::chrono::seconds patience = kPatience) : patience_(patience) {}
  /// While nobody reads, what is too much is dropped. A slow reader holds the writer back for a
  /// moment; of one that has stopped, others are not to suffer: it misses something.
  void post(std::string message, const std::stop_token& stop);
  /// For what is told in any case: steps begin and end.
  void post_event(std::string message);
  /// The reader comes and goes.
  void attach();
  void detach();
  /// The next one; nullopt at the end, or after a stop.
  std::optional<std::string> next(const std::stop_token& stop);
  /// Nothing comes any more.
  void finish();

 private:
  void keep(std::string message);

  const std::chrono::seconds patience_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::string> messages_;
  std::size_t bytes_ = 0;
  int readers_ = 0;
  bool stalled_ = false;  // the reader took nothing for too long
  bool finished_ = false;
};

}  // namespace gantry::buildkit
