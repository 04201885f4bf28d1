#include "core/services/images/layer_install.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <exception>
#include <thread>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/socket.hpp"
#include "core/images/plain_layer.hpp"

namespace gantry::services {
namespace {

struct Pipe {
  UniqueFd read_end, write_end;
};

Pipe open_pipe() {
  auto [read_end, write_end] = make_pipe();
#ifdef F_SETPIPE_SZ
  // Fewer turns between both threads; fine when refused.
  ::fcntl(write_end.get(), F_SETPIPE_SZ, 256 << 10);
#endif
  return {std::move(read_end), std::move(write_end)};
}

// A reader that went away must show as EPIPE here, not end the process.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

// False once nobody reads any more.
bool write_pipe(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EPIPE) return false;
    if (n < 0) throw_errno("write to the runtime");
    data.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// The decompressing side: runs beside the runtime's unpacking.
struct Feeder {
  UniqueFd write_end;
  UniqueFd blob;
  std::atomic<bool> abandoned{false};  // unpacking failed: the rest need not be hashed
  std::exception_ptr failure;
  std::string diff_id;

  void run(const std::stop_token& stop, const LayerInstall::Amount& amount) {
    block_sigpipe();
    try {
      images::PlainLayer plain(blob.get());
      Sha256 sha;
      bool reading = true;
      for (std::string_view piece = plain.next(); !piece.empty(); piece = plain.next()) {
        if (stop.stop_requested()) throw Error(Errc::cancelled, "context canceled");
        if (abandoned) break;
        if (reading) reading = write_pipe(write_end.get(), piece);
        sha.update(piece.data(), piece.size());
        if (amount) amount(plain.consumed());
      }
      diff_id = "sha256:" + sha.finish();
    } catch (...) {
      failure = std::current_exception();
    }
    write_end.reset();
  }
};

std::string mismatch_text(std::string text, const std::string& actual) {
  const std::size_t at = text.find("%s");
  return at == std::string::npos ? text : text.replace(at, 2, actual);
}

}  // namespace

std::uint64_t LayerInstall::unpack(const Request& request, const std::stop_token& stop,
                                   const Amount& amount) {
  Pipe pipe = open_pipe();
  Feeder feeder;
  feeder.write_end = std::move(pipe.write_end);
  feeder.blob = blobs_.open(request.blob);
  std::exception_ptr failure;
  std::uint64_t size = 0;
  {
    const std::jthread thread([&] { feeder.run(stop, amount); });
    pluginhost::Op op;
    op.cancelled = [&stop] { return stop.stop_requested(); };
    try {
      size = runtime_.layer_unpack(request.chain_id, request.parent, pipe.read_end.get(), op);
    } catch (...) {
      failure = std::current_exception();
      feeder.abandoned = true;
    }
    pipe.read_end.reset();
  }
  if (!feeder.failure && !failure && feeder.diff_id == request.diff_id) return size;

  // The runtime may have taken a cut-off tar for a whole one.
  if (!failure) {
    try {
      runtime_.layer_remove(request.chain_id);
    } catch (const Error& e) {
      log::error("wrong layer " + request.chain_id + " cannot be removed: " + e.what());
    }
  }
  if (stop.stop_requested()) throw Error(Errc::cancelled, "context canceled");
  // Broken data explains a failed unpacking, not the other way round.
  if (feeder.failure) std::rethrow_exception(feeder.failure);
  if (failure) std::rethrow_exception(failure);
  throw Error(Errc::invalid, mismatch_text(request.mismatch, feeder.diff_id));
}

void LayerInstall::check(const Request& request, const std::stop_token& stop,
                         const Amount& amount) {
  const UniqueFd blob = blobs_.open(request.blob);
  images::PlainLayer plain(blob.get());
  Sha256 sha;
  for (std::string_view piece = plain.next(); !piece.empty(); piece = plain.next()) {
    if (stop.stop_requested()) throw Error(Errc::cancelled, "context canceled");
    sha.update(piece.data(), piece.size());
    if (amount) amount(plain.consumed());
  }
  const std::string actual = "sha256:" + sha.finish();
  if (actual != request.diff_id)
    throw Error(Errc::invalid, mismatch_text(request.mismatch, actual));
}

std::uint64_t LayerInstall::run(const Request& request, const std::stop_token& stop,
                                const Amount& amount) {
  const auto lease = leases_.take(request.chain_id, stop);
  if (const auto size = runtime_.layer_size(request.chain_id)) {
    if (!request.blob_verified && request.blob != request.diff_id) check(request, stop, amount);
    return *size;
  }
  if (!request.root.empty()) {
    pluginhost::Op op;
    op.cancelled = [&stop] { return stop.stop_requested(); };
    if (const auto size = runtime_.layer_adopt(request.chain_id, request.parent, request.root,
                                               request.left_out, op))
      return *size;
  }
  return unpack(request, stop, amount);
}

}  // namespace gantry::services
