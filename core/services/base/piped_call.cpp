#include "core/services/base/piped_call.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <exception>
#include <string>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/socket.hpp"
#include "core/base/unique_fd.hpp"

namespace gantry::services {
namespace {

constexpr size_t kPipePiece = 256u << 10;

/// The call on its thread, at one end of a socket pair. A socket rather than a pipe: a reader that
/// left gives EPIPE there without any signal.
class Running {
 public:
  Running(const PipedCall& call, const std::function<bool()>& abandoned) {
    auto [ours, theirs] = make_socket_pair();
    end_ = std::move(ours);
    thread_ = std::thread([this, &call, &abandoned, fd = std::move(theirs)]() mutable {
      pluginhost::Op op;
      op.cancelled = [this, &abandoned] { return cancelled_.load() || (abandoned && abandoned()); };
      try {
        call(fd.get(), op);
      } catch (...) {
        failure_ = std::current_exception();
      }
      fd.reset();  // the end for the other side
    });
  }
  ~Running() {
    cancelled_ = true;
    join();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  int fd() const { return end_.get(); }
  void cancel() { cancelled_ = true; }
  /// Ours is closed: the call finds the end of its input, or that nobody reads.
  void finish() {
    join();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void join() {
    end_.reset();
    if (thread_.joinable()) thread_.join();
  }

  UniqueFd end_;
  std::atomic<bool> cancelled_{false};
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace

bool read_from(const PipedCall& call, const std::function<bool(std::string_view)>& sink,
               const std::function<bool()>& abandoned) {
  Running running(call, abandoned);
  std::string buffer(kPipePiece, '\0');
  for (;;) {
    const ssize_t size = ::read(running.fd(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    if (!sink(std::string_view(buffer.data(), static_cast<size_t>(size)))) return false;
  }
  running.finish();
  return true;
}

void write_to(const PipedCall& call, const std::function<std::string_view()>& source,
              const std::function<bool()>& abandoned) {
  Running running(call, abandoned);
  for (std::string_view piece = source(); !piece.empty(); piece = source()) {
    try {
      send_all(running.fd(), piece);
    } catch (const Error&) {
      break;  // the call has ended, and says why
    }
  }
  running.finish();
}

void write_through(const PipedCall& call, const std::function<void(const TakePiece&)>& writer,
                   const std::function<bool()>& abandoned) {
  Running running(call, abandoned);
  bool broken = false;  // the call has ended, and says why
  writer([&](std::string_view piece) {
    try {
      if (!broken) send_all(running.fd(), piece);
    } catch (const Error&) {
      broken = true;
    }
  });
  running.finish();
}

void read_through(const PipedCall& call, const std::function<void(const GivePiece&)>& reader,
                  const std::function<bool()>& abandoned) {
  Running running(call, abandoned);
  std::string buffer(kPipePiece, '\0');
  const GivePiece give = [&]() -> std::string_view {
    for (;;) {
      const ssize_t size = ::read(running.fd(), buffer.data(), buffer.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return {};
      return {buffer.data(), static_cast<size_t>(size)};
    }
  };
  std::exception_ptr failure;
  try {
    reader(give);
  } catch (...) {
    failure = std::current_exception();
  }
  // A call that failed explains an archive that is cut short; one that is cut off does not.
  if (failure) running.cancel();
  while (!failure && !give().empty()) {
  }
  try {
    running.finish();
  } catch (const Error& error) {
    if (!failure || error.code() != Errc::cancelled) throw;
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace gantry::services
