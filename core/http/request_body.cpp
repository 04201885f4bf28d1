#include "core/http/request_body.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/error.hpp"
#include "core/http/output.hpp"

namespace gantry::http {
namespace {

[[noreturn]] void vanished() {
  throw Error(Errc::cancelled, "the client closed the connection before the end of its request");
}

}  // namespace

RequestBody::RequestBody(const RequestHead& head, InputBuffer& input, int fd,
                         std::chrono::seconds idle_limit)
    : input_(input),
      fd_(fd),
      idle_limit_(idle_limit),
      chunked_(head.chunked),
      continue_due_(head.expects_continue && head.has_body()),
      left_(head.content_length) {}

void RequestBody::before_waiting() {
  if (!continue_due_) return;
  continue_due_ = false;
  if (!try_send_all(fd_, "HTTP/1.1 100 Continue\r\n\r\n")) vanished();
}

/// At most `size` > 0 bytes of payload, from the buffer or straight from the socket.
size_t RequestBody::take(char* buffer, std::uint64_t size) {
  const std::string_view ready = input_.unread();
  if (!ready.empty()) {
    const size_t n = static_cast<size_t>(std::min<std::uint64_t>(size, ready.size()));
    std::memcpy(buffer, ready.data(), n);
    input_.consume(n);
    continue_due_ = false;  // it did not wait
    return n;
  }
  before_waiting();
  const size_t n =
      input_.read_directly(buffer, static_cast<size_t>(size), deadline_after(idle_limit_));
  if (n == 0) vanished();
  return n;
}

size_t RequestBody::read(char* buffer, size_t size) {
  if (size == 0 || finished()) return 0;
  if (!chunked_) {
    const size_t n = take(buffer, std::min<std::uint64_t>(size, left_));
    left_ -= n;
    return n;
  }
  while (chunks_.payload_left() == 0) {
    if (input_.unread().empty()) {
      before_waiting();
      if (!input_.fill(deadline_after(idle_limit_))) vanished();
    }
    input_.consume(chunks_.parse(input_.unread()));
    if (chunks_.done()) return 0;
  }
  const size_t n = take(buffer, std::min<std::uint64_t>(size, chunks_.payload_left()));
  chunks_.took_payload(n);
  return n;
}

bool RequestBody::discard(size_t limit) {
  if (finished()) return true;
  if (continue_due_ && input_.unread().empty()) return false;
  if (!chunked_ && left_ > limit) return false;
  char scratch[8192];
  size_t total = 0;
  while (const size_t n = read(scratch, sizeof scratch)) {
    total += n;
    if (total > limit) return false;
  }
  return true;
}

}  // namespace gantry::http
