// A runtime plugin's tables behind pluginhost::Runtime. Private to core/pluginhost; its methods are
// in runtime_adapter*.cpp.
#pragma once

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

#include "core/pluginhost/abi_call.hpp"
#include "core/pluginhost/event_gate.hpp"

namespace gantry::pluginhost {

class RuntimeAdapter final : public Runtime {
 public:
  RuntimeAdapter(std::string id, const gantry_plugin& plugin, EventGate& events);

  const std::string& id() const override;
  std::string info() override;
  void create(const std::string& id, std::string_view spec, const ContainerOptions& options,
              const Op& op) override;
  void attach(const std::string& id, const ClientStream& stream) override;
  Started start(const std::string& id, const Op& op) override;
  void signal(const std::string& id, int signal, bool all) override;
  void resize(const std::string& id, std::uint32_t rows, std::uint32_t columns) override;
  void remove(const std::string& id, const Op& op) override;
  std::optional<RuntimeState> find_state(const std::string& id) override;
  std::vector<RuntimeState> list() override;

  std::uint64_t layer_unpack(const std::string& chain_id, const std::string& parent, int tar_fd,
                             const Op& op) override;
  std::optional<std::uint64_t> layer_size(const std::string& chain_id) override;
  void layer_remove(const std::string& chain_id) override;
  std::vector<std::string> layer_list() override;
  void rootfs_create(const std::string& id, const std::string& chain_id,
                     std::string_view options) override;
  void rootfs_remove(const std::string& id, const Op& op) override;
  std::string rootfs_usage(const std::string& id) override;
  std::vector<std::string> rootfs_list() override;
  std::optional<std::string> rootfs_find_file(const std::string& id, const std::string& path,
                                              std::uint64_t max_bytes) override;
  std::string rootfs_describe(const std::string& id) override;
  std::optional<std::string> rootfs_find(const std::string& id, const std::string& path) override;
  std::optional<std::uint64_t> layer_adopt(const std::string& chain_id, const std::string& parent,
                                           const std::string& id,
                                           const std::vector<std::string>& leave_out,
                                           const Op& op) override;
  void rootfs_copy_out(const std::string& id, const std::string& path, const std::string& directory,
                       const Op& op) override;

  int exec_start(const std::string& id, const std::string& exec_id, std::string_view process,
                 const ClientStream* stream, bool open_stdin, const Op& op) override;
  void exec_resize(const std::string& id, const std::string& exec_id, std::uint32_t rows,
                   std::uint32_t columns) override;
  void exec_signal(const std::string& id, const std::string& exec_id, int signal) override;
  std::vector<ExecState> exec_list(const std::string& id) override;

  bool has_network() const override;
  void network_up(std::string_view network) override;
  void network_down(std::string_view network) override;
  std::vector<std::string> used_subnets() override;
  void sandbox_up(const std::string& id, std::string_view sandbox) override;
  void sandbox_down(const std::string& id) override;
  void endpoint_up(const std::string& id, std::string_view endpoint) override;
  void endpoint_down(const std::string& id, std::string_view endpoint) override;
  bool can_publish() const override;
  std::string publish(const std::string& id, std::string_view ports) override;
  void unpublish(const std::string& id) override;
  bool can_open_inside() const override;
  void open_inside(const std::string& id, const std::string& address, std::uint32_t port,
                   const std::function<void(const InsideSockets&)>& take) override;

  void export_root(const std::string& id, int fd, const Op& op) override;
  PathInfo archive_stat(const std::string& id, std::string_view request) override;
  void archive_get(const std::string& id, std::string_view request, int fd, const Op& op) override;
  void archive_put(const std::string& id, std::string_view request, int fd, const Op& op) override;
  std::vector<PathChange> changes(const std::string& id, const Op& op) override;
  void diff(const std::string& id, int fd, const Op& op) override;

  std::string stats(const std::string& id) override;
  void update(const std::string& id, std::string_view resources) override;
  std::vector<int> pids(const std::string& id) override;
  bool can_pause() const override;
  void pause(const std::string& id) override;
  void resume(const std::string& id) override;

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

}  // namespace gantry::pluginhost
