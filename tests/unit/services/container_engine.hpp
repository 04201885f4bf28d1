// The services for containers on the fake runtime plugin: everything real but the runtime and the
// name service. reboot() ends them as a killed daemon would and starts them anew on the same
// directories; the fake's containers live on meanwhile.
#pragma once

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/base/socket.hpp"
#include "core/images/image_store.hpp"
#include "core/pluginhost/plugin_host.hpp"
#include "core/services/containers/container_create.hpp"
#include "core/services/containers/container_remove.hpp"
#include "core/services/containers/container_start.hpp"
#include "core/services/containers/container_wait.hpp"
#include "core/services/engine/container_services.hpp"
#include "core/state/container_store.hpp"
#include "tests/unit/build_tree.hpp"
#include "tests/unit/services/data_plane_fake.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace gantry::test {

class ContainerEngine {
 public:
  ContainerEngine() { boot(); }
  ~ContainerEngine() { shutdown(); }

  void boot() {
    parts_ = std::make_unique<Parts>(directory.path());
    if (parts_->images.count() == 0) add_image();
    subscription = parts_->events.subscribe();
    parts_->services.restore();
  }
  void shutdown() {
    if (!parts_) return;
    subscription.reset();
    parts_->services.stop();
    parts_.reset();
  }
  void reboot() {
    shutdown();
    boot();
  }

  services::ContainerServices& services() { return parts_->services; }
  state::ContainerStore& store() { return parts_->store; }
  state::Leases& leases() { return parts_->leases; }
  state::Journal& journal() { return parts_->journal; }
  state::EventBus& events() { return parts_->events; }
  pluginhost::Runtime& runtime() { return parts_->runtime; }
  services::ExecTable& execs() { return parts_->execs; }
  services::PluginInbox& inbox() { return parts_->inbox; }
  services::ContainerSettings& settings() { return parts_->settings; }

  /// Creates a container from Docker's JSON (`Image` is added); returns its id.
  std::string create(const std::string& body, const std::string& name = {}) {
    const auto document = json::Document::parse(body);
    auto request =
        domain::parse_create_request(document.root(), 51, services().create().defaults());
    request.config.image = "box";
    return services().create().run(std::move(request), name, {}).id;
  }
  /// A container with this argv, as JSON of a list.
  std::string make(const std::string& argv, const std::string& name = {},
                   const std::string& more = {}) {
    return create(R"({"Cmd":)" + argv + (more.empty() ? "" : "," + more) + "}", name);
  }
  /// Two containers that are on record only; their ids begin with `prefix`.
  void put_twins(const std::string& prefix) {
    for (const char digit : {'1', '2'}) {
      domain::ContainerRecord twin = record(make(R"(["sleep"])"));
      twin.id = prefix + std::string(64 - prefix.size(), digit);
      twin.name = std::string("twin") + digit;
      store().put(std::move(twin));
    }
  }
  domain::ContainerRecord record(const std::string& reference) {
    return store().get(reference)->record;
  }
  /// Blocks until the container stops (or, with "removed", is gone); its exit code. Watch first:
  /// `begin`.
  services::ContainerWait::Wait begin_wait(const std::string& id,
                                           const std::string& condition = "next-exit") {
    return services().wait().begin(id, condition);
  }
  static int finish(services::ContainerWait::Wait& wait) {
    if (!wait.outcome) {
      BOOST_REQUIRE(wait.waiter->wait(std::chrono::seconds(20)));
      wait.outcome = wait.waiter->outcome();
    }
    return wait.outcome->exit_code;
  }
  int run_to_end(const std::string& id) {
    auto wait = begin_wait(id);
    BOOST_TEST(services().start().run(id));
    const int code = finish(wait);
    leases().take(id).release();  // the exit path is through
    return code;
  }
  /// Actions of the events since the last call.
  std::vector<std::string> actions() {
    std::vector<std::string> seen;
    while (const auto event = subscription->try_next()) seen.push_back(event->action);
    return seen;
  }

  TemporaryDirectory directory;
  std::unique_ptr<state::EventBus::Subscription> subscription;

 private:
  struct Parts {
    explicit Parts(const std::filesystem::path& dir)
        : journal(dir / "state.db"),
          inbox(execs),
          plugins(host_options(dir)),
          runtime(plugins.load_runtime("runtime-fake")),
          names(notes),
          store(journal),
          images(journal),
          networks(network_settings(), journal, events, runtime, names),
          volumes(journal, events, plugins, [](const std::string&) {}),
          log_drivers(plugins, {}),
          services({settings, store, leases, events, runtime, networks, volumes, images, execs,
                    inbox, log_drivers}) {
      settings.root = dir;
      settings.cgroup_v2 = true;
    }
    pluginhost::HostOptions host_options(const std::filesystem::path& dir) {
      pluginhost::HostOptions options;
      options.directories = {test::test_plugins()};
      options.state_dir = dir / "state";
      options.run_dir = dir / "run";
      options.configs["runtime-fake"] =
          R"({"files":{"/etc/passwd":"root:x:0:0::/root\nweb:x:33:34::/www",)"
          R"("/etc/group":"root:x:0:\nwww:x:34:\nextra:x:50:web"}})";
      options.on_event = [this](pluginhost::PluginEvent event) { inbox.post(std::move(event)); };
      return options;
    }
    static services::NetworkSettings network_settings() {
      services::NetworkSettings settings;
      settings.host_hosts = settings.host_resolv_conf = "/dev/null";
      return settings;
    }

    services::ContainerSettings settings;
    state::Journal journal;
    state::EventBus events;
    state::Leases leases;
    services::ExecTable execs;
    services::PluginInbox inbox;
    pluginhost::PluginHost plugins;
    pluginhost::Runtime& runtime;
    Notes notes;
    NameServiceFake names;
    state::ContainerStore store;
    images::ImageStore images;
    services::Networks networks;
    services::Volumes volumes;
    services::LogDrivers log_drivers;
    services::ContainerServices services;
  };

  void add_image() {
    images::ImageRecord image;
    image.id = "sha256:" + std::string(64, 'a');
    image.manifest.digest = "sha256:" + std::string(64, 'b');
    image.config.digest = image.id;
    image.platform = {"linux", "amd64", "", ""};
    image.defaults.cmd = std::vector<std::string>{"sleep"};
    image.defaults.env = {"FROM=image"};
    image.defaults.labels = {{"from", "image"}};
    parts_->images.commit(image, {images::parse_reference("box:latest")});
  }

  std::unique_ptr<Parts> parts_;
};

/// Runs `call` and returns the error it throws.
template <class Call>
Error error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  BOOST_FAIL("no error");
  return Error(Errc::internal, "");
}

}  // namespace gantry::test
