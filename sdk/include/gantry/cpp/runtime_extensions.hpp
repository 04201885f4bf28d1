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

#include <cstring>
#include <functional>
#include <gantry/cpp/json.hpp>
#include <gantry/cpp/plugin.hpp>
#include <string>
#include <type_traits>
#include <vector>

namespace gantry::sdk {

struct ExecInfo {
  std::string exec_id;
  int pid = 0;
  bool running = false;
  int exit_code = 0;
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

namespace detail {

inline void write_strings(const gantry_sink* out, const std::vector<std::string>& values) {
  JsonWriter writer;
  writer.begin_array();
  for (const auto& value : values) writer.string(value);
  writer.end_array();
  write(out, writer.text());
}

inline void write_size(const gantry_sink* out, std::int64_t size) {
  JsonWriter writer;
  writer.begin().field("size", size).end();
  write(out, writer.text());
}

template <class T>
const gantry_ext_exec* exec_table() {
  static constexpr auto of = [](void* self) -> Exec& { return *static_cast<T*>(self); };
  static const gantry_ext_exec table = {
      sizeof(gantry_ext_exec),
      0,
      [](void* self, const char* id, const char* exec_id, gantry_bytes process,
         const gantry_stream* stream, uint32_t open_stdin, const gantry_op* op,
         const gantry_sink* out, gantry_error* err) {
        return guarded(err, [&] {
          JsonWriter writer;
          writer.begin()
              .field("pid", of(self).exec_start(id, exec_id, view(process), stream, open_stdin != 0,
                                                Op(op)))
              .end();
          write(out, writer.text());
        });
      },
      [](void* self, const char* id, const char* exec_id, uint32_t rows, uint32_t columns,
         gantry_error* err) {
        return guarded(err, [&] { of(self).exec_resize(id, exec_id, rows, columns); });
      },
      [](void* self, const char* id, const char* exec_id, int32_t signal, gantry_error* err) {
        return guarded(err, [&] { of(self).exec_signal(id, exec_id, signal); });
      },
      [](void* self, const char* id, const gantry_sink* out, gantry_error* err) {
        return guarded(err, [&] {
          JsonWriter writer;
          writer.begin_array();
          for (const auto& exec : of(self).exec_list(id))
            writer.begin()
                .field("exec_id", exec.exec_id)
                .field("pid", exec.pid)
                .field("running", exec.running)
                .field("exit_code", exec.exit_code)
                .end();
          writer.end_array();
          write(out, writer.text());
        });
      }};
  return &table;
}

template <class T>
const gantry_ext_rootfs* rootfs_table() {
  static constexpr auto of = [](void* self) -> Rootfs& { return *static_cast<T*>(self); };
  static const gantry_ext_rootfs table = {
      sizeof(gantry_ext_rootfs),
      0,
      [](void* self, const char* chain_id, const char* parent, int32_t fd, const gantry_op* op,
         const gantry_sink* out, gantry_error* err) {
        return guarded(
            err, [&] { write_size(out, of(self).layer_unpack(chain_id, parent, fd, Op(op))); });
      },
      [](void* self, const char* chain_id, const gantry_sink* out, gantry_error* err) {
        return guarded(err, [&] { write_size(out, of(self).layer_size(chain_id)); });
      },
      [](void* self, const char* chain_id, gantry_error* err) {
        return guarded(err, [&] { of(self).layer_remove(chain_id); });
      },
      [](void* self, const gantry_sink* out, gantry_error* err) {
        return guarded(err, [&] { write_strings(out, of(self).layer_list()); });
      },
      [](void* self, const char* id, const char* chain_id, gantry_bytes options,
         gantry_error* err) {
        return guarded(err, [&] { of(self).rootfs_create(id, chain_id, view(options)); });
      },
      [](void* self, const char* id, const gantry_op* op, gantry_error* err) {
        return guarded(err, [&] { of(self).rootfs_remove(id, Op(op)); });
      },
      [](void* self, const char* id, const gantry_sink* out, gantry_error* err) {
        return guarded(err, [&] { write(out, of(self).rootfs_usage(id)); });
      },
      [](void* self, const gantry_sink* out, gantry_error* err) {
        return guarded(err, [&] { write_strings(out, of(self).rootfs_list()); });
      },
      [](void* self, const char* id, const char* path, uint64_t max_bytes, const gantry_sink* out,
         gantry_error* err) {
        return guarded(err, [&] { write(out, of(self).rootfs_read_file(id, path, max_bytes)); });
      },
      [](void* self, const char* id, const gantry_sink* out, gantry_error* err) {
        return guarded(err, [&] { write(out, of(self).rootfs_describe(id)); });
      },
      [](void* self, const char* id, const char* path, const gantry_sink* out, gantry_error* err) {
        return guarded(err, [&] { write(out, of(self).rootfs_find(id, path)); });
      },
      [](void* self, const char* id, const char* path, const char* directory, const gantry_op* op,
         const gantry_sink* out, gantry_error* err) {
        return guarded(err,
                       [&] { write(out, of(self).rootfs_copy_out(id, path, directory, Op(op))); });
      }};
  return &table;
}

template <class T>
const gantry_ext_network* data_plane_table() {
  static constexpr auto of = [](void* self) -> DataPlane& { return *static_cast<T*>(self); };
  static constexpr bool publishes = !std::is_base_of_v<PortsByHost, T>;
  static const gantry_ext_network table = {
      sizeof(gantry_ext_network),
      0,
      [](void* self, gantry_bytes network, gantry_error* err) {
        return guarded(err, [&] { of(self).network_up(view(network)); });
      },
      [](void* self, gantry_bytes network, gantry_error* err) {
        return guarded(err, [&] { of(self).network_down(view(network)); });
      },
      [](void* self, const gantry_sink* out, gantry_error* err) {
        return guarded(err, [&] { write_strings(out, of(self).used_subnets()); });
      },
      [](void* self, const char* id, gantry_bytes sandbox, gantry_error* err) {
        return guarded(err, [&] { of(self).sandbox_up(id, view(sandbox)); });
      },
      [](void* self, const char* id, gantry_error* err) {
        return guarded(err, [&] { of(self).sandbox_down(id); });
      },
      [](void* self, const char* id, gantry_bytes endpoint, gantry_error* err) {
        return guarded(err, [&] { of(self).endpoint_up(id, view(endpoint)); });
      },
      [](void* self, const char* id, gantry_bytes endpoint, gantry_error* err) {
        return guarded(err, [&] { of(self).endpoint_down(id, view(endpoint)); });
      },
      publishes ? +[](void* self, const char* id, gantry_bytes ports, const gantry_sink* out,
                     gantry_error* err) {
        return guarded(err, [&] { write(out, of(self).publish(id, view(ports))); });
      } : nullptr,
      publishes ? +[](void* self, const char* id, gantry_error* err) {
        return guarded(err, [&] { of(self).unpublish(id); });
      } : nullptr};
  return &table;
}

template <class T>
const gantry_ext_sockets* sockets_table() {
  static constexpr auto of = [](void* self) -> InsideSockets& { return *static_cast<T*>(self); };
  static const gantry_ext_sockets table = {
      sizeof(gantry_ext_sockets), 0,
      [](void* self, const char* id, const char* address, uint32_t port,
         const gantry_inside_sink* out, gantry_error* err) {
        return guarded(err, [&] {
          of(self).open_inside(id, address, port, [out](const gantry_inside_sockets& sockets) {
            out->take(out->ctx, &sockets);
          });
        });
      }};
  return &table;
}

template <class T>
const gantry_ext_pause* pause_table() {
  static constexpr auto of = [](void* self) -> Pause& { return *static_cast<T*>(self); };
  static const gantry_ext_pause table = {sizeof(gantry_ext_pause), 0,
                                         [](void* self, const char* id, gantry_error* err) {
                                           return guarded(err, [&] { of(self).pause(id); });
                                         },
                                         [](void* self, const char* id, gantry_error* err) {
                                           return guarded(err, [&] { of(self).resume(id); });
                                         }};
  return &table;
}

template <class T>
const gantry_ext_archive* archive_table() {
  static constexpr auto of = [](void* self) -> Archive& { return *static_cast<T*>(self); };
  static const gantry_ext_archive table = {
      sizeof(gantry_ext_archive),
      0,
      [](void* self, const char* id, int32_t fd, const gantry_op* op, gantry_error* err) {
        return guarded(err, [&] { of(self).export_root(id, fd, Op(op)); });
      },
      [](void* self, const char* id, gantry_bytes request, const gantry_sink* out,
         gantry_error* err) {
        return guarded(err, [&] { write(out, of(self).archive_stat(id, view(request))); });
      },
      [](void* self, const char* id, gantry_bytes request, int32_t fd, const gantry_op* op,
         gantry_error* err) {
        return guarded(err, [&] { of(self).archive_get(id, view(request), fd, Op(op)); });
      },
      [](void* self, const char* id, gantry_bytes request, int32_t fd, const gantry_op* op,
         gantry_error* err) {
        return guarded(err, [&] { of(self).archive_put(id, view(request), fd, Op(op)); });
      },
      [](void* self, const char* id, const gantry_op* op, const gantry_sink* out,
         gantry_error* err) {
        return guarded(err, [&] { write(out, of(self).changes(id, Op(op))); });
      },
      [](void* self, const char* id, int32_t fd, const gantry_op* op, gantry_error* err) {
        return guarded(err, [&] { of(self).diff(id, fd, Op(op)); });
      }};
  return &table;
}

template <class T>
const gantry_ext_stats* stats_table() {
  static constexpr auto of = [](void* self) -> Stats& { return *static_cast<T*>(self); };
  static const gantry_ext_stats table = {
      sizeof(gantry_ext_stats), 0,
      [](void* self, const char* id, const gantry_sink* out, gantry_error* err) {
        return guarded(err, [&] { write(out, of(self).sample(id)); });
      }};
  return &table;
}

template <class T>
const gantry_ext_update* update_table() {
  static constexpr auto of = [](void* self) -> Update& { return *static_cast<T*>(self); };
  static const gantry_ext_update table = {
      sizeof(gantry_ext_update), 0,
      [](void* self, const char* id, gantry_bytes resources, gantry_error* err) {
        return guarded(err, [&] { of(self).update(id, view(resources)); });
      }};
  return &table;
}

template <class T>
const gantry_ext_top* top_table() {
  static constexpr auto of = [](void* self) -> Top& { return *static_cast<T*>(self); };
  static const gantry_ext_top table = {
      sizeof(gantry_ext_top), 0,
      [](void* self, const char* id, const gantry_sink* out, gantry_error* err) {
        return guarded(err, [&] {
          JsonWriter writer;
          writer.begin_array();
          for (const int pid : of(self).pids(id)) writer.integer(pid);
          writer.end_array();
          write(out, writer.text());
        });
      }};
  return &table;
}

/// The table of extension `id` when T derives from its class.
template <class T>
const void* runtime_extension(const char* id) {
  if constexpr (std::is_base_of_v<Exec, T>)
    if (std::strcmp(id, GANTRY_EXT_EXEC) == 0) return exec_table<T>();
  if constexpr (std::is_base_of_v<Rootfs, T>)
    if (std::strcmp(id, GANTRY_EXT_ROOTFS) == 0) return rootfs_table<T>();
  if constexpr (std::is_base_of_v<DataPlane, T>)
    if (std::strcmp(id, GANTRY_EXT_NETWORK) == 0) return data_plane_table<T>();
  if constexpr (std::is_base_of_v<InsideSockets, T>)
    if (std::strcmp(id, GANTRY_EXT_SOCKETS) == 0) return sockets_table<T>();
  if constexpr (std::is_base_of_v<Pause, T>)
    if (std::strcmp(id, GANTRY_EXT_PAUSE) == 0) return pause_table<T>();
  if constexpr (std::is_base_of_v<Archive, T>)
    if (std::strcmp(id, GANTRY_EXT_ARCHIVE) == 0) return archive_table<T>();
  if constexpr (std::is_base_of_v<Stats, T>)
    if (std::strcmp(id, GANTRY_EXT_STATS) == 0) return stats_table<T>();
  if constexpr (std::is_base_of_v<Update, T>)
    if (std::strcmp(id, GANTRY_EXT_UPDATE) == 0) return update_table<T>();
  if constexpr (std::is_base_of_v<Top, T>)
    if (std::strcmp(id, GANTRY_EXT_TOP) == 0) return top_table<T>();
  return nullptr;
}

}  // namespace detail
}  // namespace gantry::sdk

#endif
