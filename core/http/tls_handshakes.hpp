// The handshakes under way: strangers can begin them, so that their number needs a limit that keeps
// no client out. Any thread.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "core/http/tls_relay.hpp"

namespace gantry::http {

class TlsHandshakes {
 public:
  /// Beyond the limit the oldest makes room: its relay gives up.
  void begin(std::shared_ptr<TlsRelay> relay);
  void end(const std::shared_ptr<TlsRelay>& relay);

 private:
  std::mutex mutex_;
  std::deque<std::shared_ptr<TlsRelay>> under_way_;
};

}  // namespace gantry::http
