#include "core/api/hijack_head.hpp"

#include "core/domain/container_request.hpp"
#include "core/http/status.hpp"

namespace gantry::api {
namespace {

constexpr const char* kRaw = "application/vnd.docker.raw-stream";
constexpr const char* kMultiplexed = "application/vnd.docker.multiplexed-stream";
constexpr const char* kDefaultDetachKeys = "ctrl-p,ctrl-q";

}  // namespace

std::string hijack_head(const http::Exchange& exchange, bool multiplexed,
                        const std::string& extra) {
  if (!exchange.wants_upgrade())
    return std::string("HTTP/1.1 200 OK\r\nContent-Type: ") + kRaw + "\r\n" + extra + "\r\n";
  const char* type = multiplexed && exchange.version().at_least(42) ? kMultiplexed : kRaw;
  return std::string("HTTP/1.1 101 UPGRADED\r\nContent-Type: ") + type +
         "\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n" + extra + "\r\n";
}

std::string hijack_error(const Error& error) {
  const int status = http::status_of(error.code());
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string(http::reason_of(status)) +
         "\r\nContent-Type: " + kRaw + "\r\n\r\n" + error.what() + "\r\n";
}

std::string detach_key_bytes(const std::string& text) {
  const auto keys = domain::parse_detach_keys(text.empty() ? kDefaultDetachKeys : text);
  if (!keys) throw Error(Errc::invalid, "Invalid detach keys (" + text + ") provided");
  return *keys;
}

}  // namespace gantry::api
