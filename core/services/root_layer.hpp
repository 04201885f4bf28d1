// What a container, or a build's root, has changed becomes a layer: `docker commit` and builds. Any
// thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "core/images/blob_store.hpp"
#include "core/pluginhost/runtime.hpp"

namespace gantry::services {

/// A plain tar; nullopt: nothing has changed. Throws Error{cancelled}.
std::optional<images::IncomingBlob> read_layer(pluginhost::Runtime& runtime,
                                               images::BlobStore& blobs, const std::string& id,
                                               const std::stop_token& stop);

}  // namespace gantry::services
