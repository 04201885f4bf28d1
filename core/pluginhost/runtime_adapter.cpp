#include <gantry/ext/archive.h>
#include <gantry/ext/exec.h>
#include <gantry/ext/network.h>
#include <gantry/ext/pause.h>
#include <gantry/ext/rootfs.h>
#include <gantry/ext/sockets.h>
#include <gantry/ext/stats.h>
#include <gantry/ext/top.h>
#include <gantry/ext/update.h>
#include <gantry/runtime.h>

#include "core/base/scope_guard.hpp"
#include "core/pluginhost/abi_call.hpp"
#include "core/pluginhost/adapters.hpp"
#include "core/pluginhost/runtime_arguments.hpp"
#include "core/pluginhost/runtime_results.hpp"

namespace gantry::pluginhost {

namespace {

/// A function that an extension has since a later ABI than its first; a plugin may lack it.
#define GANTRY_LATER(table, member, extension_id)                                             \
  later(extension_id, #member,                                                                \
        GANTRY_HAS(&need(table, extension_id), std::remove_cvref_t<decltype(*table)>, member) \
            ? need(table, extension_id).member                                                \
            : nullptr)

class RuntimeAdapter final : public Runtime {
 public:
  RuntimeAdapter(std::string id, const gantry_plugin& plugin, EventGate& events)
      : id_(std::move(id)),
        self_(plugin.self),
        events_(events),
        table_(*static_cast<const gantry_runtime*>(plugin.table)),
        rootfs_(extension<gantry_ext_rootfs>(plugin, GANTRY_EXT_ROOTFS)),
        exec_(extension<gantry_ext_exec>(plugin, GANTRY_EXT_EXEC)),
        network_(extension<gantry_ext_network>(plugin, GANTRY_EXT_NETWORK)),
        archive_(extension<gantry_ext_archive>(plugin, GANTRY_EXT_ARCHIVE)),
        stats_(extension<gantry_ext_stats>(plugin, GANTRY_EXT_STATS)),
        update_(extension<gantry_ext_update>(plugin, GANTRY_EXT_UPDATE)),
        top_(extension<gantry_ext_top>(plugin, GANTRY_EXT_TOP)),
        pause_(extension<gantry_ext_pause>(plugin, GANTRY_EXT_PAUSE)),
        sockets_(extension<gantry_ext_sockets>(plugin, GANTRY_EXT_SOCKETS)) {}

  const std::string& id() const override { return id_; }

  std::string info() override {
    Sink out;
    call(id_, "info", table_.info, self_, out.get());
    return parse_result(id_, "info", out.take()).root().raw();
  }

  void create(const std::string& id, std::string_view spec, const ContainerOptions& options,
              const Op& op) override {
    const auto abi = to_abi(options);
    const OpBridge bridge(op);
    events_.expect(id);
    ScopeGuard unknown([&] { events_.forget(id); });
    call(id_, "create", table_.create, self_, id.c_str(), as_bytes(spec), &abi, bridge.get());
    unknown.dismiss();
  }

  void attach(const std::string& id, const ClientStream& stream) override {
    const auto abi = to_abi(stream);
    call(id_, "attach", table_.attach, self_, id.c_str(), &abi);
  }

  Started start(const std::string& id, const Op& op) override {
    Sink out;
    const OpBridge bridge(op);
    events_.expect(id);
    call(id_, "start", table_.start, self_, id.c_str(), bridge.get(), out.get());
    const auto document = parse_result(id_, "start", out.take());
    return read_result(id_, "start", [&] {
      return Started{read_pid(document.root()["pid"]), document.root()["started_at"].i64()};
    });
  }

  void signal(const std::string& id, int signal, bool all) override {
    call(id_, "signal", table_.signal, self_, id.c_str(), signal, all ? 1u : 0u);
  }

  void resize(const std::string& id, std::uint32_t rows, std::uint32_t columns) override {
    call(id_, "resize", table_.resize, self_, id.c_str(), rows, columns);
  }

  void remove(const std::string& id, const Op& op) override {
    const OpBridge bridge(op);
    call(id_, "remove", table_.remove, self_, id.c_str(), bridge.get());
    events_.forget(id);
  }

  std::optional<RuntimeState> find_state(const std::string& id) override {
    Sink out;
    try {
      call(id_, "state", table_.state, self_, id.c_str(), out.get());
    } catch (const Error& e) {
      if (e.code() == Errc::not_found) return std::nullopt;
      throw;
    }
    const auto document = parse_result(id_, "state", out.take());
    return read_result(id_, "state", [&] { return read_state(document.root()); });
  }

