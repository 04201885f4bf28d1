// TLS of the connections to registries. A registry may have a directory of its own,
// <certificates>/<host[:port]>, as Docker's /etc/docker/certs.d: every *.crt is an authority
// besides the system's, NAME.cert with NAME.key is what we show to the registry. Hosts without one
// that the registry sends us to (for tokens, blobs) are held to the registry's authorities; they
// see its client certificate only when they are the same host.
#pragma once

#include <filesystem>
#include <memory>

#include "core/images/registry_url.hpp"

namespace Poco::Net {
class StreamSocket;
}

namespace gantry::images {

/// Shared by the connections of one pull or push, of which the first is to the registry; files are
/// read when first needed. Any thread.
class TlsSettings {
 public:
  TlsSettings();
  ~TlsSettings();

  /// The connection with TLS on it; the handshake is done at the first use. `verify` false: the
  /// host's certificate is not checked, and no directory read. `certificates` may be empty: no
  /// directories. Throws Error{invalid} when a client certificate can't be used.
  Poco::Net::StreamSocket secure(const Poco::Net::StreamSocket& plain, const Origin& origin,
                                 bool verify, const std::filesystem::path& certificates);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::images
