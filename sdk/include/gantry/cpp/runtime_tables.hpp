// C++ wrapper: the ABI's tables of a runtime's extensions, filled from the classes of
// runtime_extensions.hpp. Included by runtime.hpp; nothing in it is for plugins to call.
#ifndef GANTRY_CPP_RUNTIME_TABLES_HPP
#define GANTRY_CPP_RUNTIME_TABLES_HPP

#include <cstring>
#include <gantry/cpp/json.hpp>
#include <gantry/cpp/runtime_extensions.hpp>
#include <string>
#include <type_traits>
#include <vector>

namespace gantry::sdk {
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
                .field("note", exec.note)
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
      },
      [](void* self, const char* chain_id, const char* parent, const char* id,
         gantry_bytes leave_out, const gantry_op* op, const gantry_sink* out, gantry_error* err) {
        return guarded(err, [&] {
          write_size(out, of(self).layer_adopt(chain_id, parent, id, view(leave_out), Op(op)));
        });
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
