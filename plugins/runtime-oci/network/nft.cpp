#include "network/nft.hpp"

#include <dlfcn.h>
#include <nftables/libnftables.h>

#include <memory>
#include <mutex>

#include "base/error.hpp"

namespace gantry::oci {
namespace {

struct CloseLibrary {
  void operator()(void* library) const { ::dlclose(library); }
};

class Library {
 public:
  Library() : handle_(::dlopen("libnftables.so.1", RTLD_NOW | RTLD_LOCAL)) {
    if (!handle_) {
      const char* why = ::dlerror();
      throw Error(GANTRY_UNAVAILABLE, std::string("firewall: ") + (why != nullptr ? why : "?"));
    }
  }
  template <class F>
  F* get(const char* name) const {
    void* symbol = ::dlsym(handle_.get(), name);
    if (symbol == nullptr)
      throw Error(GANTRY_UNAVAILABLE, std::string("firewall: libnftables has no ") + name);
    return reinterpret_cast<F*>(symbol);
  }

 private:
  std::unique_ptr<void, CloseLibrary> handle_;
};

}  // namespace

void apply_ruleset(const std::string& commands) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  const Library library;
  auto* free_context = library.get<decltype(nft_ctx_free)>("nft_ctx_free");
  const std::unique_ptr<nft_ctx, decltype(free_context)> context(
      library.get<decltype(nft_ctx_new)>("nft_ctx_new")(NFT_CTX_DEFAULT), free_context);
  if (!context) throw Error(GANTRY_UNAVAILABLE, "firewall: the kernel has no nf_tables");
  library.get<decltype(nft_ctx_buffer_error)>("nft_ctx_buffer_error")(context.get());
  library.get<decltype(nft_ctx_buffer_output)>("nft_ctx_buffer_output")(context.get());
  auto* run = library.get<decltype(nft_run_cmd_from_buffer)>("nft_run_cmd_from_buffer");
  if (run(context.get(), commands.c_str()) == 0) return;
  std::string why =
      library.get<decltype(nft_ctx_get_error_buffer)>("nft_ctx_get_error_buffer")(context.get());
  throw Error(GANTRY_INTERNAL, "firewall: " + why.substr(0, why.find('\n')));
}

}  // namespace gantry::oci
