#include "connections.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "descriptors.hpp"

namespace gantry::shim {
namespace {

constexpr std::int64_t kRetryMs = 1000;

UniqueFd accept_from(const UniqueFd& listener) {
  return UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

}  // namespace

bool Connections::listen(Failure& why) {
  listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener_) return why.set_errno(errno, "control socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, kSocketName, sizeof kSocketName);  // relative: any length of bundle
  ::unlink(kSocketName);
  const mode_t before = ::umask(0177);
  const int bound = ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  ::umask(before);
  if (bound != 0 || ::listen(listener_.get(), 64) != 0) {
    return why.set_errno(errno, "control socket");
  }
  watch_.bind<&Connections::on_accept>(loop_, listener_.get(), this);
  retry_.bind<&Connections::on_retry>(loop_, this);
  watch_.want(EPOLLIN);
  resume();
  return true;
}

void Connections::stop_listening() {
  if (!listener_) return;
  watch_.stop();
  retry_.cancel();
  listener_.reset();
  spare_.reset();
  ::unlink(kSocketName);
}

void Connections::on_accept(std::uint32_t) {
  for (;;) {
    UniqueFd socket = accept();
    if (!socket) return;
    adopt(std::move(socket));
  }
}

UniqueFd Connections::accept() {
  UniqueFd socket = accept_from(listener_);
  if (socket || !descriptors_used_up(errno)) return socket;
  if (spare_) {
    spare_.reset();
    socket = accept_from(listener_);
  }
  if (!socket) {
    watch_.stop();
    retry_.arm(kRetryMs);
  }
  return socket;
}

void Connections::on_retry() { watch_.want(EPOLLIN); }

void Connections::resume() {
  if (spare_ || !listener_) return;
  spare_.reset(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
  if (spare_) watch_.want(EPOLLIN);
}

Connection& Connections::adopt(UniqueFd socket) {
  connections_.push_back(
      std::make_unique<Connection>(loop_, handler_, std::move(socket), ++last_serial_));
  return *connections_.back();
}

Connection* Connections::find(std::uint64_t serial) {
  for (auto& connection : connections_) {
    if (connection->serial() == serial && !connection->closed()) return connection.get();
  }
  return nullptr;
}

void Connections::sweep() {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    if (connections_[i]->closed()) events_.connection_closed(*connections_[i]);
  }
  std::erase_if(connections_, [](const auto& connection) { return connection->closed(); });
}

}  // namespace gantry::shim
