#include "core/pluginhost/plugin_host.hpp"

#include <gantry/abi.h>

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/slow_notice.hpp"
#include "core/pluginhost/abi_call.hpp"
#include "core/pluginhost/adapters.hpp"
#include "core/pluginhost/driver_source.hpp"
#include "core/pluginhost/host_services.hpp"
#include "core/pluginhost/library.hpp"
#include "core/pluginhost/plugin_files.hpp"
#include "core/pluginhost/plugin_kinds.hpp"

namespace gantry::pluginhost {

namespace {

/// A plugin that lives; destroys it and closes its services.
struct Loaded {
  std::string id, kind;
  gantry_plugin plugin;
  std::unique_ptr<HostServices> services;

  Loaded(const Described& described, gantry_plugin created, std::unique_ptr<HostServices> host)
      : id(described.id), kind(described.kind), plugin(created), services(std::move(host)) {}
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;
  ~Loaded() {
    try {
      plugin.destroy(plugin.self);
    } catch (...) {
      log::error("plugin " + id + " threw in destroy");
    }
    services->close();
    HostServices::park(std::move(services));
  }
};

/// A log driver, loaded when it is first asked for; the others must not wait for its create().
struct LateDriver {
  std::mutex loading;
  std::unique_ptr<LogDriver> adapter;
};

PluginReport report_of(const Library& library, const Described& plugin) {
  return {plugin.id, plugin.kind, plugin.version, plugin.description, library.file(), ""};
}

std::string wrong_kind(const std::string& kind, const std::string& wanted) {
  return "is of kind " + kind + ", not " + wanted;
}

}  // namespace

struct PluginHost::Impl {
  HostOptions options;
  std::mutex late;  // guards all below, once threads run; no create() under it
  std::map<std::string, bool> elsewhere;  // ids without a file of their name → a log driver
  std::vector<PluginReport> reports;
  std::vector<std::unique_ptr<Loaded>> loaded;
  std::unique_ptr<Runtime> runtime;
  std::unique_ptr<NameService> name_service;
  std::vector<std::unique_ptr<Volume>> volumes;
  std::vector<std::unique_ptr<DriverSource>> sources;
  std::map<std::string, LateDriver> log_drivers;  // by name; none is erased

  /// The library that carries `id`: the file of that name, else the first that describes it.
  Library open(const std::string& id) const {
    if (const auto file = find_plugin_file(options.directories, id)) {
      Library library(*file);
      if (library.find(id)) return library;
      std::string carried;
      for (const auto& plugin : library.plugins()) carried += " \"" + plugin.id + "\"";
      throw Error(Errc::unavailable, "is not in " + file->string() + ", which carries" + carried);
    }
    std::string searched;
    for (const auto& directory : options.directories)
      searched.append(" ").append(directory.string());
    for (const auto& file : plugin_files(options.directories)) {
      try {
        Library library(file);
        if (library.find(id)) return library;
      } catch (const Error&) {
        // A faulty library beside the one we look for is not what was asked for.
      }
    }
    throw Error(Errc::unavailable,
                "is not found in" + (searched.empty() ? " any directory: none is set" : searched));
  }

  /// As far as can be told without loading a library that is where it should be.
  bool may_be_log_driver(const std::string& id) {
    for (const auto& report : reports)
      if (report.id == id && !report.error.empty()) return false;
    for (const auto& other : loaded)
      if (other->id == id) return other->kind == GANTRY_KIND_LOGGING;
    if (find_plugin_file(options.directories, id)) return true;
    // In a library of another name: all are opened for that, once.
    const auto [known, fresh] = elsewhere.try_emplace(id, false);
    if (!fresh) return known->second;
    try {
      known->second = open(id).find(id)->kind == GANTRY_KIND_LOGGING;
    } catch (const Error&) {
      // There is none.
    }
    return known->second;
  }

