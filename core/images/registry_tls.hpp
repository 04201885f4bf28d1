// TLS of the connections to registries. A registry may have a directory of its own,
// <certificates>/<host[:port]>, as Docker's /etc/docker/certs.d: every *.crt is an authority
// besides the system's, NAME.cert with NAME.key is what we show to the registry.
#pragma once

#include <filesystem>
#include <memory>

#include "core/images/registry_url.hpp"

namespace Poco::Net {
class StreamSocket;
}

namespace gantry::images {

/// Shared by the connections of one pull or push; loads the system's authorities when first needed.
/// Any thread.
class TlsSettings {
 public:
  TlsSettings();
  ~TlsSettings();

  /// The connection with TLS on it; the handshake is done at the first use. `verify` false: the
  /// registry's certificate is not checked. `certificates` may be empty: no directories. Throws
  /// Error{invalid} when the registry's directory can't be used.
  Poco::Net::StreamSocket secure(const Poco::Net::StreamSocket& plain, const Origin& origin,
                                 bool verify, const std::filesystem::path& certificates);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::images
