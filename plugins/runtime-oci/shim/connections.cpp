#include "connections.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

namespace gantry::shim {

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
  watch_.want(EPOLLIN);
  return true;
}

void Connections::stop_listening() {
  if (!listener_) return;
  watch_.stop();
  listener_.reset();
  ::unlink(kSocketName);
}

void Connections::on_accept(std::uint32_t) {
  for (;;) {
    UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) return;
    adopt(std::move(socket));
  }
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