  /// Loads, gates and creates; the report says what happened either way.
  Loaded& load(const std::string& id, const char* kind) {
    PluginReport report;
    report.id = id;
    report.kind = kind;
    std::unique_ptr<Loaded> plugin;
    try {
      check_unused(id, kind);
      if (const auto file = find_plugin_file(options.directories, id)) report.file = *file;
      const Library library = open(id);
      const Described& described = *library.find(id);
      report = report_of(library, described);
      if (described.kind != kind) throw Error(Errc::unavailable, wrong_kind(described.kind, kind));
      auto services = std::make_unique<HostServices>(id, options);
      gantry_plugin created{};
      try {
        const SlowNotice notice("plugin " + id + " of " + report.file.string() +
                                " does not come up: its create() has not returned");
        created = library.create(described, services->host());
      } catch (...) {
        services->close();
        HostServices::park(std::move(services));  // create may have left a thread behind
        throw;
      }
      plugin = std::make_unique<Loaded>(described, created, std::move(services));
    } catch (const std::exception& e) {
      fail(std::move(report), e.what());
    }
    log::debug("plugin " + id + " loaded from " + report.file.string());
    const std::lock_guard lock(late);
    reports.push_back(std::move(report));
    return *loaded.emplace_back(std::move(plugin));
  }

  void check_unused(const std::string& id, const std::string& kind) {
    const std::lock_guard lock(late);
    for (const auto& other : loaded)
      if (other->id == id)
        throw Error(Errc::unavailable, other->kind == kind ? "the id is already in use"
                                                           : wrong_kind(other->kind, kind));
  }

  [[noreturn]] void fail(PluginReport report, const std::string& what) {
    report.error = what;
    const std::string message = "plugin \"" + report.id + "\": " + what;
    const std::lock_guard lock(late);
    reports.push_back(std::move(report));
    throw Error(Errc::unavailable, message);
  }

  /// It is tried again: only the last failure is reported.
  void forget_failure(const std::string& id) {
    const std::lock_guard lock(late);
    std::erase_if(reports, [&](const auto& old) { return old.id == id; });
  }

