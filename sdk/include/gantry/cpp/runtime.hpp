// C++ wrapper: a runtime. See gantry/runtime.h for the meaning and thread rule of each call. Wide
// documents stay JSON text: the OCI spec goes to your OCI runtime as it is. Optional abilities are
// further base classes, in runtime_extensions.hpp:
//     class MyRuntime : public gantry::sdk::Runtime, public gantry::sdk::Exec { … };
#ifndef GANTRY_CPP_RUNTIME_HPP
#define GANTRY_CPP_RUNTIME_HPP

#include <gantry/runtime.h>

#include <gantry/cpp/json.hpp>
#include <gantry/cpp/plugin.hpp>
#include <gantry/cpp/runtime_tables.hpp>
#include <string>
#include <vector>

namespace gantry::sdk {

struct ContainerState {
  std::string id;
  std::string status;  // "created", "running", "paused", "exited"
  int pid = 0;
  int exit_code = 0;
  bool oom_killed = false;
  std::int64_t started_at = 0, finished_at = 0;  // nanoseconds since the Unix epoch
};

struct Started {
  int pid = 0;
  std::int64_t started_at = 0;
};

namespace detail {
struct RuntimeKind;
}

class Runtime {
 public:
  using Kind = detail::RuntimeKind;
  virtual ~Runtime() = default;

  /// The info document, a JSON object.
  virtual std::string info() = 0;
  virtual void create(const std::string& id, std::string_view spec,
                      const gantry_container_options& options, const Op& op) = 0;
  /// stream.fd is borrowed: dup it.
  virtual void attach(const std::string& id, const gantry_stream& stream) = 0;
  virtual Started start(const std::string& id, const Op& op) = 0;
  virtual void signal(const std::string& id, int signal, bool all) = 0;
  virtual void resize(const std::string& id, std::uint32_t rows, std::uint32_t columns) = 0;
  virtual void remove(const std::string& id, const Op& op) = 0;
  /// Unknown: throw Error{GANTRY_NOT_FOUND}.
  virtual ContainerState state(const std::string& id) = 0;
  virtual std::vector<ContainerState> list() = 0;
};

namespace detail {

inline void write(JsonWriter& writer, const ContainerState& state) {
  writer.begin()
      .field("id", state.id)
      .field("status", state.status)
      .field("pid", state.pid)
      .field("exit_code", state.exit_code)
      .field("oom_killed", state.oom_killed)
      .field("started_at", state.started_at)
      .field("finished_at", state.finished_at)
      .end();
}

struct RuntimeKind {
  static constexpr const char* kName = GANTRY_KIND_RUNTIME;

  template <class T>
  static const void* extension(const char* id) {
    return runtime_extension<T>(id);
  }

  template <class T>
  static const void* table() {
    static constexpr auto of = [](void* self) -> Runtime& { return *static_cast<T*>(self); };
    static const gantry_runtime table = {
        sizeof(gantry_runtime),
        0,
        [](void* self, const gantry_sink* out, gantry_error* err) {
          return guarded(err, [&] { write(out, of(self).info()); });
        },
        [](void* self, const char* id, gantry_bytes spec, const gantry_container_options* options,
           const gantry_op* op, gantry_error* err) {
          return guarded(err, [&] { of(self).create(id, view(spec), *options, Op(op)); });
        },
        [](void* self, const char* id, const gantry_stream* stream, gantry_error* err) {
          return guarded(err, [&] { of(self).attach(id, *stream); });
        },
        [](void* self, const char* id, const gantry_op* op, const gantry_sink* out,
           gantry_error* err) {
          return guarded(err, [&] {
            const Started started = of(self).start(id, Op(op));
            JsonWriter writer;
            writer.begin().field("pid", started.pid).field("started_at", started.started_at).end();
            write(out, writer.text());
          });
        },
        [](void* self, const char* id, int32_t signal, uint32_t all, gantry_error* err) {
          return guarded(err, [&] { of(self).signal(id, signal, all != 0); });
        },
        [](void* self, const char* id, uint32_t rows, uint32_t columns, gantry_error* err) {
          return guarded(err, [&] { of(self).resize(id, rows, columns); });
        },
        [](void* self, const char* id, const gantry_op* op, gantry_error* err) {
          return guarded(err, [&] { of(self).remove(id, Op(op)); });
        },
        [](void* self, const char* id, const gantry_sink* out, gantry_error* err) {
          return guarded(err, [&] {
            JsonWriter writer;
            write(writer, of(self).state(id));
            write(out, writer.text());
          });
        },
        [](void* self, const gantry_sink* out, gantry_error* err) {
          return guarded(err, [&] {
            JsonWriter writer;
            writer.begin_array();
            for (const auto& state : of(self).list()) write(writer, state);
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
