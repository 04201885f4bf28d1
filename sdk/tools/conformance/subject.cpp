#include "conformance/subject.hpp"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "conformance/calls.hpp"
#include "conformance/report.hpp"
#include "conformance/under_way.hpp"

namespace conformance {

namespace gate = gantry::sdk::gate;

Library::Library(const std::string& file) {
  void* handle = nullptr;
  {
    const UnderWay under_way("dlopen");
    handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  }
  if (!handle) throw Failure(std::string("cannot be loaded: ") + ::dlerror());
  const void* symbol = ::dlsym(handle, GANTRY_ENTRY_SYMBOL);
  if (!symbol) throw Failure("is not a Gantry plugin: it has no symbol " GANTRY_ENTRY_SYMBOL);
  if (!gate::is_aligned(symbol))
    throw Failure("is not a Gantry plugin: the symbol " GANTRY_ENTRY_SYMBOL " is something else");
  entry = static_cast<const gantry_plugin_entry_v1*>(symbol);
  std::string fault = gate::check_entry(entry);
  const UnderWay under_way("describe");
  if (fault.empty()) fault = gate::describe_all(entry, plugins);
  if (!fault.empty()) throw Failure(fault);
}

Subject::Subject(const Library& library, gate::Described described, const Settings& settings)
    : library_(library), described_(std::move(described)), settings_(settings) {
  std::string path = (std::filesystem::temp_directory_path() / "gpcXXXXXX").string();
  if (!::mkdtemp(path.data())) throw Failure("cannot make a temporary directory");
  directory_ = path;
  state_dir_ = directory_ + "/state";
  run_dir_ = directory_ + "/run";
  scratch_ = directory_ + "/scratch";
  for (const auto& name : {state_dir_, run_dir_, scratch_}) {
    std::filesystem::create_directory(name);
    std::filesystem::permissions(name, std::filesystem::perms::owner_all);
  }
  guest_files_ = {sizeof guest_files_, 0, &Subject::replace};
  guest_files_read_ = {sizeof guest_files_read_, 0, &Subject::read};
  host_ = {sizeof host_,       GANTRY_ABI_MINOR, this,
           state_dir_.c_str(), run_dir_.c_str(), bytes(settings_.config),
           &Subject::log,      &Subject::event,  &Subject::extension};
}

Subject::~Subject() {
  if (created_) {
    try {
      destroy();
    } catch (const std::exception& e) {
      std::fprintf(stderr, "%s\n", e.what());
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void Subject::create() {
  plugin_ = gantry_plugin{};
  plugin_.size = sizeof plugin_;
  const auto make = [this](void*, gantry_error* err) {
    return library_.entry->create(described_.index, &host_, &plugin_, err);
  };
  must("create", call("create", make, nullptr));
  const UnderWay under_way("extension");
  const std::string fault = gate::check_plugin(plugin_, described_.kind);
  if (!fault.empty()) throw Failure(fault);
  created_ = true;
}

void Subject::destroy() {
  created_ = false;
  try {
    const UnderWay under_way("destroy");
    plugin_.destroy(plugin_.self);
  } catch (...) {
    detail::escaped("destroy");
  }
}

std::optional<Event> Subject::wait_event(const std::string& kind, const std::string& container_id,
                                         const std::string& exec_id) {
  std::unique_lock lock(mutex_);
  const auto found = [&] {
    for (const auto& event : events_)
      if (event.kind == kind && event.container_id == container_id && event.exec_id == exec_id)
        return true;
    return false;
  };
  if (!changed_.wait_for(lock, std::chrono::seconds(10), found)) return std::nullopt;
  for (const auto& event : events_)
    if (event.kind == kind && event.container_id == container_id && event.exec_id == exec_id)
      return event;
  return std::nullopt;
}

std::map<std::string, std::string> Subject::guest_files() {
  const std::lock_guard lock(mutex_);
  return replaced_;
}

void Subject::log(void* ctx, std::int32_t level, const char* message) {
  const auto& self = *static_cast<Subject*>(ctx);
  if (self.settings_.verbose || level >= GANTRY_LOG_WARN)
    std::fprintf(stderr, "      log[%d] %s\n", level, message ? message : "(null)");
}

void Subject::event(void* ctx, const gantry_event* event) {
  constexpr size_t kMost = 100000;
  auto& self = *static_cast<Subject*>(ctx);
  const std::lock_guard lock(self.mutex_);
  if (!event || !GANTRY_HAS(event, gantry_event, oom_killed) || !event->kind ||
      !event->container_id || !event->exec_id || std::strlen(event->container_id) != 64) {
    ++self.malformed_events_;
    return;
  }
  if (self.events_.size() == kMost) return;
  self.events_.push_back({event->kind, event->container_id, event->exec_id, event->exit_code});
  self.changed_.notify_all();
}

int Subject::malformed_events() {
  const std::lock_guard lock(mutex_);
  return malformed_events_;
}

const void* Subject::extension(void* ctx, const char* id) {
  auto& self = *static_cast<Subject*>(ctx);
  const std::string wanted = id;
  if (wanted == GANTRY_HOST_GUEST_FILES) return &self.guest_files_;
  if (wanted == GANTRY_HOST_GUEST_FILES_READ) return &self.guest_files_read_;
  return nullptr;
}

void Subject::put_guest_file(const std::string& container_id, const std::string& path,
                             const std::string& content) {
  const std::lock_guard lock(mutex_);
  replaced_[container_id + " " + path] = content;
}

gantry_status Subject::read(void* ctx, const char* container_id, const char* path,
                            const gantry_sink* out, gantry_error* err) {
  auto& self = *static_cast<Subject*>(ctx);
  const std::lock_guard lock(self.mutex_);
  const auto it = self.replaced_.find(std::string(container_id) + " " + path);
  if (it == self.replaced_.end()) {
    if (err) {
      err->code = GANTRY_NOT_FOUND;
      std::strcpy(err->message, "the container has not been started");
    }
    return GANTRY_NOT_FOUND;
  }
  out->write(out->ctx, it->second.data(), it->second.size());
  return GANTRY_OK;
}

gantry_status Subject::replace(void* ctx, const char* container_id, const char* path,
                               gantry_bytes content, gantry_error*) {
  auto& self = *static_cast<Subject*>(ctx);
  const std::lock_guard lock(self.mutex_);
  self.replaced_[std::string(container_id) + " " + path] =
      std::string(content.data, static_cast<std::size_t>(content.size));
  return GANTRY_OK;
}

}  // namespace conformance
