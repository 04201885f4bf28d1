#include "core/base/digest.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

}  // namespace

struct Sha256::Impl {
  std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  if (!impl_->context || EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) != 1)
    throw Error(Errc::internal, "cannot start a SHA-256 computation");
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(const void* data, size_t size) {
  if (EVP_DigestUpdate(impl_->context.get(), data, size) != 1)
    throw Error(Errc::internal, "cannot continue a SHA-256 computation");
}

std::string Sha256::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_DigestFinal_ex(impl_->context.get(), digest, &size) != 1)
    throw Error(Errc::internal, "cannot finish a SHA-256 computation");
  return text::hex(digest, size);
}

std::string sha256_hex(std::string_view data) {
  Sha256 sha;
  sha.update(data.data(), data.size());
  return sha.finish();
}

std::string base64_encode(std::string_view data) {
  std::string out((data.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock adds a NUL
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(data.data()),
                                   static_cast<int>(data.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  std::string in(text);
  const size_t last = in.find_last_not_of('=');
  const size_t padding = in.size() - (last == std::string::npos ? 0 : last + 1);
  if (padding > 2 || (padding > 0 && in.size() % 4 != 0)) return std::nullopt;
  in.resize(in.size() - padding);
  std::replace(in.begin(), in.end(), '-', '+');
  std::replace(in.begin(), in.end(), '_', '/');
  if (in.size() % 4 == 1 || !std::all_of(in.begin(), in.end(), is_base64)) return std::nullopt;
  const size_t decoded_size = in.size() * 3 / 4;
  in.append((4 - in.size() % 4) % 4, '=');
  std::string out(in.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(in.data()),
                      static_cast<int>(in.size())) < 0)
    return std::nullopt;
  out.resize(decoded_size);
  return out;
}

}  // namespace gantry
