// Plain HTTP(S) downloads outside registries (`docker import URL`). Belongs to one thread. Errors
// as RegistryConnection's; Error{invalid} for an answer other than 200.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "core/base/time.hpp"
#include "core/images/registry_connection.hpp"

namespace gantry::images {

class UrlDownload {
 public:
  /// Follows up to ten redirects and reads the head. `login`: "user:password" for the first host
  /// instead of what the URL says.
  UrlDownload(const std::string& url, const RegistryOptions& options, std::stop_token stop,
              const std::string& login = {});

  std::size_t read(char* buffer, std::size_t size) { return connection_->read(buffer, size); }
  std::optional<std::uint64_t> length() const { return length_; }
  /// When the server says that it last changed; the epoch if it does not.
  UnixNanos modified() const { return modified_; }

 private:
  TlsSettings tls_;
  std::unique_ptr<RegistryConnection> connection_;
  std::optional<std::uint64_t> length_;
  UnixNanos modified_ = 0;
};

}  // namespace gantry::images
