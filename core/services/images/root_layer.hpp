// What a container, or a build's root, has changed becomes a layer: `docker commit` and builds. Any
// thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/images/blob_store.hpp"
#include "core/pluginhost/runtime.hpp"

namespace gantry::services {

/// A plain tar, complete; nullopt: nothing has changed. Throws Error{cancelled}.
std::optional<images::IncomingBlob> read_layer(pluginhost::Runtime& runtime,
                                               images::BlobStore& blobs, const std::string& id,
                                               const std::stop_token& stop);

/// A layer, and the root that has the same and is not needed any more: the runtime may take it
/// over.
struct RootLayer {
  images::IncomingBlob tar;
  std::string root;                     // empty: it has to be unpacked
  std::vector<std::string> left_out{};  // empty entries of the root that are not in the tar
};

/// The same of a root that goes anyway.
std::optional<RootLayer> take_layer(pluginhost::Runtime& runtime, images::BlobStore& blobs,
                                    const std::string& id, const std::stop_token& stop);

}  // namespace gantry::services
