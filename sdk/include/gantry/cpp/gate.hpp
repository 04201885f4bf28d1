// The checks that a host makes on a plugin library before it trusts it, for hosts and tools (a
// plugin does not need this header). Each gives "" or one named fault. They read only what the
// struct's own size says is there, call nothing but count() and describe(), and let no exception of
// the plugin out.
#ifndef GANTRY_CPP_GATE_HPP
#define GANTRY_CPP_GATE_HPP

#include <gantry/abi.h>
#include <gantry/ext/archive.h>
#include <gantry/ext/exec.h>
#include <gantry/ext/network.h>
#include <gantry/ext/pause.h>
#include <gantry/ext/rootfs.h>
#include <gantry/ext/sockets.h>
#include <gantry/ext/stats.h>
#include <gantry/ext/top.h>
#include <gantry/ext/update.h>
#include <gantry/ext/volume_drivers.h>
#include <gantry/logging.h>
#include <gantry/network.h>
#include <gantry/runtime.h>
#include <gantry/volume.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

namespace gantry::sdk::gate {

using Function = void (*)();

/// One required function pointer of a C table.
struct Slot {
  const char* name;
  std::size_t offset;
};

/// The required functions of a kind or extension of ABI 1.0; empty: unknown.
inline std::vector<Slot> slots_of(const std::string& id) {
#define GANTRY_SLOT(type, member) \
  Slot { #member, offsetof(type, member) }
  if (id == GANTRY_KIND_RUNTIME)
    return {GANTRY_SLOT(gantry_runtime, info),   GANTRY_SLOT(gantry_runtime, create),
            GANTRY_SLOT(gantry_runtime, attach), GANTRY_SLOT(gantry_runtime, start),
            GANTRY_SLOT(gantry_runtime, signal), GANTRY_SLOT(gantry_runtime, resize),
            GANTRY_SLOT(gantry_runtime, remove), GANTRY_SLOT(gantry_runtime, state),
            GANTRY_SLOT(gantry_runtime, list)};
  if (id == GANTRY_KIND_NETWORK)
    return {
        GANTRY_SLOT(gantry_network, network_added), GANTRY_SLOT(gantry_network, network_removed),
        GANTRY_SLOT(gantry_network, endpoint_added), GANTRY_SLOT(gantry_network, endpoint_removed),
        GANTRY_SLOT(gantry_network, container_files)};
  if (id == GANTRY_KIND_VOLUME)
    return {GANTRY_SLOT(gantry_volume, capabilities), GANTRY_SLOT(gantry_volume, create),
            GANTRY_SLOT(gantry_volume, remove),       GANTRY_SLOT(gantry_volume, mount),
            GANTRY_SLOT(gantry_volume, unmount),      GANTRY_SLOT(gantry_volume, path),
            GANTRY_SLOT(gantry_volume, get),          GANTRY_SLOT(gantry_volume, list)};
  if (id == GANTRY_KIND_LOGGING)
    return {GANTRY_SLOT(gantry_logging, check), GANTRY_SLOT(gantry_logging, open),
            GANTRY_SLOT(gantry_logging, write), GANTRY_SLOT(gantry_logging, close)};
  if (id == GANTRY_EXT_EXEC)
    return {GANTRY_SLOT(gantry_ext_exec, start), GANTRY_SLOT(gantry_ext_exec, resize),
            GANTRY_SLOT(gantry_ext_exec, signal), GANTRY_SLOT(gantry_ext_exec, list)};
  if (id == GANTRY_EXT_ROOTFS)
    return {
        GANTRY_SLOT(gantry_ext_rootfs, layer_unpack), GANTRY_SLOT(gantry_ext_rootfs, layer_stat),
        GANTRY_SLOT(gantry_ext_rootfs, layer_remove), GANTRY_SLOT(gantry_ext_rootfs, layer_list),
        GANTRY_SLOT(gantry_ext_rootfs, create),       GANTRY_SLOT(gantry_ext_rootfs, remove),
        GANTRY_SLOT(gantry_ext_rootfs, usage),        GANTRY_SLOT(gantry_ext_rootfs, list),
        GANTRY_SLOT(gantry_ext_rootfs, read_file),    GANTRY_SLOT(gantry_ext_rootfs, describe)};
  if (id == GANTRY_EXT_NETWORK)
    return {GANTRY_SLOT(gantry_ext_network, network_up),
            GANTRY_SLOT(gantry_ext_network, network_down),
            GANTRY_SLOT(gantry_ext_network, used_subnets),
            GANTRY_SLOT(gantry_ext_network, sandbox_up),
            GANTRY_SLOT(gantry_ext_network, sandbox_down),
            GANTRY_SLOT(gantry_ext_network, endpoint_up),
            GANTRY_SLOT(gantry_ext_network, endpoint_down)};
  if (id == GANTRY_EXT_SOCKETS) return {GANTRY_SLOT(gantry_ext_sockets, open)};
  if (id == GANTRY_EXT_RESOLVER) return {GANTRY_SLOT(gantry_ext_resolver, serve)};
  if (id == GANTRY_EXT_VOLUME_DRIVERS)
    return {GANTRY_SLOT(gantry_ext_volume_drivers, resolve),
            GANTRY_SLOT(gantry_ext_volume_drivers, names)};
  if (id == GANTRY_EXT_ARCHIVE) return {GANTRY_SLOT(gantry_ext_archive, export_root)};
  if (id == GANTRY_EXT_STATS) return {GANTRY_SLOT(gantry_ext_stats, sample)};
  if (id == GANTRY_EXT_UPDATE) return {GANTRY_SLOT(gantry_ext_update, update)};
  if (id == GANTRY_EXT_TOP) return {GANTRY_SLOT(gantry_ext_top, pids)};
  if (id == GANTRY_EXT_PAUSE)
    return {GANTRY_SLOT(gantry_ext_pause, pause), GANTRY_SLOT(gantry_ext_pause, resume)};
#undef GANTRY_SLOT
  return {};
}

/// The extensions of `kind` that this host knows.
inline std::vector<const char*> extensions_of(const std::string& kind) {
  if (kind == GANTRY_KIND_NETWORK) return {GANTRY_EXT_RESOLVER};
  if (kind == GANTRY_KIND_VOLUME) return {GANTRY_EXT_VOLUME_DRIVERS};
  if (kind != GANTRY_KIND_RUNTIME) return {};
  return {GANTRY_EXT_EXEC,    GANTRY_EXT_ROOTFS, GANTRY_EXT_NETWORK,
          GANTRY_EXT_ARCHIVE, GANTRY_EXT_TOP,    GANTRY_EXT_PAUSE,
          GANTRY_EXT_SOCKETS, GANTRY_EXT_STATS,  GANTRY_EXT_UPDATE};
}

/// `table` begins with its uint32_t size; all slots must lie inside it and be set.
inline std::string check_slots(const std::string& what, const void* table,
                               const std::vector<Slot>& slots) {
  std::uint32_t size = 0;
  std::memcpy(&size, table, sizeof size);
  std::size_t needed = sizeof size;
  for (const Slot& slot : slots)
    if (slot.offset + sizeof(Function) > needed) needed = slot.offset + sizeof(Function);
  if (size < needed)
    return what + " is too short: " + std::to_string(size) + " bytes, " + std::to_string(needed) +
           " are required";
  for (const Slot& slot : slots) {
    Function function = nullptr;
    std::memcpy(&function, static_cast<const char*>(table) + slot.offset, sizeof function);
    if (!function) return what + " misses the function \"" + slot.name + "\"";
  }
  return {};
}

/// False: the symbol is no entry, and must not be read as one (it is a function, say).
inline bool is_aligned(const void* symbol) {
  return reinterpret_cast<std::uintptr_t>(symbol) % alignof(gantry_plugin_entry_v1) == 0;
}

/// Runs before any function of the library: only `size` and `abi_major` are read until they are
/// known to be ours.
inline std::string check_entry(const gantry_plugin_entry_v1* entry) {
  constexpr std::uint32_t kLargest = 4096;  // beyond: the symbol is something else
  constexpr std::size_t kHead = offsetof(gantry_plugin_entry_v1, abi_major) + sizeof(std::uint32_t);
  if (entry->size < kHead || entry->size > kLargest)
    return "entry has an impossible size: " + std::to_string(entry->size) + " bytes";
  if (entry->abi_major != GANTRY_ABI_MAJOR)
    return "abi major " + std::to_string(entry->abi_major) + " is not supported (this host has " +
           std::to_string(GANTRY_ABI_MAJOR) + ")";
  return check_slots("entry", entry,
                     {{"count", offsetof(gantry_plugin_entry_v1, count)},
                      {"describe", offsetof(gantry_plugin_entry_v1, describe)},
                      {"create", offsetof(gantry_plugin_entry_v1, create)}});
}

struct Described {
  std::uint32_t index = 0;
  std::string id, kind, version, description;
};

namespace detail {

inline std::string what_of_current_exception() {
  try {
    throw;
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an unknown exception";
  }
}

inline bool is_id(const std::string& id) {
  for (const char c : id)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  return !id.empty();
}

inline std::string read_text(const char* text, const std::string& what, std::string& out) {
  constexpr std::size_t kLongest = 256;
  if (!text) return what + " is NULL";
  std::size_t n = 0;
  while (n <= kLongest && text[n] != '\0') ++n;
  if (n > kLongest) return what + " is longer than " + std::to_string(kLongest) + " bytes";
  out.assign(text, n);
  return {};
}

inline std::string describe_one(const gantry_plugin_entry_v1* entry, std::uint32_t index,
                                Described& out) {
  const std::string what = "describe(" + std::to_string(index) + ")";
  const gantry_plugin_info* info = nullptr;
  try {
    info = entry->describe(index);
  } catch (...) {
    return what + " threw: " + what_of_current_exception();
  }
  if (!info) return what + " gave NULL";
  if (!GANTRY_HAS(info, gantry_plugin_info, description))
    return what + " is too short: " + std::to_string(info->size) + " bytes";
  out.index = index;
  std::string fault = read_text(info->id, what + ".id", out.id);
  if (fault.empty()) fault = read_text(info->kind, what + ".kind", out.kind);
  if (fault.empty()) fault = read_text(info->version, what + ".version", out.version);
  if (fault.empty()) fault = read_text(info->description, what + ".description", out.description);
  if (fault.empty() && !is_id(out.id))
    fault = what + ".id \"" + out.id + "\" is invalid: only a-z, 0-9 and - are allowed";
  return fault;
}

}  // namespace detail

/// Runs count() and describe() of an entry that passed check_entry().
inline std::string describe_all(const gantry_plugin_entry_v1* entry, std::vector<Described>& out) {
  constexpr std::uint32_t kMost = 64;
  std::uint32_t count = 0;
  try {
    count = entry->count();
  } catch (...) {
    return "count() threw: " + detail::what_of_current_exception();
  }
  if (count == 0 || count > kMost)
    return "count() gave " + std::to_string(count) + ", must be 1 to " + std::to_string(kMost);
  for (std::uint32_t i = 0; i < count; ++i) {
    Described plugin;
    const std::string fault = detail::describe_one(entry, i, plugin);
    if (!fault.empty()) return fault;
    for (const Described& other : out)
      if (other.id == plugin.id) return "describes the id \"" + plugin.id + "\" twice";
    out.push_back(plugin);
  }
  return {};
}

/// A created plugin: its struct, its table and those extensions of its kind that it has.
inline std::string check_plugin(const gantry_plugin& plugin, const std::string& kind) {
  const auto slots = slots_of(kind);
  if (slots.empty()) return "kind \"" + kind + "\" is not known to this host";
  if (!GANTRY_HAS(&plugin, gantry_plugin, destroy)) return "create gave a short plugin struct";
  if (!plugin.table) return "create gave no table";
  if (!plugin.destroy) return "create gave no destroy function";
  std::string fault = check_slots("table of " + kind, plugin.table, slots);
  if (!fault.empty() || !plugin.extension) return fault;
  for (const char* id : extensions_of(kind)) {
    const void* table = nullptr;
    try {
      table = plugin.extension(plugin.self, id);
    } catch (...) {
      return "extension() threw: " + detail::what_of_current_exception();
    }
    if (table) fault = check_slots("extension " + std::string(id), table, slots_of(id));
    if (!fault.empty()) return fault;
  }
  return {};
}

}  // namespace gantry::sdk::gate

#endif
