// One HTTP/1.1 connection to one origin, kept open between requests, directly or through a proxy.
// Belongs to one thread, but a stop token ends whatever it is waiting for. Poco is behind it.
// Errors: Error{unavailable} broken or refused, Error{timeout} no byte for the stall time,
// Error{cancelled}.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/images/registry_options.hpp"
#include "core/images/registry_tls.hpp"
#include "core/images/registry_url.hpp"

namespace gantry::images {

/// A body in a file, read from its beginning each time it is sent.
struct FileBody {
  int fd = -1;
  std::uint64_t size = 0;
  std::function<void(std::uint64_t sent)> progress{};  // after each piece
};

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  const FileBody* file = nullptr;  // instead of `body`
  bool once = false;               // not to be repeated by itself: the server may have taken a part
};

struct HttpResponse {
  int status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::optional<std::uint64_t> length;                       // of the body, when announced

  /// First value, empty when missing.
  std::string header(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
};

class RegistryConnection {
 public:
  /// `verify_tls` false: certificates are not checked (insecure hosts). Connects at the first
  /// request.
  RegistryConnection(Origin origin, const RegistryOptions& options, TlsSettings& tls,
                     bool verify_tls, std::stop_token stop);
  ~RegistryConnection();

  const Origin& origin() const { return origin_; }
  /// Sends the request and reads the answer's head. A kept-open connection that the server has
  /// closed meanwhile is replaced once, unless the request must not be repeated. A server that
  /// answers in the middle of a body and closes is heard, without the body of its answer.
  HttpResponse send(const HttpRequest& request);
  /// The next piece of the body; 0 at its end. Throws Error{unavailable} "unexpected EOF" when it
  /// is short.
  std::size_t read(char* buffer, std::size_t size);
  /// The rest of the body, at most `limit` bytes (else Error{invalid}).
  std::string read_all(std::size_t limit);

 private:
  struct Impl;
  Origin origin_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::images
