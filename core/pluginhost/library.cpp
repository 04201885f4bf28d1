#include "core/pluginhost/library.hpp"

#define BOOST_DLL_USE_STD_FS
#include <dlfcn.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <string_view>

#include "core/base/error.hpp"
#include "core/pluginhost/abi_call.hpp"

namespace gantry::pluginhost {

namespace {

[[noreturn]] void refuse(const std::string& fault) { throw Error(Errc::unavailable, fault); }

void refuse_if(const std::string& fault) {
  if (!fault.empty()) refuse(fault);
}

/// Boost wraps the useful part: "… failed (dlerror system message: <it>): Bad file descriptor".
std::string words_of_dlerror(const std::string& text) {
  constexpr std::string_view kBefore = "dlerror system message: ";
  const auto begin = text.find(kBefore);
  const auto end = text.rfind("): ");
  if (begin == std::string::npos || end == std::string::npos || end < begin) return text;
  return text.substr(begin + kBefore.size(), end - begin - kBefore.size());
}

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
    refuse("cannot be loaded: " + words_of_dlerror(e.what()));
  }
  if (!library.has(GANTRY_ENTRY_SYMBOL))
    refuse("is not a Gantry plugin: it has no symbol " GANTRY_ENTRY_SYMBOL);
  const void* entry = &library.get<const char>(GANTRY_ENTRY_SYMBOL);
  if (!sdk::gate::is_aligned(entry))
    refuse("is not a Gantry plugin: the symbol " GANTRY_ENTRY_SYMBOL " is something else");
  return static_cast<const gantry_plugin_entry_v1*>(entry);
}

}  // namespace

Library::Library(const std::filesystem::path& file) : file_(file), entry_(load_entry(file)) {
  refuse_if(sdk::gate::check_entry(entry_));
  refuse_if(sdk::gate::describe_all(entry_, plugins_));
}

const Described* Library::find(const std::string& id) const {
  const auto it = std::find_if(plugins_.begin(), plugins_.end(),
                               [&](const Described& plugin) { return plugin.id == id; });
  return it == plugins_.end() ? nullptr : &*it;
}

gantry_plugin Library::create(const Described& described, const gantry_host* host) const {
  if (sdk::gate::slots_of(described.kind).empty())
    refuse("kind \"" + described.kind + "\" is not known to this host");
  gantry_plugin plugin{};
  plugin.size = sizeof plugin;
  gantry_error error = blank_error();
  gantry_status status = GANTRY_INTERNAL;
  try {
    status = entry_->create(described.index, host, &plugin, &error);
  } catch (const std::exception& e) {
    refuse(std::string("create threw: ") + e.what());
  } catch (...) {
    refuse("create threw an unknown exception");
  }
  if (status != GANTRY_OK) {
    error.message[sizeof error.message - 1] = '\0';  // whatever the plugin did
    refuse(error.message[0] != '\0'
               ? std::string("create failed: ") + error.message
               : "create failed with status " + std::to_string(status) + " and no message");
  }
  refuse_if(sdk::gate::check_plugin(plugin, described.kind));
  return plugin;
}

}  // namespace gantry::pluginhost
