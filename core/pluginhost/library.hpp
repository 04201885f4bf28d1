// One plugin library: loaded with Boost.DLL (RTLD_NOW|RTLD_LOCAL) and never unloaded, because
// threads, thread-local destructors and handed-out pointers of a plugin may outlive any moment we
// could choose. The entry's size and major version are checked before count() or describe() run
// (gantry/cpp/gate.hpp); what a library does in its static initialisers happens earlier, inside
// dlopen. Used by the thread that loads plugins. Every fault is Error{unavailable} with one named
// error.
#pragma once

#include <filesystem>
#include <gantry/cpp/gate.hpp>
#include <string>
#include <vector>

namespace gantry::pluginhost {

using Described = sdk::gate::Described;

class Library {
 public:
  /// Loads and gates; `file` should be absolute.
  explicit Library(const std::filesystem::path& file);

  const std::filesystem::path& file() const { return file_; }
  const std::vector<Described>& plugins() const { return plugins_; }
  /// nullptr when the library carries no such plugin.
  const Described* find(const std::string& id) const;
  /// Makes the plugin and checks its table and those extensions that the host uses.
  gantry_plugin create(const Described& plugin, const gantry_host* host) const;

 private:
  std::filesystem::path file_;
  const gantry_plugin_entry_v1* entry_ = nullptr;
  std::vector<Described> plugins_;
};

}  // namespace gantry::pluginhost
