#include "net/tls_context.hpp"

#include <openssl/err.h>

#include <cerrno>
#include <fstream>
#include <gantry/cpp/error.hpp>
#include <sstream>

#include "net/socket.hpp"
#include "net/tls.hpp"
#include "options/values.hpp"

namespace log_remote {

namespace {

constexpr const char* kKeyPair = "could not load X509 key pair: ";

void readable(const std::string& file, const std::string& prefix) {
  errno = 0;
  if (!std::ifstream(file))
    invalid(prefix + "open " + file + ": " + lower_error(errno != 0 ? errno : ENOENT));
}

void load_authorities(SSL_CTX* context, const TlsOptions& options) {
  if (options.skip_verify) return;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(context);
  if (options.ca_file.empty()) return;
  readable(options.ca_file, "could not read CA certificate " + in_quotes(options.ca_file) + ": ");
  if (SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1) {
    ERR_clear_error();
    invalid("failed to append certificates from PEM file: " + in_quotes(options.ca_file));
  }
}

void load_identity(SSL_CTX* context, const TlsOptions& options) {
  if (options.cert_file.empty() && options.key_file.empty()) return;
  readable(options.cert_file, kKeyPair);
  readable(options.key_file, kKeyPair);
  if (SSL_CTX_use_certificate_chain_file(context, options.cert_file.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    invalid(kKeyPair + take_ssl_error());
}

// A daemon has nobody to ask for a passphrase.
int no_passphrase(char*, int, int, void*) { return 0; }

}  // namespace

SslContext make_ssl_context(const TlsOptions& options) {
  ERR_clear_error();
  SslContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) throw gantry::sdk::Error(GANTRY_EXHAUSTED, "tls: " + take_ssl_error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_default_passwd_cb(context.get(), &no_passphrase);
  load_authorities(context.get(), options);
  load_identity(context.get(), options);
  return context;
}

void check_tls_files(const TlsOptions& options) { make_ssl_context(options); }

std::string take_ssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason ? reason : "unknown error";
}

}  // namespace log_remote
