// One HTTP request and the ways to answer it. Lives on the stack of its connection thread;
// everything here is called by that thread only. A handler answers exactly once (send, stream or
// hijack) or throws gantry::Error, which the dispatcher turns into Docker's {"message": ...}
// (behaviours.md 1.5).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/api_version.hpp"
#include "core/base/notifier.hpp"
#include "core/base/unique_fd.hpp"

namespace gantry::http {

/// API version of the request's /v1.NN prefix; requests without one get the newest.
struct ApiVersion {
  int minor = kNewestApiMinor;
  bool at_least(int m) const { return minor >= m; }
};

/// Query values in order, percent- and plus-decoded.
class Query {
 public:
  /// Throws Error{invalid}, in Go's words, for escapes that are none and for ";", and for a NUL.
  static Query parse(std::string_view raw);
  void append(const Query& other);
  bool has(std::string_view name) const;
  /// First value, or fallback.
  std::string get(std::string_view name, std::string_view fallback = {}) const;
  std::vector<std::string> all(std::string_view name) const;
  /// Docker's booleans: "", 0, no, false, none are false, everything else true; missing: fallback.
  bool boolean(std::string_view name, bool fallback = false) const;
  /// Throws Error{invalid} naming the parameter when it is not an integer.
  std::optional<std::int64_t> integer(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

/// Pull side of a request body (Content-Length or chunked). read returns 0 at its end; throws
/// Error{cancelled} when the client vanished and Error{invalid} on malformed chunking.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  virtual size_t read(char* buffer, size_t size) = 0;
};

/// Chunked answer under way. write() sends one chunk at once and returns false when the client is
/// gone (from then on nothing is sent). The destructor ends the body.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  virtual bool write(std::string_view data) = 0;
};

/// A connection taken over after the answer's head was sent (attach, exec): the socket, and the
/// bytes that the client had already sent behind its request. The HTTP server forgets the
/// connection.
struct Hijacked {
  UniqueFd fd;
  std::string read_ahead;
};

/// A connection that speaks another protocol after the answer's head, as long as its handler runs.
/// stop() ends it: it shuts down reading, and what does not end then, writing, too.
struct Upgraded {
  int fd;  // borrowed; blocking, without timeouts
  std::string read_ahead;
};

class Exchange {
 public:
  virtual ~Exchange() = default;

  // --- request
  virtual const std::string& method() const = 0;
  /// Path without the version prefix, percent-encoded as sent.
  virtual const std::string& path() const = 0;
  virtual ApiVersion version() const = 0;
  virtual const Query& query() const = 0;
  /// Percent-decoded path parameter of the route pattern.
  virtual const std::string& param(std::string_view name) const = 0;
  virtual std::string header(std::string_view name) const = 0;
  virtual std::vector<std::string> headers(std::string_view name) const = 0;
  virtual bool has_body() const = 0;
  virtual BodyReader& body() = 0;
  /// Whole body, at most `limit` bytes (else Error{invalid}). For JSON bodies: checks the
  /// Content-Type (behaviours.md 1.7) when `json` is set.
  virtual std::string read_body(size_t limit = 8u << 20, bool json = true) = 0;

  // --- answer
  virtual void set_header(std::string_view name, std::string_view value) = 0;
  virtual void send(int status, std::string_view content_type, std::string_view body) = 0;
  /// 200/201 with application/json; adds the final newline.
  void send_json(std::string_view body, int status = 200);
  void send_empty(int status) { send(status, {}, {}); }
  /// Sends the head at once (flushed), body chunked.
  virtual ResponseStream& stream(std::string_view content_type, int status = 200) = 0;
  /// Sends `head` verbatim (a whole HTTP head including the blank line) and gives the connection
  /// away.
  virtual Hijacked hijack(std::string_view head) = 0;
  /// Sends `head` verbatim; what comes after it is the handler's. The connection ends with it.
  virtual Upgraded upgrade(std::string_view head) = 0;
  /// The lines that every head has which is not sent verbatim (behaviours.md 1.3).
  virtual const std::string& usual_headers() const = 0;
  /// True when the request asks for an upgrade (`Upgrade` header present).
  virtual bool wants_upgrade() const = 0;
  /// For waits that must end when the client goes away.
  virtual Peer peer() const = 0;
  /// True once an answer has begun.
  virtual bool answered() const = 0;
};

using Handler = std::function<void(Exchange&)>;

}  // namespace gantry::http
