#include <gantry/volume.h>

#include "core/json/writer.hpp"
#include "core/pluginhost/abi_call.hpp"
#include "core/pluginhost/adapters.hpp"
#include "core/pluginhost/plugin_kinds.hpp"

namespace gantry::pluginhost {

namespace {

class VolumeAdapter final : public Volume {
 public:
  VolumeAdapter(std::string id, std::string driver, void* self, const gantry_volume& table)
      : id_(std::move(id)), driver_(std::move(driver)), self_(self), table_(table) {}

  const std::string& driver() const override { return driver_; }

  std::string scope() override {
    Sink out;
    call(id_, "capabilities", table_.capabilities, self_, out.get());
    const auto document = parse_result(id_, "capabilities", out.take());
    return read_result(id_, "capabilities", [&] { return document.root()["scope"].str("local"); });
  }

  void create(const std::string& name, const std::map<std::string, std::string>& options) override {
    json::Writer writer;
    writer.string_map(options);
    call(id_, "create", table_.create, self_, name.c_str(), as_bytes(writer.text()));
  }

  void remove(const std::string& name) override {
    call(id_, "remove", table_.remove, self_, name.c_str());
  }

  std::string mount(const std::string& name, const std::string& user_id, const Op& op) override {
    Sink out;
    const OpBridge bridge(op);
    call(id_, "mount", table_.mount, self_, name.c_str(), user_id.c_str(), bridge.get(), out.get());
    std::string path = out.take();
    // The path goes into a container's mounts: a relative one would be taken from our own
    // directory.
    if (path.empty() || path[0] != '/' || path.find('\0') != std::string::npos) {
      call(id_, "unmount", table_.unmount, self_, name.c_str(), user_id.c_str());
      throw Error(Errc::internal,
                  "plugin \"" + id_ + "\": mount gave \"" + path + "\", not an absolute path");
    }
    return path;
  }

  void unmount(const std::string& name, const std::string& user_id) override {
    call(id_, "unmount", table_.unmount, self_, name.c_str(), user_id.c_str());
  }

  std::string path(const std::string& name) override {
    Sink out;
    call(id_, "path", table_.path, self_, name.c_str(), out.get());
    return out.take();
  }

  std::optional<VolumeState> find(const std::string& name) override {
    Sink out;
    try {
      call(id_, "get", table_.get, self_, name.c_str(), out.get());
    } catch (const Error& e) {
      if (e.code() == Errc::not_found) return std::nullopt;
      throw;
    }
    const auto document = parse_result(id_, "get", out.take());
    return read_result(id_, "get", [&] { return read(document.root()); });
  }

  std::vector<VolumeState> list() override {
    Sink out;
    call(id_, "list", table_.list, self_, out.get());
    const auto document = parse_result(id_, "list", out.take());
    return read_result(id_, "list", [&] {
      std::vector<VolumeState> volumes;
      document.root().each_item([&](json::Node node) { volumes.push_back(read(node)); });
      return volumes;
    });
  }

 private:
  static VolumeState read(json::Node node) {
    VolumeState state;
    state.name = node["name"].str();
    if (state.name.empty()) node.fail("a volume without a name");
    state.mountpoint = node["mountpoint"].str();
    state.created_at = node["created_at"].i64();
    if (const auto status = node["status"]; status) {
      if (!status.is_object()) status.fail("must be an object");
      state.status_json = status.raw();
    }
    return state;
  }

  const std::string id_, driver_;
  void* const self_;
  const gantry_volume& table_;
};

}  // namespace

std::unique_ptr<Volume> adapt_volume(const std::string& id, const gantry_plugin& plugin) {
  return adapt_volume(id, driver_name(id, volume_kind()), plugin.self,
                      *static_cast<const gantry_volume*>(plugin.table));
}

std::unique_ptr<Volume> adapt_volume(const std::string& id, const std::string& driver, void* self,
                                     const gantry_volume& table) {
  return std::make_unique<VolumeAdapter>(id, driver, self, table);
}

}  // namespace gantry::pluginhost
