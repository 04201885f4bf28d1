#include <gantry/ext/sockets.h>
#include <gantry/network.h>

#include "core/pluginhost/abi_call.hpp"
#include "core/pluginhost/adapters.hpp"

namespace gantry::pluginhost {

namespace {

class NameServiceAdapter final : public NameService {
 public:
  NameServiceAdapter(std::string id, const gantry_plugin& plugin)
      : id_(std::move(id)),
        self_(plugin.self),
        table_(*static_cast<const gantry_network*>(plugin.table)),
        resolver_(plugin.extension ? static_cast<const gantry_ext_resolver*>(
                                         plugin.extension(plugin.self, GANTRY_EXT_RESOLVER))
                                   : nullptr) {}

  const std::string& id() const override { return id_; }

  void network_added(std::string_view network) override {
    call(id_, "network_added", table_.network_added, self_, as_bytes(network));
  }
  void network_removed(const std::string& network_id) override {
    call(id_, "network_removed", table_.network_removed, self_, network_id.c_str());
  }
  void endpoint_added(const std::string& network_id, std::string_view member) override {
    call(id_, "endpoint_added", table_.endpoint_added, self_, network_id.c_str(), as_bytes(member));
  }
  void endpoint_removed(const std::string& network_id, const std::string& container_id) override {
    call(id_, "endpoint_removed", table_.endpoint_removed, self_, network_id.c_str(),
         container_id.c_str());
  }

  ContainerFiles container_files(std::string_view container) override {
    Sink out;
    call(id_, "container_files", table_.container_files, self_, as_bytes(container), out.get());
    const auto document = parse_result(id_, "container_files", out.take());
    return read_result(id_, "container_files", [&] {
      const json::Node root = document.root();
      const json::Node inside = root["inside_sockets"];
      return ContainerFiles{root["hosts"].str(), root["resolv_conf"].str(), inside["address"].str(),
                            static_cast<std::uint32_t>(inside["port"].u64())};
    });
  }

  void serve_inside(const std::string& container_id, const InsideSockets& sockets) override {
    if (!resolver_)
      throw Error(Errc::unsupported, "name service plugin \"" + id_ + "\" has no extension \"" +
                                         GANTRY_EXT_RESOLVER + "\"");
    const gantry_inside_sockets abi{sizeof abi, sockets.udp, sockets.tcp, sockets.life};
    call(id_, "serve", resolver_->serve, self_, container_id.c_str(), &abi);
  }

 private:
  const std::string id_;
  void* const self_;
  const gantry_network& table_;
  const gantry_ext_resolver* const resolver_;
};

}  // namespace

std::unique_ptr<NameService> adapt_name_service(const std::string& id,
                                                const gantry_plugin& plugin) {
  return std::make_unique<NameServiceAdapter>(id, plugin);
}

}  // namespace gantry::pluginhost
