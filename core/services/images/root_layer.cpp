#include "core/services/images/root_layer.hpp"

#include <string_view>

#include "core/base/error.hpp"
#include "core/services/base/piped_call.hpp"

namespace gantry::services {

std::optional<images::IncomingBlob> read_layer(pluginhost::Runtime& runtime,
                                               images::BlobStore& blobs, const std::string& id,
                                               const std::stop_token& stop) {
  images::IncomingBlob layer = blobs.begin();
  bool empty = true;  // a tar without entries is zeros
  const auto diff = [&](int fd, const pluginhost::Op& op) { runtime.diff(id, fd, op); };
  const auto take = [&](std::string_view piece) {
    empty = empty && piece.find_first_not_of('\0') == std::string_view::npos;
    layer.append(piece.data(), piece.size());
    return true;
  };
  if (!read_from(diff, take, [&] { return stop.stop_requested(); }))
    throw Error(Errc::cancelled, "context canceled");
  if (empty) return std::nullopt;
  return layer;
}

std::optional<RootLayer> take_layer(pluginhost::Runtime& runtime, images::BlobStore& blobs,
                                    const std::string& id, const std::stop_token& stop) {
  auto tar = read_layer(runtime, blobs, id, stop);
  if (!tar) return std::nullopt;
  return RootLayer{std::move(*tar), id};
}

}  // namespace gantry::services
