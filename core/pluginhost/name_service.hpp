// C++ face of a network (name service) plugin (sdk/include/gantry/network.h; JSON shapes there).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gantry::pluginhost {

struct ContainerFiles {
  std::string hosts;
  std::string resolv_conf;
  /// Where its resolver wants to listen inside the container; empty: nowhere.
  std::string inside_address;
  std::uint32_t inside_port = 0;
};

/// Borrowed descriptors (sdk/include/gantry/ext/sockets.h).
struct InsideSockets {
  int udp = -1, tcp = -1;
  int life = -1;
};

class NameService {
 public:
  virtual ~NameService() = default;
  virtual const std::string& id() const = 0;
  virtual void network_added(std::string_view network) = 0;
  virtual void network_removed(const std::string& network_id) = 0;
  virtual void endpoint_added(const std::string& network_id, std::string_view member) = 0;
  virtual void endpoint_removed(const std::string& network_id, const std::string& container_id) = 0;
  virtual ContainerFiles container_files(std::string_view container) = 0;
  /// Throws Error{unsupported} when the plugin does not listen inside containers.
  virtual void serve_inside(const std::string& container_id, const InsideSockets& sockets) = 0;
};

}  // namespace gantry::pluginhost
