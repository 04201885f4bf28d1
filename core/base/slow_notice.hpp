// Tells the log of a call that does not return, once, while it is waited for.
#pragma once

#include <chrono>
#include <string>
#include <thread>

namespace gantry {

class SlowNotice {
 public:
  /// A warning with `text` when this still lives after `limit`.
  explicit SlowNotice(std::string text, std::chrono::milliseconds limit = std::chrono::seconds(5));

 private:
  std::jthread thread_;
};

}  // namespace gantry