  std::vector<RuntimeState> list() override {
    Sink out;
    call(id_, "list", table_.list, self_, out.get());
    const auto document = parse_result(id_, "list", out.take());
    auto states = read_result(id_, "list", [&] { return read_states(document.root()); });
    std::vector<std::string> ids;
    ids.reserve(states.size());
    for (const auto& state : states) ids.push_back(state.id);
    events_.listed(ids);
    return states;
  }

  std::uint64_t layer_unpack(const std::string& chain_id, const std::string& parent, int tar_fd,
                             const Op& op) override {
    Sink out;
    const OpBridge bridge(op);
    call(id_, "layer_unpack", rootfs().layer_unpack, self_, chain_id.c_str(), parent.c_str(),
         tar_fd, bridge.get(), out.get());
    return read_size("layer_unpack", out.take());
  }

  std::optional<std::uint64_t> layer_size(const std::string& chain_id) override {
    Sink out;
    try {
      call(id_, "layer_stat", rootfs().layer_stat, self_, chain_id.c_str(), out.get());
    } catch (const Error& e) {
      if (e.code() == Errc::not_found) return std::nullopt;
      throw;
    }
    return read_size("layer_stat", out.take());
  }

  void layer_remove(const std::string& chain_id) override {
    call(id_, "layer_remove", rootfs().layer_remove, self_, chain_id.c_str());
  }

  std::vector<std::string> layer_list() override {
    Sink out;
    call(id_, "layer_list", rootfs().layer_list, self_, out.get());
    return read_strings("layer_list", out.take());
  }

  void rootfs_create(const std::string& id, const std::string& chain_id,
                     std::string_view options) override {
    call(id_, "rootfs create", rootfs().create, self_, id.c_str(), chain_id.c_str(),
         as_bytes(options));
  }

  void rootfs_remove(const std::string& id, const Op& op) override {
    const OpBridge bridge(op);
    call(id_, "rootfs remove", rootfs().remove, self_, id.c_str(), bridge.get());
  }

  std::string rootfs_usage(const std::string& id) override {
    Sink out;
    call(id_, "rootfs usage", rootfs().usage, self_, id.c_str(), out.get());
    return parse_result(id_, "rootfs usage", out.take()).root().raw();
  }

  std::vector<std::string> rootfs_list() override {
    Sink out;
    call(id_, "rootfs list", rootfs().list, self_, out.get());
    return read_strings("rootfs list", out.take());
  }

  std::optional<std::string> rootfs_find_file(const std::string& id, const std::string& path,
                                              std::uint64_t max_bytes) override {
    Sink out;
    try {
      call(id_, "rootfs read_file", rootfs().read_file, self_, id.c_str(), path.c_str(), max_bytes,
           out.get());
    } catch (const Error& e) {
      if (e.code() == Errc::not_found) return std::nullopt;
      throw;
    }
    return out.take();
  }

  std::string rootfs_describe(const std::string& id) override {
    Sink out;
    call(id_, "rootfs describe", rootfs().describe, self_, id.c_str(), out.get());
    return parse_result(id_, "rootfs describe", out.take()).root().raw();
  }

  std::optional<std::string> rootfs_find(const std::string& id, const std::string& path) override {
    if (!looks_into_roots()) return std::nullopt;
    Sink out;
    try {
      call(id_, "rootfs find", rootfs().find, self_, id.c_str(), path.c_str(), out.get());
    } catch (const Error& e) {
      if (e.code() == Errc::not_found || e.code() == Errc::unsupported) return std::nullopt;
      throw;
    }
    const auto document = parse_result(id_, "rootfs find", out.take());
    return read_result(id_, "rootfs find", [&] { return document.root()["type"].str(); });
  }

  void rootfs_copy_out(const std::string& id, const std::string& path, const std::string& directory,
                       const Op& op) override {
    if (!looks_into_roots()) return Runtime::rootfs_copy_out(id, path, directory, op);
    Sink out;
    const OpBridge bridge(op);
    call(id_, "rootfs copy_out", rootfs().copy_out, self_, id.c_str(), path.c_str(),
         directory.c_str(), bridge.get(), out.get());
  }

  int exec_start(const std::string& id, const std::string& exec_id, std::string_view process,
                 const ClientStream* stream, bool open_stdin, const Op& op) override {
    Sink out;
    const OpBridge bridge(op);
    gantry_stream abi{};
    if (stream) abi = to_abi(*stream);
    const auto& table = exec();
    events_.expect_exec(id);
    call(id_, "exec start", table.start, self_, id.c_str(), exec_id.c_str(), as_bytes(process),
         stream ? &abi : nullptr, open_stdin ? 1u : 0u, bridge.get(), out.get());
    const auto document = parse_result(id_, "exec start", out.take());
    return read_result(id_, "exec start", [&] { return read_pid(document.root()["pid"]); });
  }

