#include "net/tls.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <fstream>
#include <functional>
#include <thread>

#include "../temporary_directory.hpp"
#include "lines.hpp"
#include "net/outlet.hpp"
#include "peers.hpp"
#include "syslog/driver.hpp"
#include "thrown.hpp"

using namespace log_remote;
using namespace gantry::test;

namespace {

/// A key and a certificate that vouches for itself, as files.
class Identity {
 public:
  explicit Identity(const std::string& names) {
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), &X509_free);
    X509* const x = certificate.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key.get());
    const auto* const name = reinterpret_cast<const unsigned char*>("log peer");
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, name, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    extend(x, NID_basic_constraints, "critical,CA:TRUE");
    extend(x, NID_subject_alt_name, names);
    X509_sign(x, key.get(), EVP_sha256());
    with_file(certificate_file(), [&](FILE* file) { PEM_write_X509(file, x); });
    with_file(key_file(), [&](FILE* file) {
      PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  std::string certificate_file() const { return directory_ / "cert.pem"; }
  std::string key_file() const { return directory_ / "key.pem"; }

 private:
  static void extend(X509* x, int id, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str());
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  }
  static void with_file(const std::string& path, const std::function<void(FILE*)>& write) {
    FILE* const file = std::fopen(path.c_str(), "w");
    BOOST_REQUIRE(file != nullptr);
    write(file);
    std::fclose(file);
  }
  const TemporaryDirectory directory_;
};

/// A server of TLS for one connection after the other.
class TlsPeer {
 public:
  explicit TlsPeer(const Identity& identity) : context_(SSL_CTX_new(TLS_server_method())) {
    ::signal(SIGPIPE, SIG_IGN);  // the other end may be gone
    SSL_CTX_use_certificate_file(context_, identity.certificate_file().c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_, identity.key_file().c_str(), SSL_FILETYPE_PEM);
  }
  ~TlsPeer() { SSL_CTX_free(context_); }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  void demand_certificate_of(const Identity& client) {
    SSL_CTX_load_verify_locations(context_, client.certificate_file().c_str(), nullptr);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  const std::string& port() const { return tcp_.port(); }
  TcpPeer& tcp() { return tcp_; }

  /// What one connection brings: to its end, or `size` bytes. "refused" without a handshake.
  std::string serve(std::size_t size = SIZE_MAX) {
    const Accepted accepted = tcp_.accept();
    const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context_), &SSL_free);
    SSL_set_fd(ssl.get(), accepted.fd());
    if (SSL_accept(ssl.get()) != 1) return "refused";
    std::string got;
    char buffer[16384];
    while (got.size() < size) {
      const int more = SSL_read(ssl.get(), buffer, sizeof buffer);
      if (more <= 0) break;
      got.append(buffer, static_cast<std::size_t>(more));
    }
    SSL_shutdown(ssl.get());
    return got;
  }

 private:
  TcpPeer tcp_;
  SSL_CTX* const context_;
};

class Plain final : public Wire {
 public:
  void encode(const gantry::sdk::LogLine& line, Packets& out) override {
    out.push_back(std::string(line.text()) + "\n");
  }
};

Endpoint endpoint_of(const TlsPeer& peer, const TlsOptions& tls) {
  return {Network::kTls, "127.0.0.1", peer.port(), "", tls};
}

/// The error of one line sent there, and what the peer saw.
std::pair<std::string, std::string> sent_to(TlsPeer& peer, const Endpoint& endpoint) {
  std::string got;
  std::thread server([&] { got = peer.serve(); });
  Plain wire;
  std::uint32_t taken = 0;
  const std::string error =
      message_of([&] { Outlet({endpoint}).write(Lines({{"hello"}}), taken, no_op(), wire); });
  server.join();
  return {error, got};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_remote_tls)

BOOST_AUTO_TEST_CASE(a_peer_is_trusted_by_its_authority) {
  const Identity identity("IP:127.0.0.1");
  TlsPeer peer(identity);
  const auto [error, got] =
      sent_to(peer, endpoint_of(peer, {false, identity.certificate_file(), "", ""}));
  BOOST_TEST(error == "no error");
  BOOST_TEST(got == "hello\n");
}

BOOST_AUTO_TEST_CASE(a_stranger_is_not) {
  const Identity identity("IP:127.0.0.1"), other("IP:127.0.0.1");
  TlsPeer peer(identity);
  const auto [error, got] =
      sent_to(peer, endpoint_of(peer, {false, other.certificate_file(), "", ""}));
  BOOST_TEST(error.starts_with("dial tcp 127.0.0.1:" + peer.port() +
                               ": tls: failed to verify certificate: "));
  BOOST_TEST(got == "refused");
}

BOOST_AUTO_TEST_CASE(nor_is_a_certificate_for_another_name) {
  const Identity identity("DNS:elsewhere");
  TlsPeer peer(identity);
  const auto [error, got] =
      sent_to(peer, endpoint_of(peer, {false, identity.certificate_file(), "", ""}));
  BOOST_TEST(error.find("failed to verify certificate") != std::string::npos);
  BOOST_TEST(got == "refused");
  const auto [no_error, all] = sent_to(peer, endpoint_of(peer, {true, "", "", ""}));
  BOOST_TEST(no_error == "no error");  // unless nobody looks
  BOOST_TEST(all == "hello\n");
}

