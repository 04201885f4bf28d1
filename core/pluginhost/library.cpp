#include "core/pluginhost/library.hpp"

#define BOOST_DLL_USE_STD_FS
#include <dlfcn.h>
#include <gantry/ext/archive.h>
#include <gantry/ext/exec.h>
#include <gantry/ext/network.h>
#include <gantry/ext/pause.h>
#include <gantry/ext/rootfs.h>
#include <gantry/ext/top.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <cstring>

#include "core/base/error.hpp"
#include "core/pluginhost/abi_call.hpp"
#include "core/pluginhost/table_gate.hpp"

namespace gantry::pluginhost {

namespace {

constexpr std::uint32_t kMaxPlugins = 64;      // in one library
constexpr std::uint32_t kMaxEntrySize = 4096;  // beyond: the symbol is not our struct
constexpr size_t kMaxText = 256;

[[noreturn]] void refuse(const std::string& what) { throw Error(Errc::unavailable, what); }

const gantry_plugin_entry_v1* load_entry(const std::filesystem::path& file) {
  namespace dll = boost::dll;
  // The flags reach dlopen unchanged; without search_system_folders and append_decorations the path
  // is taken as it is. NODELETE keeps the library when the shared_library object goes.
  const auto mode = dll::load_mode::rtld_now | dll::load_mode::rtld_local |
                    static_cast<dll::load_mode::type>(RTLD_NODELETE);
  dll::shared_library library;
  try {
    library.load(file, mode);
  } catch (const std::exception& e) {
    // The exception's text is generic; dlerror's own names the file and the missing symbol or
    // library.
    std::string why = e.what();
    const auto at = why.find(file.string());
    refuse("cannot be loaded: " + (at == std::string::npos ? why : why.substr(at)));
  }
  if (!library.has(GANTRY_ENTRY_SYMBOL))
    refuse("is not a Gantry plugin: it has no symbol " GANTRY_ENTRY_SYMBOL);
  return &library.get<const gantry_plugin_entry_v1>(GANTRY_ENTRY_SYMBOL);
}

constexpr Slot kEntrySlots[] = {{"count", offsetof(gantry_plugin_entry_v1, count)},
                                {"describe", offsetof(gantry_plugin_entry_v1, describe)},
                                {"create", offsetof(gantry_plugin_entry_v1, create)}};

void gate_entry(const gantry_plugin_entry_v1* entry) {
  // Only `size` and `abi_major` are read before they are known to be ours.
  constexpr auto kHead = offsetof(gantry_plugin_entry_v1, abi_major) + sizeof entry->abi_major;
  if (entry->size < kHead || entry->size > kMaxEntrySize)
    refuse("entry has an impossible size: " + std::to_string(entry->size) + " bytes");
  if (entry->abi_major != GANTRY_ABI_MAJOR)
    refuse("abi major " + std::to_string(entry->abi_major) + " is not supported (this host has " +
           std::to_string(GANTRY_ABI_MAJOR) + ")");
  check_slots("entry", entry, kEntrySlots);
}

std::string text_of(const char* text, const std::string& what) {
  if (!text) refuse(what + " is NULL");
  const size_t n = ::strnlen(text, kMaxText + 1);
  if (n > kMaxText) refuse(what + " is longer than " + std::to_string(kMaxText) + " bytes");
  return std::string(text, n);
}

bool is_valid_id(const std::string& id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

Library::Library(const std::filesystem::path& file) : file_(file), entry_(load_entry(file)) {
  gate_entry(entry_);
  std::uint32_t count = 0;
  try {
    count = entry_->count();
  } catch (...) {
    throw_escaped(file.filename().string(), "count");
  }
  if (count == 0 || count > kMaxPlugins)
    refuse("count() gave " + std::to_string(count) + ", must be 1 to " +
           std::to_string(kMaxPlugins));
  for (std::uint32_t i = 0; i < count; ++i) {
    Described plugin = describe(i);
    if (find(plugin.id)) refuse("describes the id \"" + plugin.id + "\" twice");
    plugins_.push_back(std::move(plugin));
  }
}

Described Library::describe(std::uint32_t index) const {
  const std::string what = "describe(" + std::to_string(index) + ")";
  const gantry_plugin_info* info = nullptr;
  try {
    info = entry_->describe(index);
  } catch (...) {
    throw_escaped(file_.filename().string(), "describe");
  }
  if (!info) refuse(what + " gave NULL");
  if (!GANTRY_HAS(info, gantry_plugin_info, description))
    refuse(what + " is too short: " + std::to_string(info->size) + " bytes");
  Described plugin;
  plugin.index = index;
  plugin.id = text_of(info->id, what + ".id");
  plugin.kind = text_of(info->kind, what + ".kind");
  plugin.version = text_of(info->version, what + ".version");
  plugin.description = text_of(info->description, what + ".description");
  if (!is_valid_id(plugin.id))
    refuse(what + ".id \"" + plugin.id + "\" is invalid: only a-z, 0-9 and - are allowed");
  return plugin;
}

const Described* Library::find(const std::string& id) const {
  const auto it = std::find_if(plugins_.begin(), plugins_.end(),
                               [&](const Described& plugin) { return plugin.id == id; });
  return it == plugins_.end() ? nullptr : &*it;
}

gantry_plugin Library::create(const Described& described, const gantry_host* host) const {
  if (!is_known_kind(described.kind))
    refuse("kind \"" + described.kind + "\" is not known to this host");
  gantry_plugin plugin{};
  plugin.size = sizeof plugin;
  try {
    gantry_error error = blank_error();
    const gantry_status status = entry_->create(described.index, host, &plugin, &error);
    if (status != GANTRY_OK) throw_status(described.id, "create", status, error);
  } catch (const Error& e) {
    refuse(std::string("create failed: ") + e.what());
  } catch (const std::exception& e) {
    refuse(std::string("create threw: ") + e.what());
  } catch (...) {
    refuse("create threw an unknown exception");
  }
  if (!GANTRY_HAS(&plugin, gantry_plugin, destroy)) refuse("create gave a short plugin struct");
  if (!plugin.table) refuse("create gave no table");
  if (!plugin.destroy) refuse("create gave no destroy function");
  check_slots("table of " + described.kind, plugin.table, slots_of_kind(described.kind));
  if (plugin.extension && described.kind == GANTRY_KIND_RUNTIME) {
    for (const char* id : {GANTRY_EXT_EXEC, GANTRY_EXT_ROOTFS, GANTRY_EXT_NETWORK,
                           GANTRY_EXT_ARCHIVE, GANTRY_EXT_TOP, GANTRY_EXT_PAUSE}) {
      const void* table = nullptr;
      try {
        table = plugin.extension(plugin.self, id);
      } catch (...) {
        throw_escaped(described.id, "extension");
      }
      if (table) check_slots("extension " + std::string(id), table, slots_of_extension(id));
    }
  }
  return plugin;
}

}  // namespace gantry::pluginhost