  void exec_resize(const std::string& id, const std::string& exec_id, std::uint32_t rows,
                   std::uint32_t columns) override {
    call(id_, "exec resize", exec().resize, self_, id.c_str(), exec_id.c_str(), rows, columns);
  }

  void exec_signal(const std::string& id, const std::string& exec_id, int signal) override {
    call(id_, "exec signal", exec().signal, self_, id.c_str(), exec_id.c_str(), signal);
  }

  std::vector<ExecState> exec_list(const std::string& id) override {
    Sink out;
    call(id_, "exec list", exec().list, self_, id.c_str(), out.get());
    const auto document = parse_result(id_, "exec list", out.take());
    return read_result(id_, "exec list", [&] { return read_execs(document.root()); });
  }

  bool has_network() const override { return network_ != nullptr; }

  void network_up(std::string_view network) override {
    call(id_, "network_up", data_plane().network_up, self_, as_bytes(network));
  }
  void network_down(std::string_view network) override {
    call(id_, "network_down", data_plane().network_down, self_, as_bytes(network));
  }
  std::vector<std::string> used_subnets() override {
    Sink out;
    call(id_, "used_subnets", data_plane().used_subnets, self_, out.get());
    return read_strings("used_subnets", out.take());
  }
  void sandbox_up(const std::string& id, std::string_view sandbox) override {
    call(id_, "sandbox_up", data_plane().sandbox_up, self_, id.c_str(), as_bytes(sandbox));
  }
  void sandbox_down(const std::string& id) override {
    call(id_, "sandbox_down", data_plane().sandbox_down, self_, id.c_str());
  }
  void endpoint_up(const std::string& id, std::string_view endpoint) override {
    call(id_, "endpoint_up", data_plane().endpoint_up, self_, id.c_str(), as_bytes(endpoint));
  }
  void endpoint_down(const std::string& id, std::string_view endpoint) override {
    call(id_, "endpoint_down", data_plane().endpoint_down, self_, id.c_str(), as_bytes(endpoint));
  }
  bool can_publish() const override {
    return network_ != nullptr && network_->publish != nullptr && network_->unpublish != nullptr;
  }
  std::string publish(const std::string& id, std::string_view ports) override {
    Sink out;
    call(id_, "publish", data_plane().publish, self_, id.c_str(), as_bytes(ports), out.get());
    return parse_result(id_, "publish", out.take()).root().raw();
  }
  void unpublish(const std::string& id) override {
    call(id_, "unpublish", data_plane().unpublish, self_, id.c_str());
  }

  bool can_open_inside() const override { return sockets_ != nullptr; }
  void open_inside(const std::string& id, const std::string& address, std::uint32_t port,
                   const std::function<void(const InsideSockets&)>& take) override {
    InsideCall inside{take, nullptr};
    const gantry_inside_sink sink{sizeof sink, 0, &inside, &InsideCall::call};
    call(id_, "open sockets", need(sockets_, GANTRY_EXT_SOCKETS).open, self_, id.c_str(),
         address.c_str(), port, &sink);
    if (inside.failure) std::rethrow_exception(inside.failure);
  }

  void export_root(const std::string& id, int fd, const Op& op) override {
    const OpBridge bridge(op);
    call(id_, "export_root", need(archive_, GANTRY_EXT_ARCHIVE).export_root, self_, id.c_str(), fd,
         bridge.get());
  }

  PathInfo archive_stat(const std::string& id, std::string_view request) override {
    Sink out;
    call(id_, "archive stat", GANTRY_LATER(archive_, stat, GANTRY_EXT_ARCHIVE), self_, id.c_str(),
         as_bytes(request), out.get());
    const auto document = parse_result(id_, "archive stat", out.take());
    return read_result(id_, "archive stat", [&] { return read_path_info(document.root()); });
  }
  void archive_get(const std::string& id, std::string_view request, int fd, const Op& op) override {
    const OpBridge bridge(op);
    call(id_, "archive get", GANTRY_LATER(archive_, get, GANTRY_EXT_ARCHIVE), self_, id.c_str(),
         as_bytes(request), fd, bridge.get());
  }
  void archive_put(const std::string& id, std::string_view request, int fd, const Op& op) override {
    const OpBridge bridge(op);
    call(id_, "archive put", GANTRY_LATER(archive_, put, GANTRY_EXT_ARCHIVE), self_, id.c_str(),
         as_bytes(request), fd, bridge.get());
  }
  std::vector<PathChange> changes(const std::string& id, const Op& op) override {
    Sink out;
    const OpBridge bridge(op);
    call(id_, "changes", GANTRY_LATER(archive_, changes, GANTRY_EXT_ARCHIVE), self_, id.c_str(),
         bridge.get(), out.get());
    const auto document = parse_result(id_, "changes", out.take());
    return read_result(id_, "changes", [&] { return read_changes(document.root()); });
  }
  void diff(const std::string& id, int fd, const Op& op) override {
    const OpBridge bridge(op);
    call(id_, "diff", GANTRY_LATER(archive_, diff, GANTRY_EXT_ARCHIVE), self_, id.c_str(), fd,
         bridge.get());
  }
  std::string stats(const std::string& id) override {
    Sink out;
    call(id_, "stats", need(stats_, GANTRY_EXT_STATS).sample, self_, id.c_str(), out.get());
    return parse_result(id_, "stats", out.take()).root().raw();
  }
  void update(const std::string& id, std::string_view resources) override {
    call(id_, "update", need(update_, GANTRY_EXT_UPDATE).update, self_, id.c_str(),
         as_bytes(resources));
  }