BOOST_AUTO_TEST_CASE(names_are_checked_too) {
  const Identity identity("DNS:localhost");
  TlsPeer peer(identity);
  Endpoint endpoint = endpoint_of(peer, {false, identity.certificate_file(), "", ""});
  endpoint.host = "localhost";
  BOOST_TEST(sent_to(peer, endpoint).second == "hello\n");
}

BOOST_AUTO_TEST_CASE(we_show_who_we_are) {
  const Identity identity("IP:127.0.0.1"), client("DNS:client");
  TlsPeer peer(identity);
  peer.demand_certificate_of(client);
  const TlsOptions options{false, identity.certificate_file(), client.certificate_file(),
                           client.key_file()};
  BOOST_TEST(sent_to(peer, endpoint_of(peer, options)).second == "hello\n");
}

BOOST_AUTO_TEST_CASE(an_idle_connection_that_was_closed_is_made_again) {
  const Identity identity("IP:127.0.0.1");
  TlsPeer peer(identity);
  Plain wire;
  Outlet outlet({endpoint_of(peer, {true, "", "", ""})});
  for (const char* text : {"one", "two"}) {
    std::string got;
    std::thread server([&] { got = peer.serve(4); });
    std::uint32_t taken = 0;
    outlet.write(Lines({{text}}), taken, no_op(), wire);
    server.join();  // it has said goodbye
    BOOST_TEST(got == std::string(text) + "\n");
  }
}

BOOST_AUTO_TEST_CASE(much_arrives_whole) {
  const Identity identity("IP:127.0.0.1");
  TlsPeer peer(identity);
  std::string got;
  std::thread server([&] { got = peer.serve(); });
  Plain wire;
  std::uint32_t taken = 0;
  Outlet({endpoint_of(peer, {true, "", "", ""})})
      .write(Lines(long_lines(100, 50'000)), taken, no_op(), wire);
  server.join();
  BOOST_TEST(taken == 100u);
  BOOST_TEST(got.size() == 100u * 50'001u);
}

BOOST_AUTO_TEST_CASE(a_handshake_that_nobody_answers_ends) {
  TcpPeer silent;
  Endpoint endpoint = silent.endpoint();
  endpoint.network = Network::kTls;
  Plain wire;
  std::uint32_t taken = 0;
  const CancelledOp op(3);
  Outlet outlet({endpoint}), hasty({endpoint}, std::chrono::milliseconds(20));
  BOOST_TEST(code_of([&] { outlet.write(Lines({{"x"}}), taken, op.op(), wire); }) ==
             GANTRY_CANCELLED);
  BOOST_TEST(code_of([&] { hasty.write(Lines({{"x"}}), taken, no_op(), wire); }) == GANTRY_TIMEOUT);
}

BOOST_AUTO_TEST_CASE(syslog_over_tls_counts_octets) {
  const Identity identity("IP:127.0.0.1");
  TlsPeer peer(identity);
  std::string got;
  std::thread server([&] { got = peer.serve(); });
  syslog::Driver driver{gantry::sdk::Host(nullptr)};
  gantry::sdk::LogSource from = source();
  from.options = {{"syslog-address", "tcp+tls://127.0.0.1:" + peer.port()},
                  {"syslog-format", "rfc5424"},
                  {"syslog-tls-ca-cert", identity.certificate_file()}};
  std::uint32_t taken = 0;
  driver.open(from)->write(Lines({{"hello"}}), taken, no_op());
  server.join();
  const auto space = got.find(' ');
  BOOST_TEST(got.substr(0, space) == std::to_string(got.size() - space - 1));
  BOOST_TEST(got.ends_with(" - hello\n"));
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_used_are_refused_when_a_stream_is_opened) {
  const TemporaryDirectory directory;
  const std::string empty = directory / "empty";
  std::ofstream(empty).close();
  const auto says = [](const TlsOptions& options) {
    return message_of([&] { check_tls_files(options); });
  };
  BOOST_TEST(
      says({false, "/nowhere", "", ""}) ==
      "could not read CA certificate \"/nowhere\": open /nowhere: no such file or directory");
  BOOST_TEST(says({false, empty, "", ""}) ==
             "failed to append certificates from PEM file: \"" + empty + "\"");
  BOOST_TEST(says({true, "", "/nowhere", "/nowhere"}) ==
             "could not load X509 key pair: open /nowhere: no such file or directory");
  BOOST_TEST(says({true, "", empty, empty}).starts_with("could not load X509 key pair: "));
  syslog::Driver driver{gantry::sdk::Host(nullptr)};
  gantry::sdk::LogSource from = source();
  from.options = {{"syslog-address", "tcp+tls://h:1"}, {"syslog-tls-ca-cert", "/nowhere"}};
  BOOST_TEST(code_of([&] { driver.open(from); }) == GANTRY_INVALID);
}

BOOST_AUTO_TEST_SUITE_END()
