#include "tests/unit/http/certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace gantry::test {
namespace {

constexpr long kDay = 24 * 3600;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

void need(bool done) {
  if (!done) throw std::runtime_error("a certificate could not be made");
}

}  // namespace

void write_certificate(const std::filesystem::path& directory, const char* name) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  need(key && certificate);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDay);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  need(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);

  const auto open = [&](const char* ending) {
    const auto path = directory / (std::string(name) + ending);
    std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "wbe"));
    need(file != nullptr);
    return file;
  };
  need(PEM_write_X509(open(".pem").get(), certificate.get()) == 1);
  need(PEM_write_PrivateKey(open(".key").get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
       1);
}

}  // namespace gantry::test
