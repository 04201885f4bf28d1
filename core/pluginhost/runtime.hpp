// C++ face of a runtime plugin: one method per ABI call, gantry::Error instead of statuses.
// Extensions that the plugin lacks throw Error{unsupported} naming it. Thread tags are those of the
// ABI headers (sdk/include/gantry/runtime.h, ext/*.h); [per-object] calls need the caller's lease
// on that id.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/base/unique_fd.hpp"
#include "core/pluginhost/name_service.hpp"

namespace gantry::pluginhost {

/// Lets the host stop a long call and hear of its progress. Default: never cancelled.
struct Op {
  std::function<bool()> cancelled;
  std::function<void(std::uint64_t current, std::uint64_t total)> progress;
  std::optional<std::chrono::nanoseconds> limit;  // from the start of the call
};

/// A client connection for the supervisor. The fd is duplicated by the plugin; ours stays ours.
struct ClientStream {
  int fd = -1;
  bool in = false, out = false, err = false;
  bool framed = false;
  std::string read_ahead;
  std::string detach_keys;                // key bytes; empty: no detaching
  std::uint64_t log_offset = UINT64_MAX;  // replay log records from here first; UINT64_MAX: none
};

struct ContainerOptions {
  bool tty = false, open_stdin = false, stdin_once = false;
  std::string log_path;  // empty: keep no log
  std::uint64_t log_max_bytes = 0;
  std::uint32_t log_max_files = 1;
  std::uint32_t tty_rows = 0, tty_columns = 0;
};

enum class RunStatus { created, running, paused, exited };

struct RuntimeState {
  std::string id;
  RunStatus status = RunStatus::created;
  int pid = 0;
  int exit_code = 0;
  bool oom_killed = false;
  UnixNanos started_at = 0, finished_at = 0;
};

struct Started {
  int pid = 0;
  UnixNanos started_at = 0;
};

struct ExecState {
  std::string exec_id;
  int pid = 0;
  bool running = false;
  int exit_code = 0;
  std::string note{};  // of its process
};

/// What lies at a path of a container (ext/archive.h).
struct PathInfo {
  std::string path;  // without links, but for one at its end
  std::int64_t size = 0;
  std::uint32_t mode = 0;  // st_mode
  UnixNanos mtime = 0;
  std::string link_target;
};

struct PathChange {
  std::string path;
  int kind = 0;  // 0 changed, 1 added, 2 removed
};

class Runtime {
 public:
  virtual ~Runtime() = default;

  virtual const std::string& id() const = 0;
  /// The ABI's info document (JSON object).
  virtual std::string info() = 0;
  virtual void create(const std::string& id, std::string_view oci_spec,
                      const ContainerOptions& options, const Op& op = {}) = 0;
  virtual void attach(const std::string& id, const ClientStream& stream) = 0;
  virtual Started start(const std::string& id, const Op& op = {}) = 0;
  virtual void signal(const std::string& id, int signal, bool all = false) = 0;
  virtual void resize(const std::string& id, std::uint32_t rows, std::uint32_t columns) = 0;
  virtual void remove(const std::string& id, const Op& op = {}) = 0;
  virtual std::optional<RuntimeState> find_state(const std::string& id) = 0;
  virtual std::vector<RuntimeState> list() = 0;

