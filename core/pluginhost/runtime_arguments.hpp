// What a runtime plugin is given, in the types of the C ABI. The results borrow from their
// arguments. Any thread.
#pragma once

#include <gantry/ext/sockets.h>
#include <gantry/runtime.h>

#include <exception>
#include <functional>

#include "core/pluginhost/runtime.hpp"

namespace gantry::pluginhost {

gantry_stream to_abi(const ClientStream& stream);
gantry_container_options to_abi(const ContainerOptions& options);

/// What the receiver of the sockets throws must not pass through the plugin.
struct InsideCall {
  const std::function<void(const InsideSockets&)>& take;
  std::exception_ptr failure;

  static void call(void* ctx, const gantry_inside_sockets* sockets) {
    auto& self = *static_cast<InsideCall*>(ctx);
    try {
      self.take({sockets->udp, sockets->tcp,
                 GANTRY_HAS(sockets, gantry_inside_sockets, life) ? sockets->life : -1});
    } catch (...) {
      self.failure = std::current_exception();
    }
  }
};

}  // namespace gantry::pluginhost
