// Writing to a registry over the OCI distribution API: blobs, manifests. Belongs to one thread;
// several share a session. Errors: Error{internal} in the registry's words, and RegistryExchange's.
#pragma once

#include <string>

#include "core/images/image.hpp"
#include "core/images/registry_exchange.hpp"

namespace gantry::images {

class RegistryUpload {
 public:
  explicit RegistryUpload(RegistrySession& session) : exchange_(session) {}

  /// Throws when the registry cannot be reached, or gives no token; any answer is a good one.
  void ping();
  bool has_blob(const std::string& digest);
  /// Asks for a blob that another repository of this registry has ("library/busybox"). False: the
  /// registry did not take it over.
  bool mount_blob(const std::string& digest, const std::string& from);
  /// Error{unavailable} also for an upload that the registry lost: the next try begins another.
  void put_blob(const std::string& digest, const FileBody& file);
  void put_blob(const std::string& digest, const std::string& content);
  void put_manifest(const std::string& tag, const Descriptor& manifest, const std::string& content);

 private:
  void upload(const std::string& digest, HttpRequest body);
  Url uploads() const;
  [[noreturn]] void refuse(const HttpResponse& response, bool in_upload = false);

  RegistryExchange exchange_;
};

}  // namespace gantry::images