  // rootfs
  virtual std::uint64_t layer_unpack(const std::string& chain_id, const std::string& parent,
                                     int tar_fd, const Op& op = {}) = 0;
  virtual std::optional<std::uint64_t> layer_size(
      const std::string& chain_id) = 0;  // bytes; nullopt: unknown
  virtual void layer_remove(const std::string& chain_id) = 0;
  virtual std::vector<std::string> layer_list() = 0;
  virtual void rootfs_create(const std::string& id, const std::string& chain_id,
                             std::string_view options_json = "{}") = 0;
  virtual void rootfs_remove(const std::string& id, const Op& op = {}) = 0;
  virtual std::string rootfs_usage(const std::string& id) = 0;  // {"rw","total"}
  virtual std::vector<std::string> rootfs_list() = 0;
  virtual std::optional<std::string> rootfs_find_file(const std::string& id,
                                                      const std::string& path,
                                                      std::uint64_t max_bytes) = 0;
  virtual std::string rootfs_describe(const std::string& id) = 0;
  /// "directory", "file", "other"; nullopt: nothing is there, or this plugin does not look.
  virtual std::optional<std::string> rootfs_find(const std::string& id, const std::string& path);
  /// Into an empty directory of the host.
  virtual void rootfs_copy_out(const std::string& id, const std::string& path,
                               const std::string& directory, const Op& op = {});
  /// Makes what a root has changed a layer, but for empty entries at these paths; the root is spent
  /// then. Gives the layer's bytes; nullopt: this plugin does not, or not now, and nothing
  /// happened.
  virtual std::optional<std::uint64_t> layer_adopt(const std::string& chain_id,
                                                   const std::string& parent, const std::string& id,
                                                   const std::vector<std::string>& leave_out,
                                                   const Op& op = {});

  // exec; `stream` null: detached
  virtual int exec_start(const std::string& id, const std::string& exec_id,
                         std::string_view process_json, const ClientStream* stream, bool open_stdin,
                         const Op& op = {}) = 0;
  virtual void exec_resize(const std::string& id, const std::string& exec_id, std::uint32_t rows,
                           std::uint32_t columns) = 0;
  virtual void exec_signal(const std::string& id, const std::string& exec_id, int signal) = 0;
  virtual std::vector<ExecState> exec_list(const std::string& id) = 0;

  // network data plane (JSON documents of ext/network.h)
  virtual bool has_network() const = 0;
  virtual void network_up(std::string_view network) = 0;
  virtual void network_down(std::string_view network) = 0;
  virtual std::vector<std::string> used_subnets() = 0;
  virtual void sandbox_up(const std::string& id, std::string_view sandbox) = 0;
  virtual void sandbox_down(const std::string& id) = 0;
  virtual void endpoint_up(const std::string& id, std::string_view endpoint) = 0;
  virtual void endpoint_down(const std::string& id, std::string_view endpoint) = 0;
  /// False: ports have to be forwarded by the host to the containers' addresses.
  virtual bool can_publish() const = 0;
  virtual std::string publish(const std::string& id, std::string_view ports) = 0;
  virtual void unpublish(const std::string& id) = 0;

  // sockets inside (ext/sockets.h); `take` is called once with borrowed descriptors
  virtual bool can_open_inside() const = 0;
  virtual void open_inside(const std::string& id, const std::string& address, std::uint32_t port,
                           const std::function<void(const InsideSockets&)>& take) = 0;

  // archive, stats, update, top, pause
  virtual void export_root(const std::string& id, int fd, const Op& op = {}) = 0;
  virtual PathInfo archive_stat(const std::string& id, std::string_view request) = 0;
  virtual void archive_get(const std::string& id, std::string_view request, int fd,
                           const Op& op = {}) = 0;
  virtual void archive_put(const std::string& id, std::string_view request, int fd,
                           const Op& op = {}) = 0;
  virtual std::vector<PathChange> changes(const std::string& id, const Op& op = {}) = 0;
  virtual void diff(const std::string& id, int fd, const Op& op = {}) = 0;
  virtual std::string stats(const std::string& id) = 0;  // the document of ext/stats.h
  /// `resources`: linux.resources of the OCI spec (ext/update.h).
  virtual void update(const std::string& id, std::string_view resources) = 0;
  virtual std::vector<int> pids(const std::string& id) = 0;
  virtual bool can_pause() const = 0;
  virtual void pause(const std::string& id) = 0;
  virtual void resume(const std::string& id) = 0;
};

}  // namespace gantry::pluginhost
