#include "core/main/engine.hpp"

#include <string>
#include <vector>

#include "core/api/routes.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/lock_file.hpp"
#include "core/base/log.hpp"
#include "core/http/server.hpp"
#include "core/main/engine_facts.hpp"
#include "core/main/listeners.hpp"
#include "core/main/tcp_listeners.hpp"
#include "core/pluginhost/plugin_host.hpp"
#include "core/services/containers/image_mounts.hpp"
#include "core/services/engine/container_services.hpp"
#include "core/services/engine/system_info.hpp"
#include "core/services/images/images.hpp"
#include "core/services/images/registry_login.hpp"
#include "core/services/networks/network_membership.hpp"
#include "core/services/networks/networks.hpp"
#include "core/services/volumes/volumes.hpp"
#include "core/services/world/bind_policy.hpp"
#include "core/services/world/joined_container.hpp"
#include "core/state/container_store.hpp"
#include "core/state/event_bus.hpp"
#include "core/state/journal.hpp"
#include "core/state/leases.hpp"

namespace gantry::daemon {
namespace {

LockFile lock_root(const config::Daemon& settings) {
  file::make_directories(settings.root, 0711);
  file::make_directories(settings.run_dir, 0755);
  const auto path = settings.root / "lock";
  auto lock = LockFile::try_lock(path);
  if (!lock)
    throw Error(Errc::conflict, "another engine (pid " + std::to_string(LockFile::owner(path)) +
                                    ") uses the root directory " + settings.root.string());
  return std::move(*lock);
}

std::vector<images::ImageUse> uses_of(const state::ContainerStore& store,
                                      const std::string& image_id) {
  std::vector<images::ImageUse> uses;
  const auto list = store.list();  // held: a change would free it
  for (const auto& container : *list)
    if (container->record.image_id == image_id ||
        services::mounts_image(container->record, image_id))
      uses.push_back(
          {container->record.id, container->record.name, container->record.state.running()});
  return uses;
}

}  // namespace

struct Engine::Parts {
  Parts(const config::Config& c, std::vector<UniqueFd> given)
      : config(c),
        lock(lock_root(c.daemon)),
        listeners(open_listeners(c.daemon, std::move(given))),
        tcp_listeners(open_tcp_listeners(c.daemon)),
        journal(c.daemon.root / "state.db"),
        inbox(execs),
        plugins(host_options()),
        runtime(load_runtime()),
        names(plugins.load_name_service(c.network.plugin)),
        containers(journal),
        images({journal, events, runtime, c.daemon.root / "images", registry_options(c.daemon),
                [this](const std::string& id) { return uses_of(containers, id); }}),
        login(registry_options(c.daemon)),
        networks(settings_of_networks(), journal, events, runtime, names),
        volumes(load_volumes()),
        membership(containers, leases, networks),
        log_drivers(plugins, {c.logging.driver, c.logging.options}),
        container_services({settings, containers, leases, events, runtime, networks, volumes,
                            images.store, execs, inbox, log_drivers}),
        commit(containers, runtime, events, container_services.pause(), images),
        build_caches(c.daemon.root / "build-cache"),
        build_prune(build_caches, services::StepCache(images), events, c.daemon.root),
        build({images, container_services, runtime, c.daemon.root / "build",
               c.daemon.run_dir / "build-secrets", registry_options(c.daemon), build_caches,
               containers, leases, build_turns, events}),
        buildkit({build, images, build_prune, [this] { return networks.host_gateway(); }}),
        system(engine_facts(c), journal, plugins, runtime, containers, images.store, events),
        server(router, server_options()) {}

  pluginhost::HostOptions host_options() {
    auto options = plugin_options(config);
    options.on_event = [this](pluginhost::PluginEvent event) { inbox.post(std::move(event)); };
    options.replace_guest_file = [this](const std::string& container, const std::string& path,
                                        const std::string& content) {
      services::ContainerServices::replace_guest_file(settings, container, path, content);
    };
    options.read_guest_file = [this](const std::string& container, const std::string& path) {
      return services::ContainerServices::read_guest_file(settings, container, path);
    };
    return options;
  }

