#include "core/pluginhost/host_services.hpp"

#include <cstring>
#include <mutex>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/log.hpp"
#include "core/pluginhost/abi_call.hpp"

namespace gantry::pluginhost {

namespace {

std::string make_directory(const std::filesystem::path& parent, const std::string& plugin) {
  if (parent.empty()) throw Error(Errc::invalid, "no directory for plugin " + plugin);
  const auto path = parent / plugin;
  file::make_directories(path, 0700);
  return path.string();
}

}  // namespace

HostServices::HostServices(const std::string& plugin, const HostOptions& options)
    : plugin_(plugin),
      state_dir_(make_directory(options.state_dir, plugin)),
      run_dir_(make_directory(options.run_dir, plugin)),
      config_("{}"),
      events_(plugin),
      on_event_(options.on_event),
      replace_guest_file_(options.replace_guest_file),
      read_guest_file_(options.read_guest_file),
      guest_files_{sizeof(gantry_host_guest_files), 0, &HostServices::replace_guest_file},
      guest_files_read_{sizeof(gantry_host_guest_files_read), 0, &HostServices::read_guest_file},
      host_{sizeof(gantry_host), GANTRY_ABI_MINOR,     this,
            state_dir_.c_str(),  run_dir_.c_str(),     {},
            &HostServices::log,  &HostServices::event, &HostServices::extension} {
  if (const auto it = options.configs.find(plugin); it != options.configs.end())
    config_ = it->second;
  host_.config = as_bytes(config_);
}

void HostServices::close() {
  const std::unique_lock lock(open_);
  on_event_ = nullptr;
  replace_guest_file_ = nullptr;
  read_guest_file_ = nullptr;
}

void HostServices::park(std::unique_ptr<HostServices> services) {
  static std::mutex mutex;
  // Never destroyed: plugin threads may run until the very end of the process.
  static auto& parked = *std::make_unique<std::vector<std::unique_ptr<HostServices>>>().release();
  const std::lock_guard lock(mutex);
  parked.push_back(std::move(services));
}

void HostServices::log(void* ctx, std::int32_t level, const char* message) {
  try {
    const HostServices& self = *static_cast<HostServices*>(ctx);
    const auto severity = level <= GANTRY_LOG_DEBUG  ? log::Level::debug
                          : level == GANTRY_LOG_INFO ? log::Level::info
                          : level == GANTRY_LOG_WARN ? log::Level::warn
                                                     : log::Level::error;
    if (!log::enabled(severity)) return;
    log::write(severity, self.plugin_ + ": " + (message ? message : "(null)"));
  } catch (...) {
    // Out of memory while logging: the line is lost, the plugin goes on.
  }
}

void HostServices::event(void* ctx, const gantry_event* event) {
  HostServices& self = *static_cast<HostServices*>(ctx);
  try {
    PluginEvent fact;
    if (!self.events_.admit(event, fact)) return;
    const std::shared_lock lock(self.open_);
    if (self.on_event_) self.on_event_(std::move(fact));
  } catch (const std::exception& e) {
    log::error("plugin " + self.plugin_ + ": event was not taken: " + e.what());
  } catch (...) {
    log::error("plugin " + self.plugin_ + ": event was not taken");
  }
}

const void* HostServices::extension(void* ctx, const char* id) {
  HostServices& self = *static_cast<HostServices*>(ctx);
  if (id && std::strcmp(id, GANTRY_HOST_GUEST_FILES) == 0) return &self.guest_files_;
  if (id && std::strcmp(id, GANTRY_HOST_GUEST_FILES_READ) == 0) return &self.guest_files_read_;
  return nullptr;
}

namespace {

/// Runs a call of a plugin into the host; nothing that it throws gets out.
template <class Work>
gantry_status answer(gantry_error* err, Work work) {
  try {
    work();
    return GANTRY_OK;
  } catch (const Error& e) {
    fill_error(err, to_status(e.code()), e.os_errno(), e.what());
    return to_status(e.code());
  } catch (const std::exception& e) {
    fill_error(err, GANTRY_INTERNAL, 0, e.what());
    return GANTRY_INTERNAL;
  } catch (...) {
    fill_error(err, GANTRY_INTERNAL, 0, "guest file: unknown failure");
    return GANTRY_INTERNAL;
  }
}

}  // namespace

gantry_status HostServices::replace_guest_file(void* ctx, const char* container_id,
                                               const char* path, gantry_bytes content,
                                               gantry_error* err) {
  HostServices& self = *static_cast<HostServices*>(ctx);
  return answer(err, [&] {
    if (!container_id || !path || (!content.data && content.size != 0))
      throw Error(Errc::invalid, "guest file: a required argument is NULL");
    const std::shared_lock lock(self.open_);
    if (!self.replace_guest_file_)
      throw Error(Errc::unsupported, "this host does not replace guest files");
    self.replace_guest_file_(
        container_id, path, content.size ? std::string(content.data, content.size) : std::string());
  });
}

gantry_status HostServices::read_guest_file(void* ctx, const char* container_id, const char* path,
                                            const gantry_sink* out, gantry_error* err) {
  HostServices& self = *static_cast<HostServices*>(ctx);
  return answer(err, [&] {
    if (!container_id || !path || !out)
      throw Error(Errc::invalid, "guest file: a required argument is NULL");
    const std::shared_lock lock(self.open_);
    if (!self.read_guest_file_)
      throw Error(Errc::unsupported, "this host does not show guest files");
    const std::string content = self.read_guest_file_(container_id, path);
    out->write(out->ctx, content.data(), content.size());
  });
}

}  // namespace gantry::pluginhost
