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
        table_(*static_cast<const gantry_network*>(plugin.table)) {}

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
      return ContainerFiles{document.root()["hosts"].str(), document.root()["resolv_conf"].str()};
    });
  }

 private:
  const std::string id_;
  void* const self_;
  const gantry_network& table_;
};

}  // namespace

std::unique_ptr<NameService> adapt_name_service(const std::string& id,
                                                const gantry_plugin& plugin) {
  return std::make_unique<NameServiceAdapter>(id, plugin);
}

}  // namespace gantry::pluginhost
