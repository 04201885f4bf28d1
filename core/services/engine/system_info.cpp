#include "core/services/engine/system_info.hpp"

#include <unistd.h>

#include <filesystem>

#include "core/base/host_name.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/devices/cdi_registry.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"
#include "core/services/engine/thread_count.hpp"

namespace gantry::services {
namespace {

constexpr const char* kEngineKind = "engine";  // in the journal
constexpr const char* kIdentity = "identity";

/// A random UUID, version 4: what clients take an engine's id for.
std::string new_engine_id() {
  std::string id = random_hex(16);
  id[12] = '4';
  static constexpr char kVariant[] = "89ab";
  id[16] = kVariant[random_below(4)];
  for (const size_t dash : {20u, 16u, 12u, 8u}) id.insert(dash, 1, '-');
  return id;
}

std::string engine_id(state::Journal& journal) {
  std::string id;
  journal.each(kEngineKind, [&](const std::string& key, std::string document) {
    if (key == kIdentity) id = json::Document::parse(std::move(document)).root()["id"].str();
  });
  if (!id.empty()) return id;
  id = new_engine_id();
  json::Writer w;
  w.begin_object().field("id", id).end_object();
  journal.put(kEngineKind, kIdentity, w.text());
  return id;
}

std::int64_t count_open_files() {
  std::error_code ec;
  std::int64_t count = 0;
  for (std::filesystem::directory_iterator it("/dev/fd", ec), end; !ec && it != end;
       it.increment(ec))
    ++count;
  return count;
}

/// With what is wrong about their files, in Docker's form.
void add_cdi_devices(const EngineFacts& facts, EngineState& state) {
  const devices::CdiRegistry registry(facts.cdi_directories);
  state.cdi_devices = registry.names();
  for (const devices::SpecFault& fault : registry.faults())
    state.warnings.push_back("CDI: Error associated with spec file " + fault.file + ": " +
                             fault.what);
}

constexpr const char* kCgroupns = "name=cgroupns";
constexpr std::string_view kSeccomp = "name=seccomp,";

}  // namespace

std::vector<std::string> security_options(std::vector<std::string> of_runtime,
                                          const EngineFacts& facts) {
  for (std::string& option : of_runtime)
    if (option.starts_with(kSeccomp))
      option = std::string(kSeccomp) + "profile=" + facts.seccomp_profile;
  if (!facts.cgroupns_mode.empty()) {
    std::erase(of_runtime, kCgroupns);
    if (facts.cgroupns_mode == "private") of_runtime.emplace_back(kCgroupns);
  }
  if (facts.no_new_privileges) of_runtime.emplace_back("name=no-new-privileges");
  return of_runtime;
}

SystemInfo::SystemInfo(EngineFacts facts, state::Journal& journal, pluginhost::PluginHost& plugins,
                       pluginhost::Runtime& runtime, const state::ContainerStore& containers,
                       const images::ImageStore& images, const state::EventBus& events)
    : facts_(std::move(facts)),
      plugins_(plugins),
      runtime_(runtime),
      containers_(containers),
      images_(images),
      events_(events),
      id_(engine_id(journal)) {}

HostFacts SystemInfo::host() const { return parse_host_facts(runtime_.info()); }

EngineState SystemInfo::state() const {
  EngineState s;
  s.host = host();
  s.host.security_options = security_options(std::move(s.host.security_options), facts_);
  s.id = id_;
  s.hostname = host_name();
  const auto list = containers_.list();
  for (const auto& container : *list) {
    const domain::State& state = container->record.state;
    if (state.status == domain::Status::paused)
      ++s.paused;
    else if (state.running())
      ++s.running;
    else
      ++s.stopped;
  }
  const auto images = images_.list();
  s.images = std::ranges::count_if(images, [](const auto& image) { return !image->is_step(); });
  s.listeners = static_cast<std::int64_t>(events_.listeners());
  s.open_files = count_open_files();
  s.threads = count_threads();
  for (const pluginhost::Volume* driver : plugins_.volumes())
    s.volume_drivers.push_back(driver->driver());
  for (std::string& driver : plugins_.found_drivers())
    s.volume_drivers.push_back(std::move(driver));
  s.log_drivers = {"json-file", "local"};
  for (std::string& driver : plugins_.usable_log_drivers())
    s.log_drivers.push_back(std::move(driver));
  std::ranges::sort(s.log_drivers);
  s.warnings = facts_.warnings;
  s.warnings.insert(s.warnings.end(), s.host.warnings.begin(), s.host.warnings.end());
  for (const pluginhost::PluginReport& report : plugins_.reports())
    if (!report.error.empty())
      s.warnings.push_back("WARNING: plugin " + report.id + ": " + report.error);
  add_cdi_devices(facts_, s);
  s.debug = log::enabled(log::Level::debug);
  s.now = now_nanos();
  return s;
}

}  // namespace gantry::services
