// The server's side of TLS: its certificate, and whose clients it lets in. Any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

extern "C" {
struct ssl_ctx_st;
}

namespace gantry::http {

/// PEM.
struct TlsFile {
  std::filesystem::path path;
  std::string setting{};  // that names it; errors begin with this
};

/// The certificate's may hold the chain behind it.
struct TlsFiles {
  TlsFile certificate, key;
  TlsFile authority;  // who signs clients' certificates; no path: none is asked for
};

class TlsContext {
 public:
  /// Reads the files, once. Throws Error{invalid} that names the one that cannot be used.
  explicit TlsContext(const TlsFiles& files);

  ssl_ctx_st* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  std::unique_ptr<ssl_ctx_st, Free> context_;
};

}  // namespace gantry::http
