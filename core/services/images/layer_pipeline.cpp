#include "core/services/images/layer_pipeline.hpp"

#include <algorithm>
#include <thread>

#include "core/base/error.hpp"
#include "core/services/images/layer_download.hpp"

namespace gantry::services {

using images::short_id;

void LayerPipeline::fail(std::exception_ptr failure) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
  }
  halt_.request_stop();
}

void LayerPipeline::download(const images::Reference& reference) {
  try {
    LayerDownload download(session_, blobs_, leases_, board_, reference);
    for (;;) {
      images::Descriptor blob;
      {
        const std::lock_guard lock(mutex_);
        if (next_ == wanted_.size()) return;
        blob = wanted_[next_++];
      }
      download.run(blob);
      {
        const std::lock_guard lock(mutex_);
        missing_.erase(blob.digest);
      }
      arrived_changed_.notify_all();
    }
  } catch (...) {
    fail(std::current_exception());
  }
}

void LayerPipeline::wait_for(const std::string& blob) {
  std::unique_lock lock(mutex_);
  if (!arrived_changed_.wait(lock, halt_.get_token(), [&] { return missing_.count(blob) == 0; }))
    throw Error(Errc::cancelled, "context canceled");
}

void LayerPipeline::install(std::vector<images::ImageLayer>& layers, std::size_t i) {
  images::ImageLayer& layer = layers[i];
  const std::string id = short_id(layer.blob.digest);
  LayerInstall::Request request;
  request.chain_id = layer.chain_id;
  request.parent = i == 0 ? std::string() : layers[i - 1].chain_id;
  request.diff_id = layer.diff_id;
  request.blob = layer.blob.digest;
  request.blob_verified = store_.find_diff_id(layer.blob.digest) == layer.diff_id;
  request.mismatch = "layers from manifest don't match image configuration";
  layer.unpacked_size = installer_.run(request, halt_.get_token(), [&](std::uint64_t consumed) {
    board_.amount(id, "Extracting", std::min(consumed, layer.blob.size), layer.blob.size);
  });
  board_.step(id, "Pull complete");
}

void LayerPipeline::run(std::vector<images::ImageLayer>& layers,
                        const images::Reference& reference) {
  std::vector<bool> there(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    images::ImageLayer& layer = layers[i];
    const bool has_blob = blobs_.has(layer.blob.digest, layer.blob.size);
    const auto size = has_blob ? installer_.find_size(layer.chain_id) : std::nullopt;
    there[i] = size.has_value();
    if (size) layer.unpacked_size = *size;
    board_.step(short_id(layer.blob.digest), size ? "Already exists" : "Pulling fs layer");
    if (!has_blob && missing_.insert(layer.blob.digest).second) wanted_.push_back(layer.blob);
  }
  const std::size_t parallel =
      std::min<std::size_t>(session_.options().parallel_downloads, wanted_.size());
  for (std::size_t i = parallel; i < wanted_.size(); ++i)
    board_.step(short_id(wanted_[i].digest), "Waiting");
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (!there[i] && missing_.count(layers[i].blob.digest) == 0)
      board_.step(short_id(layers[i].blob.digest), "Download complete");

  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < parallel; ++i) threads.emplace_back([&] { download(reference); });
  try {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (there[i]) continue;
      wait_for(layers[i].blob.digest);
      install(layers, i);
    }
  } catch (...) {
    fail(std::current_exception());
  }
  threads.clear();
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace gantry::services
