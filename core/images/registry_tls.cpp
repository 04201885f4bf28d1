#include "core/images/registry_tls.hpp"

#include <Poco/Net/Context.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <system_error>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/openssl_reason.hpp"

namespace gantry::images {
namespace {

namespace fs = std::filesystem;
namespace net = Poco::Net;

net::Context::Ptr make_context(bool verify) {
  net::Context::Params params;
  params.verificationMode = verify ? net::Context::VERIFY_STRICT : net::Context::VERIFY_NONE;
  params.loadDefaultCAs = verify;
  params.verificationDepth = 9;
  params.cipherList = "HIGH:!aNULL:!MD5:!RC4:!3DES";
  net::Context::Ptr context = new net::Context(net::Context::TLS_CLIENT_USE, params);
  context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
  context->enableExtendedCertificateVerification(verify);
  context->enableSessionCache(false);
  return context;
}

/// Its files by name; none when there is no such directory, or when it is not for us to read.
std::set<fs::path> files_of(const fs::path& directory) {
  std::set<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error))
    files.insert(entry->path());
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
    log::warn("registry certificates: " + directory.string() + ": " + error.message());
  return files;
}

/// By the name with or without the scheme's own port, as references may have it.
std::set<fs::path> files_for(const Origin& origin, const fs::path& certificates) {
  std::set<fs::path> files = files_of(certificates / origin.authority());
  if (!files.empty()) return files;
  const bool ipv6 = origin.host.find(':') != std::string::npos;
  const std::string host = ipv6 ? "[" + origin.host + "]" : origin.host;
  return files_of(certificates / (host + ":" + std::to_string(origin.port)));
}

void need(int done, const fs::path& file) {
  if (done != 1)
    throw Error(Errc::invalid,
                "could not load X509 key pair: " + file.string() + ": " + openssl_reason());
}

void add_client_certificate(SSL_CTX* context, const std::set<fs::path>& files,
                            const fs::path& file) {
  const fs::path key = fs::path(file).replace_extension(".key");
  if (!files.contains(key))
    throw Error(Errc::invalid, "missing key " + key.filename().string() +
                                   " for client certificate " + file.filename().string() +
                                   ". CA certificates must use the extension .crt");
  need(SSL_CTX_use_certificate_chain_file(context, file.c_str()), file);
  need(SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM), key);
}

void add(SSL_CTX* context, const std::set<fs::path>& files, bool show_ours) {
  ERR_clear_error();
  for (const fs::path& file : files) {
    const fs::path extension = file.extension();
    if (extension == ".crt") {
      // As Docker: one that is none is as good as not there.
      if (SSL_CTX_load_verify_locations(context, file.c_str(), nullptr) != 1)
        log::warn("registry certificates: " + file.string() + ": " + openssl_reason());
    } else if (extension == ".cert" && show_ours) {
      add_client_certificate(context, files, file);
    } else if (extension == ".key" && show_ours) {
      const fs::path certificate = fs::path(file).replace_extension(".cert");
      if (!files.contains(certificate))
        throw Error(Errc::invalid, "missing client certificate " + certificate.filename().string() +
                                       " for key " + file.filename().string());
    }
  }
}

}  // namespace

struct TlsSettings::Impl {
  std::mutex mutex;
  net::Context::Ptr unverified;
  std::map<std::string, net::Context::Ptr> verified;  // by authority; "": by the system's alone
  std::optional<Origin> registry;                     // whom the first connection was for

  net::Context::Ptr of(const Origin& origin, bool verify, const fs::path& certificates) {
    const std::lock_guard lock(mutex);
    if (!registry) registry = origin;
    if (!verify) {
      if (!unverified) unverified = make_context(false);
      return unverified;
    }
    net::Context::Ptr& context = verified[origin.authority()];
    if (context) return context;
    std::set<fs::path> files;
    if (!certificates.empty()) files = files_for(origin, certificates);
    const bool own = !files.empty();
    if (!own && !certificates.empty()) files = files_for(*registry, certificates);
    if (files.empty()) {
      net::Context::Ptr& shared = verified[""];
      if (!shared) shared = make_context(true);
      return context = shared;
    }
    const net::Context::Ptr made = make_context(true);
    add(made->sslContext(), files, own || origin.host == registry->host);
    return context = made;
  }
};

TlsSettings::TlsSettings() : impl_(std::make_unique<Impl>()) {}
TlsSettings::~TlsSettings() = default;

net::StreamSocket TlsSettings::secure(const net::StreamSocket& plain, const Origin& origin,
                                      bool verify, const fs::path& certificates) {
  return net::SecureStreamSocket::attach(plain, origin.host,
                                         impl_->of(origin, verify, certificates));
}

}  // namespace gantry::images
