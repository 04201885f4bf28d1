#include "core/http/dispatch.hpp"

#include <chrono>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/http/error_body.hpp"
#include "core/http/status.hpp"
#include "core/http/target.hpp"

namespace gantry::http {
namespace {

void route(const Router& router, ConnectionExchange& exchange) {
  if (exchange.method() == "OPTIONS") return exchange.send_empty(200);
  Match match = router.find(exchange.method(), exchange.path());
  const Handler* handler = match.handler;
  if (handler == nullptr) throw Error(Errc::not_found, "page not found");
  exchange.set_route(negotiate(exchange.target().version), std::move(match));
  (*handler)(exchange);
  if (!exchange.answered()) throw Error(Errc::internal, "the request was left unanswered");
}

void answer_error(ConnectionExchange& exchange, Errc code, const char* message) {
  const int status = status_of(code);
  const bool ours = status >= 500 && code != Errc::cancelled && code != Errc::unsupported;
  if (ours || log::enabled(log::Level::debug))
    log::write(ours ? log::Level::error : log::Level::debug,
               exchange.method() + " " + exchange.path() + ": " + message);
  // What has begun as a success cannot become an error any more; it must at least not look
  // complete.
  if (exchange.answered()) return exchange.break_off();
  exchange.clear_headers();
  exchange.send(status, "application/json", error_body(message));
}

void access_log(const ConnectionExchange& exchange, log::Level level,
                std::chrono::steady_clock::time_point begin) {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begin);
  std::string line = exchange.method() + " " + exchange.path();
  line.append(" ").append(std::to_string(exchange.status()));
  line.append(" ").append(std::to_string(took.count())).append("us");
  line.append(" ").append(std::to_string(exchange.bytes_sent()));
  log::write(level, line);
}

}  // namespace

void dispatch(const Router& router, ConnectionExchange& exchange, bool access_log_wanted) noexcept {
  const log::Level level = access_log_wanted ? log::Level::info : log::Level::debug;
  const bool logged = log::enabled(level);
  const auto begin =
      logged ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point{};
  try {
    try {
      route(router, exchange);
    } catch (const Error& e) {
      answer_error(exchange, e.code(), e.what());
    } catch (const std::exception& e) {
      answer_error(exchange, Errc::internal, e.what());
    } catch (...) {
      answer_error(exchange, Errc::internal, "unknown error");
    }
    if (logged) access_log(exchange, level, begin);
  } catch (...) {
    exchange.break_off();  // no memory even for the error
  }
}

}  // namespace gantry::http
