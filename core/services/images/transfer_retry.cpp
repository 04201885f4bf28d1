#include "core/services/images/transfer_retry.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace gantry::services {

namespace {
constexpr unsigned kMostDoublings = 5;
}  // namespace

bool worth_another_try(const Error& e) {
  return e.code() == Errc::unavailable || e.code() == Errc::timeout;
}

void wait_for_retry(const images::RegistrySession& session, ProgressBoard& board,
                    const std::string& id, unsigned failures) {
  using std::chrono::milliseconds;
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  milliseconds left =
      session.options().retry_delay * (1u << std::min(failures - 1, kMostDoublings));
  while (left.count() > 0 && !session.stop().stop_requested()) {
    const auto seconds = (left.count() + 999) / 1000;
    board.step(id,
               "Retrying in " + std::to_string(seconds) + (seconds == 1 ? " second" : " seconds"));
    const milliseconds step = std::min(left, milliseconds(1000));
    never.wait_for(lock, session.stop(), step, [] { return false; });
    left -= step;
  }
  if (session.stop().stop_requested()) throw Error(Errc::cancelled, "context canceled");
}

}  // namespace gantry::services