  pluginhost::Runtime& load_runtime() {
    pluginhost::Runtime& loaded = plugins.load_runtime(config.runtime.plugin);
    const services::HostFacts host = services::parse_host_facts(loaded.info());
    settings = container_settings(config, host);
    runtime_opens_ports = host.open_ports;
    return loaded;
  }

  services::NetworkSettings settings_of_networks() {
    auto networks_settings = network_settings(config);
    networks_settings.open_ports = runtime_opens_ports;
    networks_settings.resolve_container = [this](const std::string& joining,
                                                 const std::string& mode) {
      return services::get_joined(containers, joining, mode, "network")->record.id;
    };
    networks_settings.read_guest_file = [this](const std::string& container,
                                               const std::string& path) {
      return services::ContainerServices::read_guest_file(settings, container, path);
    };
    networks_settings.replace_guest_file =
        [this](const std::string& container, const std::string& path, const std::string& content) {
          services::ContainerServices::replace_guest_file(settings, container, path, content);
        };
    return networks_settings;
  }

  services::Volumes load_volumes() {
    plugins.load_volumes(config.volume.plugins);
    return {journal, events, plugins,
            [this](const std::string& source) { services::check_bind_source(source, settings); }};
  }

  // In the order of making: each may use what stands above it.
  const config::Config config;
  const LockFile lock;
  // Open before anything is done for containers, so that a daemon with a wrong address changes
  // nothing; who connects before listen() waits in the kernel's queue.
  std::vector<UnixListener> listeners;
  std::vector<http::Listener> tcp_listeners;
  state::Journal journal;
  state::EventBus events;
  state::Leases leases;
  services::ExecTable execs;
  services::PluginInbox inbox;
  services::ContainerSettings settings;  // complete once the runtime has told about its host
  bool runtime_opens_ports = false;      // likewise
  pluginhost::PluginHost plugins;
  pluginhost::Runtime& runtime;
  pluginhost::NameService& names;
  state::ContainerStore containers;
  services::Images images;
  services::RegistryLogin login;
  services::Networks networks;
  services::Volumes volumes;
  services::NetworkMembership membership;
  services::LogDrivers log_drivers;
  services::ContainerServices container_services;
  services::ContainerCommit commit;
  services::BuildCaches build_caches;
  services::BuildPrune build_prune;
  services::StepTurns build_turns;
  services::ImageBuild build;
  buildkit::Service buildkit;
  services::SystemInfo system;
  http::Router router;
  http::Server server;
};

Engine::Engine(const config::Config& config, std::vector<UniqueFd> given)
    : parts_(std::make_unique<Parts>(config, std::move(given))) {
  Parts& p = *parts_;
  p.container_services.restore();
  p.images.restore(p.container_services.records_were_lost());
  p.build.clean_up();
  api::add_routes(p.router,
                  {p.system, p.events, p.networks, p.membership, p.volumes, p.container_services,
                   p.images, p.commit, p.build, p.build_prune, p.login, p.buildkit});
}

Engine::~Engine() = default;

void Engine::listen() {
  Parts& p = *parts_;
  std::vector<http::Listener> all = std::move(p.tcp_listeners);
  for (UnixListener& listener : p.listeners) {
    log::info("listening on " + listener.path().string());
    all.push_back({listener.take_fd()});
  }
  p.server.start(std::move(all));
}

bool Engine::stop() {
  Parts& p = *parts_;
  p.build.stop();  // while containers can still be removed
  p.buildkit.close();
  p.volumes.close();
  p.networks.interrupt();
  p.container_services.interrupt();
  const bool server_done = p.server.stop();
  const bool done = p.container_services.stop() && server_done;
  if (done) p.networks.retire();  // else somebody may still be using them
  p.listeners.clear();
  return done;
}

}  // namespace gantry::daemon
