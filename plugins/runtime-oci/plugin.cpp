// The entry of runtime-oci: the calls of the ABI, each to the part that does it.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <gantry/cpp/runtime.hpp>
#include <optional>

#include "archive/container_archive.hpp"
#include "archive/tree_tar.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "containers/containers.hpp"
#include "host/cgroups.hpp"
#include "host/host_info.hpp"
#include "host/oci_runtime.hpp"
#include "layers/layer_store.hpp"
#include "network/data_plane.hpp"
#include "network/firewall_watch.hpp"
#include "network/forward_policy.hpp"
#include "network/inside_sockets.hpp"
#include "network/port_map.hpp"
#include "plugin_settings.hpp"
#include "roots/root_changes.hpp"
#include "roots/root_copy.hpp"
#include "roots/root_store.hpp"
#include "roots/root_view.hpp"

namespace gantry::oci {

class RuntimeOci final : public sdk::Runtime,
                         public sdk::Rootfs,
                         public sdk::Exec,
                         public sdk::DataPlane,
                         public sdk::InsideSockets,
                         public sdk::Pause,
                         public sdk::Archive,
                         public sdk::Stats,
                         public sdk::Update,
                         public sdk::Top {
 public:
  using Kind = sdk::Runtime::Kind;

  explicit RuntimeOci(const sdk::Host& host)
      : host_(host),
        settings_(parse_settings(host.config())),
        runtime_(host.state_dir(), settings_.runtime, cgroups_),
        layers_(host.state_dir()),
        roots_(host.state_dir(), layers_),
        network_(settings_.table),
        ports_(settings_.table),
        apparmor_(host.run_dir()),
        containers_(
            {host, settings_.shim, cgroups_, runtime_, roots_, network_, ports_, apparmor_}),
        archive_(roots_, [this](const std::string& id) { return containers_.find_pid(id); }) {
    for (const std::string& directory : layers_.lost())
      host_.error("a layer cannot be used, for its meta cannot be read: " + directory +
                  " can be removed");
    for (const auto* complaints : {&layers_.complaints(), &roots_.complaints()})
      for (const std::string& complaint : *complaints) host_.warn(complaint);
    make_room();
    network_.when_rules_are_made([this] { containers_.republish(); });
    watch_firewall();
  }

  std::string info() override {
    return host_info({cgroups_, runtime_, apparmor_, host_.state_dir(), settings_.init},
                     forward_warnings(settings_.table));
  }
  void create(const std::string& id, std::string_view spec, const gantry_container_options& options,
              const sdk::Op& op) override {
    containers_.create(id, spec, options, Operation(op));
  }
  void attach(const std::string& id, const gantry_stream& stream) override {
    containers_.attach(id, stream);
  }
  sdk::Started start(const std::string& id, const sdk::Op& op) override {
    return containers_.start(id, Operation(op));
  }
  void signal(const std::string& id, int signal, bool all) override {
    containers_.signal(id, signal, all);
  }
  void resize(const std::string& id, std::uint32_t rows, std::uint32_t columns) override {
    containers_.resize(id, rows, columns);
  }
  void remove(const std::string& id, const sdk::Op& op) override {
    containers_.remove(id, Operation(op));
    network_.sandbox_down(id);
  }
  sdk::ContainerState state(const std::string& id) override { return containers_.state(id); }
  std::vector<sdk::ContainerState> list() override { return containers_.list(); }

  std::int64_t layer_unpack(const std::string& chain_id, const std::string& parent, int fd,
                            const sdk::Op& op) override {
    return static_cast<std::int64_t>(layers_.unpack(chain_id, parent, fd, Operation(op)));
  }
  std::int64_t layer_adopt(const std::string& chain_id, const std::string& parent,
                           const std::string& id, std::string_view leave_out,
                           const sdk::Op& op) override;
  std::int64_t layer_size(const std::string& chain_id) override {
    return static_cast<std::int64_t>(layers_.size(chain_id));
  }
  void layer_remove(const std::string& chain_id) override { layers_.remove(chain_id); }
  std::vector<std::string> layer_list() override { return layers_.list(); }
  void rootfs_create(const std::string& id, const std::string& chain_id,
                     std::string_view options) override {
    const JsonDocument parsed = parse_object(options.empty() ? "{}" : options, "rootfs options");
    for (const auto& option : parsed.GetObject())
      if (const std::string name = option.name.GetString(); name != "size")
        throw Error(GANTRY_UNSUPPORTED,
                    "storage option \"" + name + "\" is not supported by runtime-oci");
    const std::int64_t size = number_of(parsed, "size");
    if (size < 0) throw Error(GANTRY_INVALID, "rootfs options: size is negative");
    roots_.create(id, chain_id, static_cast<std::uint64_t>(size));
  }
  void rootfs_remove(const std::string& id, const sdk::Op&) override { roots_.remove(id); }
  std::string rootfs_usage(const std::string& id) override;
  std::vector<std::string> rootfs_list() override { return roots_.list(); }
  std::string rootfs_read_file(const std::string& id, const std::string& path,
                               std::uint64_t max_bytes) override {
    auto text = roots_.find_file(id, path, max_bytes);
    if (!text) throw Error(GANTRY_NOT_FOUND, path + ": no such file", ENOENT);
    return std::move(*text);
  }
  std::string rootfs_describe(const std::string& id) override;
  std::string rootfs_find(const std::string& id, const std::string& path) override;
  std::string rootfs_copy_out(const std::string& id, const std::string& path,
                              const std::string& directory, const sdk::Op& op) override;

  int exec_start(const std::string& id, const std::string& exec_id, std::string_view process,
                 const gantry_stream* stream, bool open_stdin, const sdk::Op& op) override {
    return containers_.exec_start(id, exec_id, process, stream, open_stdin, Operation(op));
  }
  void exec_resize(const std::string& id, const std::string& exec_id, std::uint32_t rows,
                   std::uint32_t columns) override {
    containers_.exec_resize(id, exec_id, rows, columns);
  }
  void exec_signal(const std::string& id, const std::string& exec_id, int signal) override {
    containers_.exec_signal(id, exec_id, signal);
  }
  std::vector<sdk::ExecInfo> exec_list(const std::string& id) override {
    return containers_.exec_list(id);
  }

  void network_up(std::string_view network) override { network_.network_up(network); }
  void network_down(std::string_view network) override { network_.network_down(network); }
  std::vector<std::string> used_subnets() override { return network_.used_subnets(); }
  void sandbox_up(const std::string& id, std::string_view sandbox) override {
    network_.sandbox_up(id, sandbox, [this](const std::string& container) {
      return containers_.network_namespace(container);
    });
  }
  void sandbox_down(const std::string& id) override { network_.sandbox_down(id); }
  void endpoint_up(const std::string& id, std::string_view endpoint) override {
    network_.endpoint_up(own_namespace(id), endpoint);
  }
  void endpoint_down(const std::string& id, std::string_view endpoint) override {
    network_.endpoint_down(own_namespace(id), endpoint);
  }
  std::string publish(const std::string& id, std::string_view ports) override {
    return containers_.publish(id, ports);
  }
  void unpublish(const std::string& id) override { containers_.unpublish(id); }

  void open_inside(const std::string& id, const std::string& address, std::uint32_t port,
                   const std::function<void(const gantry_inside_sockets&)>& take) override;
  std::string sample(const std::string& id) override { return containers_.sample(id); }
  void update(const std::string& id, std::string_view resources) override {
    containers_.update(id, resources);
  }

  void pause(const std::string& id) override { containers_.pause(id); }
  void resume(const std::string& id) override { containers_.resume(id); }
  void export_root(const std::string& id, int fd, const sdk::Op& op) override {
    const pid_t shim = containers_.shim_pid(id);
    const UniqueFd root = shim == 0 ? open_stopped_root(roots_, id)
                                    : open_running_root(shim, containers_.bundle(id).rootfs());
    const Operation operation(op);
    TarWriter tar(fd, operation);
    add_tree(tar, root.get(), "", Crossing::none);
    tar.finish();
  }
  std::string archive_stat(const std::string& id, std::string_view request) override {
    return archive_.stat(id, request);
  }
  void archive_get(const std::string& id, std::string_view request, int fd,
                   const sdk::Op& op) override {
    archive_.get(id, request, fd, Operation(op));
  }
  void archive_put(const std::string& id, std::string_view request, int fd,
                   const sdk::Op& op) override {
    archive_.put(id, request, fd, Operation(op));
  }
  std::string changes(const std::string& id, const sdk::Op& op) override;
  void diff(const std::string& id, int fd, const sdk::Op& op) override {
    write_layer(roots_, id, fd, Operation(op));
  }
  std::vector<int> pids(const std::string& id) override { return containers_.pids(id); }

 private:
  UniqueFd own_namespace(const std::string& id) const {
    UniqueFd fd = containers_.network_namespace(id);
    if (!fd) throw Error(GANTRY_CONFLICT, "container " + id + " shares the host's network");
    return fd;
  }

  void make_room() {
    try {
      cgroups_.make_room();
    } catch (const std::exception& error) {
      host_.warn(std::string("containers may get no control groups: ") + error.what());
    }
  }

  void watch_firewall() {
    const auto restore = [this] {
      try {
        if (network_.restore_rules())
          host_.warn("the engine's firewall rules were removed by somebody: made again");
      } catch (const std::exception& error) {
        host_.error(std::string("the engine's firewall rules were removed by somebody: ") +
                    error.what());
      }
    };
    try {
      watch_.emplace(settings_.table, restore);
    } catch (const std::exception& error) {
      host_.warn(error.what());  // a kernel without nf_tables: info() says so
    }
  }

  sdk::Host host_;
  PluginSettings settings_;
  Cgroups cgroups_;
  OciRuntime runtime_;
  LayerStore layers_;
  RootStore roots_;
  oci::DataPlane network_;
  PortMap ports_;
  AppArmor apparmor_;
  Containers containers_;
  ContainerArchive archive_;
  std::optional<FirewallWatch> watch_;  // last: its thread uses the members above
};

void RuntimeOci::open_inside(const std::string& id, const std::string& address, std::uint32_t port,
                             const std::function<void(const gantry_inside_sockets&)>& take) {
  // The stack lives until its supervisor ends, or as long as somebody keeps a socket in it.
  const pid_t shim = containers_.shim_pid(id);
  const UniqueFd netns = containers_.network_namespace(id);
  if (!netns)
    throw Error(GANTRY_UNSUPPORTED, "container " + id + " has no network stack of its own");
  const UniqueFd life(static_cast<int>(::syscall(SYS_pidfd_open, shim, 0)));
  if (!life) throw_errno("watch supervisor");
  const oci::InsideSockets sockets = open_inside_sockets(netns, address, port);
  take({sizeof(gantry_inside_sockets), sockets.udp.get(), sockets.tcp.get(), life.get()});
}

std::int64_t RuntimeOci::layer_adopt(const std::string& chain_id, const std::string& parent,
                                     const std::string& id, std::string_view leave_out,
                                     const sdk::Op& op) {
  if (containers_.shim_pid(id) != 0)
    throw Error(GANTRY_CONFLICT, "container " + id + " may still write");
  if (roots_.is_limited(id))
    throw Error(GANTRY_UNSUPPORTED, "the files of root " + id + " count for a project of its own");
  if (roots_.chain(id) != parent)
    throw Error(GANTRY_INVALID, "root " + id + " is not on top of " + parent);
  const JsonDocument document = parse_json(leave_out, "leave_out");
  if (!document.IsArray()) throw Error(GANTRY_INVALID, "leave_out is not an array");
  std::vector<std::string> paths;
  for (const Json& path : document.GetArray()) paths.emplace_back(as_text(path, "leave_out"));
  return static_cast<std::int64_t>(
      layers_.adopt(chain_id, parent, roots_.describe(id).upper, std::move(paths), Operation(op)));
}

std::string RuntimeOci::rootfs_usage(const std::string& id) {
  const RootStore::Usage usage = roots_.usage(id);
  return "{\"rw\":" + std::to_string(usage.written) + ",\"total\":" + std::to_string(usage.total) +
         "}";
}

std::string RuntimeOci::rootfs_find(const std::string& id, const std::string& path) {
  const auto found = roots_.find(id, path);
  if (!found) throw Error(GANTRY_NOT_FOUND, path + ": no such file or directory", ENOENT);
  if (found->is_directory()) return R"({"type":"directory"})";
  return S_ISREG(found->status.st_mode) ? R"({"type":"file"})" : R"({"type":"other"})";
}

std::string RuntimeOci::rootfs_copy_out(const std::string& id, const std::string& path,
                                        const std::string& directory, const sdk::Op& op) {
  const auto found = roots_.find(id, path);
  if (!found || !found->is_directory())
    throw Error(GANTRY_NOT_FOUND, path + ": no such directory", ENOENT);
  const UniqueFd target = open_directory(AT_FDCWD, directory);
  const Copied copied = copy_merged(found->directories, target.get(), Operation(op));
  return "{\"entries\":" + std::to_string(copied.entries) +
         ",\"bytes\":" + std::to_string(copied.bytes) + "}";
}

std::string RuntimeOci::changes(const std::string& id, const sdk::Op& op) {
  rapidjson::StringBuffer buffer;
  JsonWriter out(buffer);
  out.StartArray();
  for (const RootChange& change : root_changes(roots_, id, Operation(op))) {
    out.StartObject();
    out.Key("path"), put(out, change.path);
    out.Key("kind"), out.Int(static_cast<int>(change.kind));
    out.EndObject();
  }
  out.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string RuntimeOci::rootfs_describe(const std::string& id) {
  const RootStore::Description root = roots_.describe(id);
  rapidjson::StringBuffer buffer;
  JsonWriter out(buffer);
  out.StartObject();
  out.Key("name"), put(out, "overlay2");
  out.Key("data");
  out.StartObject();
  if (!root.lower.empty()) out.Key("LowerDir"), put(out, root.lower);
  // The merged root is mounted in the supervisor's mount namespace only; this is the way in.
  if (const pid_t shim = containers_.shim_pid(id); shim != 0)
    out.Key("MergedDir"),
        put(out, "/proc/" + std::to_string(shim) + "/root" + containers_.bundle(id).rootfs());
  out.Key("UpperDir"), put(out, root.upper);
  out.Key("WorkDir"), put(out, root.work);
  out.EndObject();
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace gantry::oci

GANTRY_PLUGIN(gantry::oci::RuntimeOci, "runtime-oci",
              "Containers of this host's kernel, executed by an OCI runtime (runc or crun)");
