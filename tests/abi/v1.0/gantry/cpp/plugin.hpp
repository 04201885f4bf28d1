// C++ wrapper: what every kind of plugin shares. A source file derives from a kind (volume.hpp,
// network.hpp, runtime.hpp), has a constructor that takes const Host&, and ends with
//     GANTRY_PLUGIN(MyVolume, "volume-mine", "Volumes on my server")
// which defines the exported entry. Several plugins in one library:
//     GANTRY_PLUGINS(gantry::sdk::describe<A>("a", "…"), gantry::sdk::describe<B>("b", "…"))
#ifndef GANTRY_CPP_PLUGIN_HPP
#define GANTRY_CPP_PLUGIN_HPP

#include <cstdint>
#include <gantry/cpp/error.hpp>
#include <memory>
#include <string>
#include <string_view>

#ifndef GANTRY_PLUGIN_VERSION /* set by gantry_add_plugin() */
#define GANTRY_PLUGIN_VERSION "0.0.0"
#endif

namespace gantry::sdk {

inline std::string_view view(gantry_bytes bytes) {
  return bytes.size ? std::string_view(bytes.data, static_cast<std::size_t>(bytes.size))
                    : std::string_view();
}
inline gantry_bytes bytes(std::string_view text) { return gantry_bytes{text.data(), text.size()}; }

/// The host's services. Valid for the life of the process; copy it freely. Any thread.
class Host {
 public:
  explicit Host(const gantry_host* host) : host_(host) {}

  /// For what must survive a reboot; exists, 0700.
  std::string state_dir() const { return host_->state_dir; }
  /// For what need not: sockets, records of mounts; exists, 0700.
  std::string run_dir() const { return host_->run_dir; }
  /// The table [plugins."id"] of gantry.toml as a JSON object.
  std::string_view config() const { return view(host_->config); }

  void debug(const std::string& message) const { log(GANTRY_LOG_DEBUG, message); }
  void info(const std::string& message) const { log(GANTRY_LOG_INFO, message); }
  void warn(const std::string& message) const { log(GANTRY_LOG_WARN, message); }
  void error(const std::string& message) const { log(GANTRY_LOG_ERROR, message); }

  void event(const gantry_event& event) const { host_->event(host_->ctx, &event); }

  /// Extension of the host by id, or null.
  template <class Table>
  const Table* extension(const char* id) const {
    if (!GANTRY_HAS(host_, gantry_host, extension) || !host_->extension) return nullptr;
    return static_cast<const Table*>(host_->extension(host_->ctx, id));
  }
  const gantry_host* abi() const { return host_; }

 private:
  void log(gantry_log_level level, const std::string& message) const {
    host_->log(host_->ctx, level, message.c_str());
  }
  const gantry_host* host_;
};

/// A long call seen from inside it: ask throw_if_cancelled() at least every 100 ms of work.
class Op {
 public:
  explicit Op(const gantry_op* op) : op_(op) {}
  bool cancelled() const { return op_ && op_->cancelled && op_->cancelled(op_->ctx) != 0; }
  void throw_if_cancelled() const {
    if (cancelled()) throw Error(GANTRY_CANCELLED, "cancelled");
  }
  /// `total` 0: unknown.
  void progress(std::uint64_t current, std::uint64_t total) const {
    if (op_ && op_->progress) op_->progress(op_->ctx, current, total);
  }
  /// CLOCK_MONOTONIC nanoseconds; 0: none.
  std::int64_t deadline_ns() const {
    return op_ && GANTRY_HAS(op_, gantry_op, deadline_ns) ? op_->deadline_ns : 0;
  }

 private:
  const gantry_op* op_;
};

namespace detail {

inline void write(const gantry_sink* sink, std::string_view text) {
  sink->write(sink->ctx, text.data(), text.size());
}

/// One plugin of type T: `self` of every C call is a T*.
template <class T>
gantry_status create(const gantry_host* host, gantry_plugin* out, gantry_error* err) noexcept {
  return guarded(err, [&] {
    auto plugin = std::make_unique<T>(Host(host));
    gantry_plugin made{};
    made.size = sizeof made;
    made.table = T::Kind::template table<T>();
    made.extension = [](void*, const char* id) -> const void* {
      return T::Kind::template extension<T>(id);
    };
    made.destroy = [](void* self) { delete static_cast<T*>(self); };
    made.self = plugin.release();
    // The host may be older and know a shorter struct.
    const std::uint32_t room = out->size;
    std::memcpy(out, &made, room < sizeof made ? room : sizeof made);
    out->size = room < sizeof made ? room : static_cast<std::uint32_t>(sizeof made);
  });
}

}  // namespace detail

struct Listing {
  gantry_plugin_info info;
  gantry_status (*create)(const gantry_host*, gantry_plugin*, gantry_error*);
};

template <class T>
constexpr Listing describe(const char* id, const char* description) {
  return Listing{
      {sizeof(gantry_plugin_info), 0, id, T::Kind::kName, GANTRY_PLUGIN_VERSION, description},
      &detail::create<T>};
}

}  // namespace gantry::sdk

#define GANTRY_PLUGINS(...)                                                                  \
  namespace gantry_plugin_library {                                                          \
  constexpr ::gantry::sdk::Listing listings[] = {__VA_ARGS__};                               \
  constexpr uint32_t number = static_cast<uint32_t>(sizeof listings / sizeof listings[0]);   \
  inline uint32_t count() { return number; }                                                 \
  inline const gantry_plugin_info* describe(uint32_t index) {                                \
    return index < number ? &listings[index].info : nullptr;                                 \
  }                                                                                          \
  inline gantry_status create(uint32_t index, const gantry_host* host, gantry_plugin* out,   \
                              gantry_error* err) {                                           \
    if (index >= number)                                                                     \
      return ::gantry::sdk::detail::fail(err, GANTRY_INVALID, 0, "no plugin of this index"); \
    return listings[index].create(host, out, err);                                           \
  }                                                                                          \
  }                                                                                          \
  extern "C" {                                                                               \
  extern GANTRY_EXPORT const gantry_plugin_entry_v1 gantry_plugin_entry;                     \
  const gantry_plugin_entry_v1 gantry_plugin_entry = {sizeof(gantry_plugin_entry_v1),        \
                                                      GANTRY_ABI_MAJOR,                      \
                                                      GANTRY_ABI_MINOR,                      \
                                                      0,                                     \
                                                      &gantry_plugin_library::count,         \
                                                      &gantry_plugin_library::describe,      \
                                                      &gantry_plugin_library::create};       \
  }

#define GANTRY_PLUGIN(Type, id, description) \
  GANTRY_PLUGINS(::gantry::sdk::describe<Type>(id, description))

#endif
