// C++ wrapper: a volume driver. See gantry/volume.h for the meaning and thread rule of each call:
// the host never runs two of create, remove, mount, unmount for the same name at once; the others
// may come at any time from any thread.
#ifndef GANTRY_CPP_VOLUME_HPP
#define GANTRY_CPP_VOLUME_HPP

#include <gantry/ext/volume_drivers.h>
#include <gantry/volume.h>

#include <cstring>
#include <gantry/cpp/json.hpp>
#include <gantry/cpp/plugin.hpp>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

namespace gantry::sdk {

struct VolumeInfo {
  std::string name;
  std::string mountpoint;                       // absolute; empty: not mounted
  std::int64_t created_at = 0;                  // nanoseconds since the Unix epoch
  std::map<std::string, std::string> status{};  // shown by `docker volume inspect`
  std::string status_json{};                    // a JSON object, in place of `status`
};

using Options = std::map<std::string, std::string>;

namespace detail {
struct VolumeKind;
}

class Volume {
 public:
  using Kind = detail::VolumeKind;
  virtual ~Volume() = default;

  /// "local" (one machine) or "global" (the same volumes on every machine).
  virtual std::string scope() { return "local"; }
  /// Existing name: success.
  virtual void create(const std::string& name, const Options& options) = 0;
  /// Deletes the data. Unknown: throw Error{GANTRY_NOT_FOUND}.
  virtual void remove(const std::string& name) = 0;
  /// Absolute host path of the content, usable until the unmount with the same `user_id`.
  virtual std::string mount(const std::string& name, const std::string& user_id, const Op& op) = 0;
  virtual void unmount(const std::string& name, const std::string& user_id) = 0;
  /// Empty when it is not mounted.
  virtual std::string path(const std::string& name) = 0;
  /// Unknown: throw Error{GANTRY_NOT_FOUND}.
  virtual VolumeInfo get(const std::string& name) = 0;
  virtual std::vector<VolumeInfo> list() = 0;
};

/// Drivers whose names the plugin learns while it runs (gantry/ext/volume_drivers.h), in place of
/// one of its own.
class VolumeDrivers : public Volume {
 public:
  /// Unknown: throw Error{GANTRY_NOT_FOUND}. The driver lives as long as this object. [any]
  virtual Volume& resolve(const std::string& name, const Op& op) = 0;
  /// [any] Waits for none of them.
  virtual std::vector<std::string> names() = 0;

  void create(const std::string&, const Options&) final { none(); }
  void remove(const std::string&) final { none(); }
  std::string mount(const std::string&, const std::string&, const Op&) final { none(); }
  void unmount(const std::string&, const std::string&) final { none(); }
  std::string path(const std::string&) final { none(); }
  VolumeInfo get(const std::string&) final { none(); }
  std::vector<VolumeInfo> list() final { none(); }

 private:
  [[noreturn]] static void none() {
    throw Error(GANTRY_UNSUPPORTED, "this plugin is no driver itself, it serves others");
  }
};

namespace detail {

inline void write(JsonWriter& writer, const VolumeInfo& info) {
  writer.begin()
      .field("name", info.name)
      .field("mountpoint", info.mountpoint)
      .field("created_at", info.created_at);
  if (!info.status_json.empty()) {
    writer.key("status").raw(info.status_json);
  } else if (!info.status.empty()) {
    writer.key("status").begin();
    for (const auto& [key, value] : info.status) writer.field(key, value);
    writer.end();
  }
  writer.end();
}

struct VolumeKind {
  static constexpr const char* kName = GANTRY_KIND_VOLUME;

  template <class T>
  static const void* extension(const char* id) {
    if constexpr (std::is_base_of_v<VolumeDrivers, T>)
      if (std::strcmp(id, GANTRY_EXT_VOLUME_DRIVERS) == 0) return drivers_table<T>();
    static_cast<void>(id);
    return nullptr;
  }

  template <class T>
  static const void* drivers_table() {
    static constexpr auto of = [](void* self) -> VolumeDrivers& { return *static_cast<T*>(self); };
    static const gantry_ext_volume_drivers table = {
        sizeof(gantry_ext_volume_drivers), 0,
        [](void* self, const char* name, const gantry_op* op, gantry_volume_driver* out,
           gantry_error* err) {
          return guarded(err, [&] {
            if (!GANTRY_HAS(out, gantry_volume_driver, table))
              throw Error(GANTRY_INVALID, "resolve: the host's gantry_volume_driver is too short");
            out->self = &of(self).resolve(name, Op(op));
            out->table = static_cast<const gantry_volume*>(VolumeKind::table<Volume>());
          });
        },
        [](void* self, const gantry_sink* out, gantry_error* err) {
          return guarded(err, [&] {
            JsonWriter writer;
            writer.begin_array();
            for (const auto& name : of(self).names()) writer.string(name);
            writer.end_array();
            write(out, writer.text());
          });
        }};
    return &table;
  }

  template <class T>
  static const void* table() {
    static constexpr auto of = [](void* self) -> Volume& { return *static_cast<T*>(self); };
    static const gantry_volume table = {
        sizeof(gantry_volume),
        0,
        [](void* self, const gantry_sink* out, gantry_error* err) {
          return guarded(err, [&] {
            JsonWriter writer;
            writer.begin().field("scope", of(self).scope()).end();
            write(out, writer.text());
          });
        },
        [](void* self, const char* name, gantry_bytes options, gantry_error* err) {
          return guarded(err, [&] { of(self).create(name, Object(view(options)).string_map()); });
        },
        [](void* self, const char* name, gantry_error* err) {
          return guarded(err, [&] { of(self).remove(name); });
        },
        [](void* self, const char* name, const char* user_id, const gantry_op* op,
           const gantry_sink* path, gantry_error* err) {
          return guarded(err, [&] { write(path, of(self).mount(name, user_id, Op(op))); });
        },
        [](void* self, const char* name, const char* user_id, gantry_error* err) {
          return guarded(err, [&] { of(self).unmount(name, user_id); });
        },
        [](void* self, const char* name, const gantry_sink* out, gantry_error* err) {
          return guarded(err, [&] { write(out, of(self).path(name)); });
        },
        [](void* self, const char* name, const gantry_sink* out, gantry_error* err) {
          return guarded(err, [&] {
            JsonWriter writer;
            write(writer, of(self).get(name));
            write(out, writer.text());
          });
        },
        [](void* self, const gantry_sink* out, gantry_error* err) {
          return guarded(err, [&] {
            JsonWriter writer;
            writer.begin_array();
            for (const auto& info : of(self).list()) write(writer, info);
            writer.end_array();
            write(out, writer.text());
          });
        }};
    return &table;
  }
};

}  // namespace detail
}  // namespace gantry::sdk

#endif
