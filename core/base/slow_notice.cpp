#include "core/base/slow_notice.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "core/base/log.hpp"

namespace gantry {

SlowNotice::SlowNotice(std::string text, std::chrono::milliseconds limit)
    : thread_([text = std::move(text), limit](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any ended;
        std::unique_lock lock(mutex);
        ended.wait_for(lock, stop, limit, [] { return false; });
        if (!stop.stop_requested()) log::warn(text);
      }) {}

}  // namespace gantry
