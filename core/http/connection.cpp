#include "core/http/connection.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/http/connection_exchange.hpp"
#include "core/http/dispatch.hpp"
#include "core/http/error_body.hpp"
#include "core/http/output.hpp"
#include "core/http/status.hpp"

namespace gantry::http {
namespace {

constexpr size_t kDiscardLimit = 1u << 20;
constexpr std::chrono::seconds kLingerLimit{2};
// By a Unix socket they come in some tens of milliseconds: time for a client that sends an archive
// to see the answer.
constexpr size_t kLingerBytes = 64u << 20;
constexpr size_t kScratchLimit = 64u << 10;

void set_send_timeout(int fd, std::chrono::seconds limit) {
  timeval time{};
  time.tv_sec = static_cast<decltype(time.tv_sec)>(limit.count());
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

}  // namespace

Connection::Connection(ServerContext& context, UniqueFd fd, bool half_close_is_gone)
    : context_(context),
      fd_(std::move(fd)),
      half_close_is_gone_(half_close_is_gone),
      input_(fd_.get()),
      heads_(context.common_headers) {
  set_send_timeout(fd_.get(), context.options.send_timeout);
  entered_ = context_.open.enter(fd_.get(), phase_);
}

Connection::~Connection() {
  if (entered_) (void)context_.open.leave(fd_.get());
}

void Connection::lift_send_timeout() { set_send_timeout(fd_.get(), std::chrono::seconds(0)); }

UniqueFd Connection::detach() {
  if (!context_.open.leave(fd_.get())) throw Error(Errc::unavailable, "the engine is stopping");
  entered_ = false;
  lift_send_timeout();
  return std::move(fd_);
}

void Connection::serve() {
  if (!entered_) return;
  try {
    while (read_head() && handle_request()) {
    }
  } catch (const Error& e) {
    // A malformed head, or a client that left: what is behind it on the connection means nothing.
    if (e.code() == Errc::cancelled || !fd_) return;
    refuse(e.code() == Errc::timeout ? 408 : status_of(e.code()), e.what());
  } catch (const std::exception& e) {
    log::error(std::string("connection: ") + e.what());
  }
}

bool Connection::read_head() {
  set_phase(Phase::idle);
  size_t scanned = 0;
  Deadline deadline;  // none while nothing of the next request is there: idle clients may stay
  for (;;) {
    while (scanned == 0 && !input_.unread().empty() &&
           (input_.unread().front() == '\r' || input_.unread().front() == '\n'))
      input_.consume(1);
    head_size_ = find_head_end(input_.unread(), scanned);
    if (head_size_ > context_.options.max_head_bytes ||
        (head_size_ == 0 && input_.unread().size() > context_.options.max_head_bytes))
      throw Error(Errc::invalid, "request header fields too large");
    if (head_size_ > 0) return true;
    if (!deadline && !input_.unread().empty())
      deadline = deadline_after(context_.options.head_timeout);
    if (!(deadline ? input_.fill(deadline) : input_.fill_next())) return false;
  }
}

bool Connection::handle_request() {
  set_phase(Phase::handling);
  context_.quiet.touch();
  const std::string_view head = input_.unread().substr(0, head_size_);
  parse_head(head, head_);
  input_.keep(head_size_);
  bool reusable;
  {
    ConnectionExchange exchange(*this, head_);
    dispatch(context_.router, exchange, context_.options.access_log);
    if (!fd_) return false;  // given away
    reusable = exchange.finish(kDiscardLimit);
  }
  context_.quiet.touch();
  input_.release();
  if (scratch_.capacity() > kScratchLimit) std::string().swap(scratch_);
  if (!reusable) linger();
  return reusable;
}

void Connection::refuse(int status, std::string_view message) {
  const std::string body = error_body(message);
  ResponseHead head;
  head.status = status;
  head.content_type = "application/json";
  head.length = body.size();
  head.keep_alive = false;
  scratch_.clear();
  heads_.append(scratch_, head);
  if (try_send_all(fd_.get(), {scratch_, body})) linger();
}

/// Closing a socket with unread bytes resets it, and the client may lose the answer it has not read
/// yet. So: end our half, and read what still comes, for a while.
void Connection::linger() {
  if (::shutdown(fd_.get(), SHUT_WR) != 0) return;
  const Deadline deadline = deadline_after(kLingerLimit);
  char scratch[8192];
  try {
    for (size_t total = 0; total < kLingerBytes;) {
      const size_t n = input_.read_directly(scratch, sizeof scratch, deadline);
      if (n == 0) return;
      total += n;
    }
  } catch (const Error&) {
    // Too slow, or gone.
  }
}

}  // namespace gantry::http
