#include "core/services/images/image_progress.hpp"

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

#include "core/images/progress.hpp"

namespace gantry::services {

namespace {
constexpr std::chrono::milliseconds kAmountInterval{100};
constexpr std::size_t kMaxQueuedBytes = 4u << 20;
// More than there are layers under way.
constexpr std::size_t kAmountsSearched = 32;
}  // namespace

void ProgressBoard::post(Entry entry) {
  {
    std::unique_lock lock(mutex_);
    if (entry.is_amount) {
      // A slow client gets the latest amounts, not all of them.
      const std::size_t back = std::min(queue_.size(), kAmountsSearched);
      for (auto last = queue_.rbegin(); last != queue_.rbegin() + static_cast<long>(back); ++last) {
        if (!last->is_amount || last->id != entry.id || last->status != entry.status) continue;
        *last = std::move(entry);
        return;
      }
    } else {
      const bool room =
          taken_.wait(lock, stop_, [this] { return queued_bytes_ < kMaxQueuedBytes || done_; });
      if (!room) return;
      queued_bytes_ += entry.object.size();
    }
    queue_.push_back(std::move(entry));
  }
  notifier_.notify();
}

void ProgressBoard::line(std::string object) { post({{}, {}, std::move(object), false}); }

void ProgressBoard::step(const std::string& id, std::string_view status) {
  post({id, std::string(status), images::progress_line(id, status), false});
}

void ProgressBoard::amount(const std::string& id, std::string_view status, std::uint64_t current,
                           std::uint64_t total) {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    auto& [last_status, last_time] = last_amount_[id];
    if (last_status == status && current < total && now - last_time < kAmountInterval) return;
    last_status = status;
    last_time = now;
  }
  post({id, std::string(status), images::progress_line(id, status, current, total), true});
}

std::deque<ProgressBoard::Entry> ProgressBoard::take() {
  const std::lock_guard lock(mutex_);
  queued_bytes_ = 0;
  taken_.notify_all();
  return std::exchange(queue_, {});
}

void run_with_progress(const ProgressOutput& output,
                       const std::function<void(ProgressBoard&, std::stop_token)>& work,
                       const std::stop_token& outer) {
  ProgressBoard board;
  std::exception_ptr failure;
  std::stop_source stop;
  board.stop_ = stop.get_token();
  const std::stop_callback pass_on(outer, [&stop] { stop.request_stop(); });
  bool client_gone = false;
  {
    const std::jthread worker([&] {
      try {
        work(board, stop.get_token());
      } catch (...) {
        failure = std::current_exception();
      }
      const std::lock_guard lock(board.mutex_);
      board.done_ = true;
      board.notifier_.notify();
    });
    for (bool done = false; !done;) {
      board.notifier_.drain();
      {
        const std::lock_guard lock(board.mutex_);
        done = board.done_;
      }
      for (const ProgressBoard::Entry& entry : board.take())
        if (!client_gone && !output.write(entry.object)) client_gone = true;
      if (client_gone) stop.request_stop();
      if (done) break;
      // Once the client is gone only the worker's end is waited for.
      if (wait_for(board.notifier_, client_gone ? Peer() : output.peer) == Woken::peer_gone)
        client_gone = true;
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void run_while_there(const Peer& peer, const std::function<void(std::stop_token)>& work) {
  const auto nothing = [](std::string_view) { return true; };
  run_with_progress({nothing, peer}, [&](ProgressBoard&, std::stop_token stop) { work(stop); });
}

}  // namespace gantry::services
