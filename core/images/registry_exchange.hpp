// Requests to a registry and their answers: connections kept open, challenges answered, redirects
// followed (credentials stay with the registry), plain HTTP given up for TLS where an insecure host
// wants it. Belongs to one thread; several share a session. Errors: Error{unavailable} and
// Error{timeout} are worth another try; Error{cancelled}; Error{internal}.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/images/registry_connection.hpp"
#include "core/images/registry_session.hpp"

namespace gantry::images {

/// What is read of an answer that refuses.
inline constexpr std::size_t kMaxRefusalBytes = 256u << 10;

class RegistryExchange {
 public:
  explicit RegistryExchange(RegistrySession& session) : session_(session) {}

  const RegistrySession& session() const { return session_; }

  /// `request.target` is a path of the registry. The answer's body is read with read() or
  /// read_all(), or dropped by the next request.
  HttpResponse send(const HttpRequest& request);
  /// To where an answer's Location header pointed.
  HttpResponse send_to(const Url& to, const HttpRequest& request);

  std::size_t read(char* buffer, std::size_t size) { return current_->read(buffer, size); }
  /// What a registry says of itself is short: more than `limit` bytes is Error{invalid}.
  std::string read_all(std::size_t limit) { return current_->read_all(limit); }

 private:
  HttpResponse send_once(const HttpRequest& request);
  HttpResponse follow(Url from, HttpResponse response, HttpRequest request);
  RegistryConnection& connection_to(const Origin& origin);

  RegistrySession& session_;
  std::unique_ptr<RegistryConnection> registry_, other_;  // other_: the last redirect's target
  RegistryConnection* current_ = nullptr;                 // the one with the open body
};

}  // namespace gantry::images