  LateDriver& log_driver(const std::string& name) {
    const std::lock_guard lock(late);
    return log_drivers[name];
  }
};

PluginHost::PluginHost(HostOptions options) : impl_(std::make_unique<Impl>()) {
  impl_->options = std::move(options);
}

PluginHost::~PluginHost() {
  impl_->log_drivers.clear();
  impl_->sources.clear();
  impl_->volumes.clear();
  impl_->name_service.reset();
  impl_->runtime.reset();
  while (!impl_->loaded.empty()) impl_->loaded.pop_back();  // last created first
}

Runtime& PluginHost::load_runtime(const std::string& id) {
  Loaded& loaded = impl_->load(id, GANTRY_KIND_RUNTIME);
  impl_->runtime = adapt_runtime(id, loaded.plugin, loaded.services->events());
  return *impl_->runtime;
}

NameService& PluginHost::load_name_service(const std::string& id) {
  Loaded& loaded = impl_->load(id, GANTRY_KIND_NETWORK);
  impl_->name_service = adapt_name_service(id, loaded.plugin);
  return *impl_->name_service;
}

void PluginHost::load_volumes(const std::vector<std::string>& ids) {
  for (const auto& id : ids) {
    try {
      // "volume-x" and "x" would both be the driver "x"; which one users meant is not ours to
      // guess.
      for (const auto& other : impl_->volumes)
        if (other->driver() == driver_name(id, GANTRY_KIND_VOLUME))
          impl_->fail({id, GANTRY_KIND_VOLUME, "", "", "", ""},
                      "the volume driver name \"" + other->driver() + "\" is already in use");
      const gantry_plugin& plugin = impl_->load(id, GANTRY_KIND_VOLUME).plugin;
      if (auto source = DriverSource::of(id, plugin))
        impl_->sources.push_back(std::move(source));
      else
        impl_->volumes.push_back(adapt_volume(id, plugin));
    } catch (const Error& e) {
      log::error(std::string(e.what()) + "; the driver is left out");
    }
  }
}

Volume& PluginHost::get_volume(const std::string& driver, const Op& op) {
  for (const auto& volume : impl_->volumes)
    if (volume->driver() == driver) return *volume;
  std::string why = "plugin \"" + driver + "\" not found";
  for (const auto& source : impl_->sources) {
    try {
      return source->get(driver, op);
    } catch (const Error& e) {
      if (e.code() != Errc::not_found) throw;
      why = e.what();
    }
  }
  throw Error(Errc::not_found, why);
}

std::vector<Volume*> PluginHost::volumes() {
  std::vector<Volume*> volumes;
  for (const auto& volume : impl_->volumes) volumes.push_back(volume.get());
  return volumes;
}

std::vector<std::string> PluginHost::found_drivers() {
  std::vector<std::string> names;
  for (const auto& source : impl_->sources) {
    try {
      for (std::string& name : source->names()) {
        const bool hidden = std::any_of(impl_->volumes.begin(), impl_->volumes.end(),
                                        [&](const auto& own) { return own->driver() == name; });
        if (!hidden && std::find(names.begin(), names.end(), name) == names.end())
          names.push_back(std::move(name));
      }
    } catch (const Error& e) {
      log::warn(std::string("volume drivers: ") + e.what());
    }
  }
  return names;
}

LogDriver& PluginHost::get_log_driver(const std::string& driver) {
  const auto& ids = impl_->options.log_plugins;
  const auto id = std::ranges::find_if(
      ids, [&](const auto& each) { return driver_name(each, GANTRY_KIND_LOGGING) == driver; });
  if (id == ids.end()) throw Error(Errc::not_found, "plugin \"" + driver + "\" not found");
  LateDriver& late = impl_->log_driver(driver);
  const std::lock_guard lock(late.loading);
  if (!late.adapter) {
    impl_->forget_failure(*id);
    late.adapter = adapt_log_driver(*id, impl_->load(*id, GANTRY_KIND_LOGGING).plugin);
  }
  return *late.adapter;
}

std::vector<std::string> PluginHost::log_drivers() const {
  std::vector<std::string> names;
  for (const auto& id : impl_->options.log_plugins)
    names.push_back(driver_name(id, GANTRY_KIND_LOGGING));
  return names;
}

std::vector<std::string> PluginHost::usable_log_drivers() const {
  const std::lock_guard lock(impl_->late);
  std::vector<std::string> names;
  for (const auto& id : impl_->options.log_plugins)
    if (impl_->may_be_log_driver(id)) names.push_back(driver_name(id, GANTRY_KIND_LOGGING));
  return names;
}

std::vector<std::string> PluginHost::missing_log_plugins() const {
  const std::lock_guard lock(impl_->late);
  std::vector<std::string> ids = impl_->options.log_plugins;
  std::erase_if(ids, [&](const std::string& id) { return impl_->may_be_log_driver(id); });
  return ids;
}

std::vector<PluginReport> PluginHost::reports() const {
  const std::lock_guard lock(impl_->late);
  return impl_->reports;
}

std::vector<PluginReport> PluginHost::scan(const std::vector<std::filesystem::path>& directories) {
  std::vector<PluginReport> reports;
  for (const auto& file : plugin_files(directories)) {
    try {
      const Library library(file);
      for (const auto& plugin : library.plugins()) {
        PluginReport report = report_of(library, plugin);
        const auto first = std::find_if(reports.begin(), reports.end(), [&](const auto& other) {
          return other.id == plugin.id && other.error.empty();
        });
        if (first != reports.end())
          report.error =
              "the id \"" + plugin.id + "\" is already in use by " + first->file.string();
        reports.push_back(std::move(report));
      }
    } catch (const std::exception& e) {
      std::string id = file.stem().string();
      if (id.starts_with("lib")) id.erase(0, 3);
      reports.push_back({id, "", "", "", file, e.what()});
    }
  }
  return reports;
}

}  // namespace gantry::pluginhost
