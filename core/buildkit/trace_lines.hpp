// A build's status on the answer of a single request: each message a line of JSON. One thread.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <thread>

#include "core/buildkit/job.hpp"
#include "core/services/images/image_progress.hpp"

namespace gantry::buildkit {

class TraceLines {
 public:
  /// Tells what the job tells as it comes, on a thread of its own. `quiet`: at the end, and only of
  /// a failure.
  TraceLines(Job& job, services::ProgressBoard& board, bool quiet);
  /// Waits until all is told that is to be told. The job has ended by now.
  void finish(bool failed);

 private:
  struct Kept {
    std::string message;
    bool is_event;  // a step begins or ends: clients show nothing of a step without
  };
  void tell(const std::string& message);
  void keep(std::string message);

  Job& job_;
  services::ProgressBoard& board_;
  const bool quiet_;
  std::deque<Kept> kept_;
  std::size_t kept_bytes_ = 0;  // of what is no event
  std::jthread reader_;
};

}  // namespace gantry::buildkit
