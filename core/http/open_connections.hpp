// The connections being served, so that stop() can end them. Any thread; connections enter and
// leave once each, requests do not come here. A connection leaves before its descriptor is closed
// or given away, so that stop() never shuts down a descriptor that has become somebody else's.
#pragma once

#include <atomic>
#include <mutex>
#include <unordered_map>

namespace gantry::http {

/// What a connection is doing, as far as stop() cares.
enum class Phase {
  idle,       // no request: end it at once
  handling,   // a request whose answer has not begun: let it answer
  streaming,  // an answer without a foreseeable end: end it at once
};

class OpenConnections {
 public:
  /// False once closing: the connection must not be served.
  bool enter(int fd, const std::atomic<Phase>& phase);
  /// False once closing: then the descriptor may be shut down already.
  bool leave(int fd);
  /// From now on nothing enters. Ends all but the handling ones, which only cannot read any more.
  void close_gently();
  /// Ends all.
  void close_all();
  size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<int, const std::atomic<Phase>*> open_;
  bool closing_ = false;
};

}  // namespace gantry::http
