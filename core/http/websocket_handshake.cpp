#include "core/http/websocket_handshake.hpp"

#include <Poco/SHA1Engine.h>

#include <algorithm>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/http/error_body.hpp"

namespace gantry::http {
namespace {

constexpr std::string_view kVersion = "13";
constexpr std::string_view kKeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr size_t kKeySize = 16;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(Errc::invalid, "bad WebSocket handshake: " + why);
}

/// The elements of all fields of that name, which are lists with commas.
std::vector<std::string> list_of(const Exchange& exchange, std::string_view name) {
  std::vector<std::string> found;
  for (const std::string& field : exchange.headers(name))
    for (const std::string& part : text::split(field, ','))
      if (const std::string_view word = text::trim(part); !word.empty()) found.emplace_back(word);
  return found;
}

bool lists(const Exchange& exchange, std::string_view name, std::string_view word) {
  const auto words = list_of(exchange, name);
  return std::any_of(words.begin(), words.end(),
                     [word](const std::string& w) { return text::iequals(w, word); });
}

}  // namespace

bool agree_on_websocket_version(Exchange& exchange) {
  const std::string version = exchange.header("Sec-WebSocket-Version");
  if (version.empty() || version == kVersion) return true;
  exchange.set_header("Sec-WebSocket-Version", kVersion);
  exchange.send(400, "application/json",
                error_body("bad WebSocket handshake: version " + version + " is not supported"));
  return false;
}

std::string websocket_head(const Exchange& exchange) {
  if (!lists(exchange, "Upgrade", "websocket") || !lists(exchange, "Connection", "upgrade"))
    refuse("the request does not ask for an upgrade to websocket");
  if (exchange.header("Sec-WebSocket-Version") != kVersion) refuse("missing Sec-WebSocket-Version");
  const std::string key = exchange.header("Sec-WebSocket-Key");
  const auto nonce = base64_decode(key);
  if (!nonce || nonce->size() != kKeySize) refuse("missing or malformed Sec-WebSocket-Key");
  std::string head =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      websocket_accept(key) + "\r\n";
  // The stream has no subprotocols; but a browser that offers some wants one of them back.
  if (const auto offered = list_of(exchange, "Sec-WebSocket-Protocol"); !offered.empty())
    head += "Sec-WebSocket-Protocol: " + offered.front() + "\r\n";
  return head + "\r\n";
}

std::string websocket_accept(std::string_view key) {
  Poco::SHA1Engine sha;
  sha.update(key.data(), key.size());
  sha.update(kKeySuffix.data(), kKeySuffix.size());
  const auto& digest = sha.digest();
  return base64_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace gantry::http
