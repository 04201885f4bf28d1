#include "core/http/tls_handshakes.hpp"

namespace gantry::http {
namespace {

constexpr std::size_t kMaxHandshakes = 256;

}  // namespace

void TlsHandshakes::begin(std::shared_ptr<TlsRelay> relay) {
  const std::lock_guard lock(mutex_);
  under_way_.push_back(std::move(relay));
  if (under_way_.size() <= kMaxHandshakes) return;
  under_way_.front()->give_up();
  under_way_.pop_front();
}

void TlsHandshakes::end(const std::shared_ptr<TlsRelay>& relay) {
  const std::lock_guard lock(mutex_);
  std::erase(under_way_, relay);
}

}  // namespace gantry::http
