// The layers of one image on their way from a registry into the store and the runtime: several
// downloads at a time, unpacking in order beside them. One run per object; its threads end with it.
#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "core/images/image_store.hpp"
#include "core/images/registry_session.hpp"
#include "core/services/images/image_progress.hpp"
#include "core/services/images/layer_install.hpp"

namespace gantry::services {

class LayerPipeline {
 public:
  /// `halt` is the source of the session's stop token: the first failure ends all the rest by it.
  LayerPipeline(images::RegistrySession& session, std::stop_source& halt,
                const images::ImageStore& store, images::BlobStore& blobs,
                images::ContentLeases& leases, LayerInstall& installer, ProgressBoard& board)
      : session_(session),
        halt_(halt),
        store_(store),
        blobs_(blobs),
        leases_(leases),
        installer_(installer),
        board_(board) {}

  /// Fills in the unpacked sizes. The caller holds blobs and chain ids. Throws what failed first.
  void run(std::vector<images::ImageLayer>& layers, const images::Reference& reference);

 private:
  void download(const images::Reference& reference);
  void wait_for(const std::string& blob);
  void install(std::vector<images::ImageLayer>& layers, std::size_t i);
  void fail(std::exception_ptr failure);

  images::RegistrySession& session_;
  std::stop_source& halt_;
  const images::ImageStore& store_;
  images::BlobStore& blobs_;
  images::ContentLeases& leases_;
  LayerInstall& installer_;
  ProgressBoard& board_;

  std::mutex mutex_;
  std::condition_variable_any arrived_changed_;
  std::vector<images::Descriptor> wanted_;  // blobs to download, each once
  std::size_t next_ = 0;
  std::set<std::string> missing_;  // wanted and not here yet
  std::exception_ptr failure_;
};

}  // namespace gantry::services
