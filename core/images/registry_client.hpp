// Reading from a registry over the OCI distribution API: manifests, tags, blobs. Belongs to one
// thread; several clients share a session. Errors: Error{not_found} and others in Docker's words,
// and RegistryExchange's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/images/image.hpp"
#include "core/images/registry_exchange.hpp"

namespace gantry::images {

struct FetchedManifest {
  Descriptor descriptor;
  std::string content;
};

class RegistryClient {
 public:
  explicit RegistryClient(RegistrySession& session) : session_(session), exchange_(session) {}

  /// `version`: tag or digest. The content is verified against a digest, and against what the
  /// registry says of a tag. `reference` is named in errors.
  FetchedManifest manifest(const std::string& version, const Reference& reference);
  std::vector<std::string> tags(const Reference& reference);

  /// An image's configuration, verified.
  std::string config(const Descriptor& blob, const Reference& reference);
  /// Starts reading a blob at `offset`; returns the offset the registry really starts at: that or
  /// 0.
  std::uint64_t open_blob(const std::string& digest, std::uint64_t offset,
                          const Reference& reference);
  /// Size of the opened blob as the registry announced it; nullopt when it did not.
  std::optional<std::uint64_t> announced_size() const { return announced_size_; }
  /// The next bytes of the opened blob; 0 at its end.
  std::size_t read(char* buffer, std::size_t size) { return exchange_.read(buffer, size); }

 private:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  HttpResponse get(const std::string& target, const Headers& headers);

  RegistrySession& session_;
  RegistryExchange exchange_;
  std::optional<std::uint64_t> announced_size_;
};

}  // namespace gantry::images
