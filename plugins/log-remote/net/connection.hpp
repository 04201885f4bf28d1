// One connection to a peer: a stream (TCP, TLS, unix) or a way for datagrams (UDP, unixgram). One
// thread at a time; never raises SIGPIPE. Every wait obeys the Patience that is given.
#pragma once

#include <cstddef>
#include <gantry/cpp/error.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/endpoint.hpp"
#include "net/patience.hpp"

namespace log_remote {

/// The connection is no more; another one may well be had at once.
class ConnectionLost : public gantry::sdk::Error {
 public:
  explicit ConnectionLost(const std::string& message, int os_errno = 0)
      : Error(GANTRY_UNAVAILABLE, message, os_errno) {}
};

class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  virtual bool is_datagrams() const { return false; }
  /// Gives the kernel some of it and says how much; a datagram is taken whole. Throws
  /// ConnectionLost; for datagrams GANTRY_INVALID when it is too long, GANTRY_UNAVAILABLE when
  /// the one before was refused.
  virtual std::size_t send(std::string_view bytes, const Patience& patience) = 0;
  /// Throws ConnectionLost at the end, too.
  virtual std::size_t receive(char* buffer, std::size_t size, const Patience& patience) = 0;
  /// The peer has closed it or it broke. What the peer sent meanwhile is thrown away.
  virtual bool has_ended() noexcept = 0;
  /// What was sent shall arrive: to be called before the destructor when nothing went wrong. At
  /// most a fraction of a second.
  virtual void finish() noexcept = 0;
};

/// Resolves and connects, each address in turn. Throws GANTRY_UNAVAILABLE ("dial tcp 10.0.0.7:514:
/// connect: connection refused"), GANTRY_TIMEOUT or GANTRY_CANCELLED.
std::unique_ptr<Connection> connect(const Endpoint& endpoint, const Patience& patience);

}  // namespace log_remote
