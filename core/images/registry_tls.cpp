#include "core/images/registry_tls.hpp"

#include <Poco/Net/Context.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <mutex>
#include <set>
#include <string>
#include <system_error>

#include "core/base/error.hpp"

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

/// Its files by name; empty when there is no such directory.
std::set<fs::path> files_of(const fs::path& directory) {
  std::set<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error))
    files.insert(entry->path());
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
    throw Error(Errc::invalid, "open " + directory.string() + ": " + error.message());
  return files;
}

void need(int done, const fs::path& file) {
  if (done == 1) return;
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  throw Error(Errc::invalid, "failed to load X509 key pair or authority: " + file.string() + ": " +
                                 (reason ? reason : "not usable"));
}

void add(SSL_CTX* context, const std::set<fs::path>& files, const fs::path& file) {
  const fs::path extension = file.extension();
  if (extension == ".crt") {
    need(SSL_CTX_load_verify_locations(context, file.c_str(), nullptr), file);
  } else if (extension == ".cert") {
    const fs::path key = fs::path(file).replace_extension(".key");
    if (!files.contains(key))
      throw Error(Errc::invalid, "missing key " + key.filename().string() +
                                     " for client certificate " + file.filename().string() +
                                     ". CA certificates must use the extension .crt");
    need(SSL_CTX_use_certificate_chain_file(context, file.c_str()), file);
    need(SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM), key);
  } else if (extension == ".key") {
    const fs::path certificate = fs::path(file).replace_extension(".cert");
    if (!files.contains(certificate))
      throw Error(Errc::invalid, "missing client certificate " + certificate.filename().string() +
                                     " for key " + file.filename().string());
  }
}

}  // namespace

struct TlsSettings::Impl {
  std::mutex mutex;
  net::Context::Ptr verified, unverified;

  net::Context::Ptr of_all(bool verify) {
    const std::lock_guard lock(mutex);
    net::Context::Ptr& context = verify ? verified : unverified;
    if (!context) context = make_context(verify);
    return context;
  }

  net::Context::Ptr of(const Origin& origin, bool verify, const fs::path& certificates) {
    if (certificates.empty()) return of_all(verify);
    std::set<fs::path> files = files_of(certificates / origin.authority());
    if (files.empty())
      files = files_of(certificates / (origin.host + ":" + std::to_string(origin.port)));
    if (files.empty()) return of_all(verify);
    const net::Context::Ptr context = make_context(verify);
    for (const fs::path& file : files) add(context->sslContext(), files, file);
    return context;
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
