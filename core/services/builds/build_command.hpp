// RUN: a command in a container of its own on the image so far. The container stays, for its
// changes and, after a failure, for whoever wants to look, until remove(). One thread.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/services/engine/container_services.hpp"

namespace gantry::services {

class BuildCommand {
 public:
  struct Request {
    std::string image_id;
    std::vector<std::string> argv;
    std::vector<std::string> env;  // besides the image's
    std::string host_config;       // JSON object of the API, without
    std::string network_mode;      // … this; empty: the default
    std::vector<domain::MountPoint> mounts;
    std::vector<std::string> secrets{};  // "NAME=value", of which nothing is kept
    std::string id{};                    // of the container to be
    bool image_volumes = false;          // else what it writes there belongs to the image
  };
  /// Throws Error{invalid} for what no container could be created with.
  static void check(ContainerServices& containers, const std::string& host_config,
                    const std::string& network_mode);
  /// Creates the container.
  BuildCommand(ContainerServices& containers, const Request& request);

  const std::string& id() const { return id_; }

  /// What the command writes: 1 stdout, 2 stderr; whole characters of UTF-8 where it writes such.
  using Output = std::function<void(int stream, std::string_view text)>;
  /// Its exit code. Throws what create and start throw; Error{cancelled} after a stop: the caller
  /// removes the container then.
  int run(const Output& output, const std::stop_token& stop);
  /// False: it could not be removed, which is logged.
  bool remove() { return remove(containers_, id_); }
  static bool remove(ContainerServices& containers, const std::string& id);

 private:
  void follow(int fd, const Output& output);

  ContainerServices& containers_;
  std::string id_;
  const std::vector<std::string> secrets_;
};

}  // namespace gantry::services
