// SHA-256 and base64 on top of OpenSSL. A Sha256 object belongs to one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gantry {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(const void* data, size_t size);
  /// 64 lower-case hex digits; the object is spent afterwards.
  std::string finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string sha256_hex(std::string_view data);
/// Standard alphabet with padding.
std::string base64_encode(std::string_view data);
/// Accepts the standard and the URL alphabet, with or without padding; nullopt when malformed.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace gantry
