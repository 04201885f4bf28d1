// C++ wrapper: the optional abilities of a runtime, each a base class beside Runtime. See
// gantry/ext/*.h for the meaning and thread rule of each call. A runtime that derives from one has
// the extension.
#ifndef GANTRY_CPP_RUNTIME_EXTENSIONS_HPP
#define GANTRY_CPP_RUNTIME_EXTENSIONS_HPP

#include <gantry/ext/archive.h>
#include <gantry/ext/exec.h>
#include <gantry/ext/network.h>
#include <gantry/ext/pause.h>
#include <gantry/ext/rootfs.h>
#include <gantry/ext/sockets.h>
#include <gantry/ext/stats.h>
#include <gantry/ext/top.h>
#include <gantry/ext/update.h>

#include <functional>
#include <gantry/cpp/plugin.hpp>
#include <string>
#include <vector>

namespace gantry::sdk {

struct ExecInfo {
  std::string exec_id;
  int pid = 0;
  bool running = false;
  int exit_code = 0;
  std::string note{};  // of the process as it was started, when it had one
};

class Exec {
 public:
  virtual ~Exec() = default;
  /// `stream` null: detached. Gives the pid.
  virtual int exec_start(const std::string& id, const std::string& exec_id,
                         std::string_view process, const gantry_stream* stream, bool open_stdin,
                         const Op& op) = 0;
  virtual void exec_resize(const std::string& id, const std::string& exec_id, std::uint32_t rows,
                           std::uint32_t columns) = 0;
  virtual void exec_signal(const std::string& id, const std::string& exec_id, int signal) = 0;
  virtual std::vector<ExecInfo> exec_list(const std::string& id) = 0;
};

class Rootfs {
 public:
  virtual ~Rootfs() = default;
  /// Gives the unpacked bytes.
  virtual std::int64_t layer_unpack(const std::string& chain_id, const std::string& parent, int fd,
                                    const Op& op) = 0;
  /// Bytes; unknown: throw Error{GANTRY_NOT_FOUND}.
  virtual std::int64_t layer_size(const std::string& chain_id) = 0;
  virtual void layer_remove(const std::string& chain_id) = 0;
  virtual std::vector<std::string> layer_list() = 0;
  virtual void rootfs_create(const std::string& id, const std::string& chain_id,
                             std::string_view options) = 0;
  virtual void rootfs_remove(const std::string& id, const Op& op) = 0;
  /// {"rw":bytes,"total":bytes}
  virtual std::string rootfs_usage(const std::string& id) = 0;
  virtual std::vector<std::string> rootfs_list() = 0;
  virtual std::string rootfs_read_file(const std::string& id, const std::string& path,
                                       std::uint64_t max_bytes) = 0;
  virtual std::string rootfs_describe(const std::string& id) = 0;
  /// {"type":"directory"|"file"|"other"}; not there: throw Error{GANTRY_NOT_FOUND}.
  virtual std::string rootfs_find(const std::string&, const std::string&) {
    throw Error(GANTRY_UNSUPPORTED, "this runtime does not look into roots");
  }
  /// {"entries":n,"bytes":n}
  virtual std::string rootfs_copy_out(const std::string&, const std::string& /*path*/,
                                      const std::string& /*directory*/, const Op&) {
    throw Error(GANTRY_UNSUPPORTED, "this runtime does not copy out of roots");
  }
  /// Gives the layer's bytes.
  virtual std::int64_t layer_adopt(const std::string& /*chain_id*/, const std::string& /*parent*/,
                                   const std::string& /*id*/, std::string_view /*leave_out*/,
                                   const Op&) {
    throw Error(GANTRY_UNSUPPORTED, "this runtime does not make layers of roots");
  }
};

/// Documents of gantry/ext/network.h as JSON text.
class DataPlane {
 public:
  virtual ~DataPlane() = default;
  virtual void network_up(std::string_view network) = 0;
  virtual void network_down(std::string_view network) = 0;
  virtual std::vector<std::string> used_subnets() = 0;
  virtual void sandbox_up(const std::string& id, std::string_view sandbox) = 0;
  virtual void sandbox_down(const std::string& id) = 0;
  virtual void endpoint_up(const std::string& id, std::string_view endpoint) = 0;
  virtual void endpoint_down(const std::string& id, std::string_view endpoint) = 0;
  virtual std::string publish(const std::string& id, std::string_view ports) = 0;
  virtual void unpublish(const std::string& id) = 0;
};

/// A data plane that does not publish ports: the host forwards them to the containers' addresses.
class PortsByHost : public DataPlane {
 public:
  std::string publish(const std::string&, std::string_view) final {
    throw Error(GANTRY_UNSUPPORTED, "ports are forwarded by the host");
  }
  void unpublish(const std::string&) final {
    throw Error(GANTRY_UNSUPPORTED, "ports are forwarded by the host");
  }
};

/// Sockets in a container's network stack (gantry/ext/sockets.h).
class InsideSockets {
 public:
  virtual ~InsideSockets() = default;
  /// Calls `take` once with descriptors that stay the plugin's.
  virtual void open_inside(const std::string& id, const std::string& address, std::uint32_t port,
                           const std::function<void(const gantry_inside_sockets&)>& take) = 0;
};

class Pause {
 public:
  virtual ~Pause() = default;
  virtual void pause(const std::string& id) = 0;
  virtual void resume(const std::string& id) = 0;
};

/// Documents of gantry/ext/archive.h as JSON text. What a runtime does not override it lacks.
class Archive {
 public:
  virtual ~Archive() = default;
  virtual void export_root(const std::string& id, int fd, const Op& op) = 0;
  virtual std::string archive_stat(const std::string& id, std::string_view request) {
    return lacks<std::string>(id, request);
  }
  virtual void archive_get(const std::string& id, std::string_view request, int fd, const Op& op) {
    lacks<void>(id, request, fd, op);
  }
  virtual void archive_put(const std::string& id, std::string_view request, int fd, const Op& op) {
    lacks<void>(id, request, fd, op);
  }
  virtual std::string changes(const std::string& id, const Op& op) {
    return lacks<std::string>(id, op);
  }
  virtual void diff(const std::string& id, int fd, const Op& op) { lacks<void>(id, fd, op); }

 private:
  template <class Result, class... Unused>
  [[noreturn]] static Result lacks(const Unused&...) {
    throw Error(GANTRY_UNSUPPORTED, "this runtime cannot do that with a container's files");
  }
};

class Stats {
 public:
  virtual ~Stats() = default;
  /// The document of gantry/ext/stats.h.
  virtual std::string sample(const std::string& id) = 0;
};

class Update {
 public:
  virtual ~Update() = default;
  virtual void update(const std::string& id, std::string_view resources) = 0;
};

class Top {
 public:
  virtual ~Top() = default;
  virtual std::vector<int> pids(const std::string& id) = 0;
};

}  // namespace gantry::sdk

#endif
