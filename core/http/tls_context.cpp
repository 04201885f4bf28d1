#include "core/http/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "core/base/error.hpp"
#include "core/base/openssl_reason.hpp"

namespace gantry::http {
namespace {

void need(bool done, const TlsFile& file) {
  if (done) return;
  const std::string setting = file.setting.empty() ? "" : file.setting + ": ";
  throw Error(Errc::invalid, setting + file.path.string() + ": " + openssl_reason());
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

TlsContext::TlsContext(const TlsFiles& files) : context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX* context = context_.get();
  if (!context) throw Error(Errc::internal, "TLS: " + openssl_reason());
  ERR_clear_error();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  // Connections are few and long: nothing is kept to resume one.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

  need(SSL_CTX_use_certificate_chain_file(context, files.certificate.path.c_str()) == 1,
       files.certificate);
  need(SSL_CTX_use_PrivateKey_file(context, files.key.path.c_str(), SSL_FILETYPE_PEM) == 1,
       files.key);
  need(SSL_CTX_check_private_key(context) == 1, files.key);
  if (files.authority.path.empty()) return;
  need(SSL_CTX_load_verify_locations(context, files.authority.path.c_str(), nullptr) == 1,
       files.authority);
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(files.authority.path.c_str());
  need(names != nullptr, files.authority);
  SSL_CTX_set_client_CA_list(context, names);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

}  // namespace gantry::http
