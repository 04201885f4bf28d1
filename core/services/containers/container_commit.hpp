// POST /commit: what a container has changed becomes a layer on its image. Any thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/domain/container.hpp"
#include "core/images/reference.hpp"
#include "core/services/images/images.hpp"
#include "core/state/container_store.hpp"

namespace gantry::services {

class ContainerPause;

class ContainerCommit {
 public:
  struct Request {
    std::string container;
    std::optional<images::Reference> name;
    std::string author, comment;
    bool pause = true;                     // while its files are read
    std::vector<std::string> changes;      // Dockerfile instructions
    std::optional<domain::Config> config;  // over the container's
  };

  ContainerCommit(state::ContainerStore& store, pluginhost::Runtime& runtime,
                  state::EventBus& events, ContainerPause& pause, Images& images)
      : store_(store), runtime_(runtime), events_(events), pause_(pause), images_(images) {}

  /// Id of the image. What is mounted in the container is no part of it. A container that has
  /// changed nothing gives an image without another layer.
  std::string run(const Request& request, const std::stop_token& stop);

 private:
  images::ImageConfig config_of(const Request& request, const domain::ContainerRecord& record,
                                const images::ImageRecord& parent);
  /// nullopt: nothing has changed.
  std::optional<images::IncomingBlob> read_changes(const domain::ContainerRecord& record,
                                                   bool pause, const std::stop_token& stop);
  bool try_pause(const std::string& id);

  state::ContainerStore& store_;
  pluginhost::Runtime& runtime_;
  state::EventBus& events_;
  ContainerPause& pause_;
  Images& images_;
};

}  // namespace gantry::services