  std::vector<int> pids(const std::string& id) override {
    Sink out;
    call(id_, "pids", need(top_, GANTRY_EXT_TOP).pids, self_, id.c_str(), out.get());
    const auto document = parse_result(id_, "pids", out.take());
    return read_result(id_, "pids", [&] { return read_pids(document.root()); });
  }

  bool can_pause() const override { return pause_ != nullptr; }
  void pause(const std::string& id) override {
    call(id_, "pause", need(pause_, GANTRY_EXT_PAUSE).pause, self_, id.c_str());
  }
  void resume(const std::string& id) override {
    call(id_, "resume", need(pause_, GANTRY_EXT_PAUSE).resume, self_, id.c_str());
  }

 private:
  template <class Table>
  static const Table* extension(const gantry_plugin& plugin, const char* id) {
    if (!plugin.extension) return nullptr;
    return static_cast<const Table*>(plugin.extension(plugin.self, id));
  }

  template <class Table>
  const Table& need(const Table* table, const char* extension_id) const {
    if (!table)
      throw Error(Errc::unsupported,
                  "runtime plugin \"" + id_ + "\" has no extension \"" + extension_id + "\"");
    return *table;
  }
  // Since ABI 1.1.
  bool looks_into_roots() const {
    return rootfs_ && GANTRY_HAS(rootfs_, gantry_ext_rootfs, copy_out) && rootfs_->find &&
           rootfs_->copy_out;
  }
  template <class Function>
  Function later(const char* extension_id, const char* name, Function function) const {
    if (function == nullptr)
      throw Error(Errc::unsupported, "runtime plugin \"" + id_ + "\" lacks \"" + name +
                                         "\" of extension \"" + extension_id + "\"");
    return function;
  }
  const gantry_ext_rootfs& rootfs() const { return need(rootfs_, GANTRY_EXT_ROOTFS); }
  const gantry_ext_exec& exec() const { return need(exec_, GANTRY_EXT_EXEC); }
  const gantry_ext_network& data_plane() const { return need(network_, GANTRY_EXT_NETWORK); }

  std::uint64_t read_size(const char* function, std::string text) const {
    const auto document = parse_result(id_, function, std::move(text));
    return read_result(id_, function, [&] { return document.root()["size"].u64(); });
  }

  std::vector<std::string> read_strings(const char* function, std::string text) const {
    const auto document = parse_result(id_, function, std::move(text));
    return read_result(id_, function, [&] { return document.root().strings(); });
  }

  const std::string id_;
  void* const self_;
  EventGate& events_;
  const gantry_runtime& table_;
  const gantry_ext_rootfs* const rootfs_;
  const gantry_ext_exec* const exec_;
  const gantry_ext_network* const network_;
  const gantry_ext_archive* const archive_;
  const gantry_ext_stats* const stats_;
  const gantry_ext_update* const update_;
  const gantry_ext_top* const top_;
  const gantry_ext_pause* const pause_;
  const gantry_ext_sockets* const sockets_;
};

}  // namespace

std::optional<std::string> Runtime::rootfs_find(const std::string&, const std::string&) {
  return std::nullopt;
}

void Runtime::rootfs_copy_out(const std::string&, const std::string&, const std::string&,
                              const Op&) {
  throw Error(Errc::unsupported, "runtime plugin \"" + id() + "\" does not copy out of roots");
}

std::unique_ptr<Runtime> adapt_runtime(const std::string& id, const gantry_plugin& plugin,
                                       EventGate& events) {
  return std::make_unique<RuntimeAdapter>(id, plugin, events);
}

}  // namespace gantry::pluginhost
