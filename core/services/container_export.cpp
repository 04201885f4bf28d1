#include "core/services/container_export.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <exception>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/socket.hpp"
#include "core/services/container_events.hpp"

namespace gantry::services {
namespace {

constexpr size_t kPiece = 256u << 10;

}  // namespace

state::ContainerPtr ContainerExport::open(const std::string& reference) const {
  state::ContainerPtr container = world_.store.get(reference);
  if (container->record.removing || container->record.state.dead)
    throw Error(Errc::conflict,
                "You cannot export container " + container->record.id + " which is being removed");
  return container;
}

void ContainerExport::run(const state::ContainerPtr& container,
                          const std::function<bool(std::string_view)>& sink) {
  // A socket rather than a pipe: a reader that left gives EPIPE there without any signal.
  auto [reader, writer] = make_socket_pair();
  std::atomic<bool> cancelled{false};
  std::exception_ptr failure;
  std::thread exporter([&, fd = std::move(writer)]() mutable {
    pluginhost::Op op;
    op.cancelled = [&] { return cancelled.load(); };
    try {
      world_.runtime.export_root(container->record.id, fd.get(), op);
    } catch (...) {
      failure = std::current_exception();
    }
    fd.reset();  // the end for the reader
  });
  std::string buffer(kPiece, '\0');
  for (;;) {
    const ssize_t size = ::read(reader.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    if (!sink(std::string_view(buffer.data(), static_cast<size_t>(size)))) {
      cancelled = true;
      break;
    }
  }
  reader.reset();
  exporter.join();
  if (cancelled) return;
  if (failure) std::rethrow_exception(failure);
  publish_container_event(world_.events, container->record, "export");
}

}  // namespace gantry::services
