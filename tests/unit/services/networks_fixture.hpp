// Networks over a fake data plane and a fake name service.
#pragma once

#include <boost/test/unit_test.hpp>

#include "core/base/random.hpp"
#include "core/json/reader.hpp"
#include "core/services/networks/networks.hpp"
#include "tests/unit/services/data_plane_fake.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace gantry::test {

using domain::ContainerRecord;
using services::Networks;

struct NetworksFixture {
  NetworksFixture() : journal(directory / "state.db"), runtime(notes), names(notes) { open(); }

  void open() {
    networks.reset();
    services::NetworkSettings settings;
    settings.host_hosts = settings.host_resolv_conf = "/dev/null";
    settings.open_ports = opens_ports;
    settings.default_bridge = default_bridge;
    settings.default_subnet = default_subnet;
    settings.default_subnet6 = default_subnet6;
    networks = std::make_unique<Networks>(settings, journal, events, runtime, names);
    notes.take();
  }

  static ContainerRecord container(const std::string& name, const std::string& mode = "bridge") {
    ContainerRecord record;
    record.id = random_hex();
    record.name = name;
    record.config.hostname = record.id.substr(0, 12);
    record.host_config.json = "{}";
    record.host_config.network_mode = mode;
    if (!mode.starts_with("container:")) record.endpoints[mode].network = mode;
    return record;
  }

  ContainerRecord running(const std::string& name, const std::string& mode = "bridge") {
    ContainerRecord record = container(name, mode);
    networks->bring_up(record);
    record.state.status = domain::Status::running;
    return record;
  }

  domain::NetworkRequest request(const std::string& name) {
    domain::NetworkRequest r;
    r.name = name;
    return r;
  }

  std::vector<std::string> actions() {
    std::vector<std::string> seen;
    while (const auto event = subscription->try_next()) seen.push_back(event->action);
    return seen;
  }

  TemporaryDirectory directory;
  state::Journal journal;
  state::EventBus events;
  std::unique_ptr<state::EventBus::Subscription> subscription = events.subscribe();
  Notes notes;
  DataPlaneFake runtime;
  bool opens_ports = true;
  std::string default_bridge = "gantry0", default_subnet, default_subnet6;
  NameServiceFake names;
  std::unique_ptr<Networks> networks;
};

template <class F>
std::string fault_of(F&& f, Errc code) {
  try {
    f();
  } catch (const Error& error) {
    BOOST_CHECK(error.code() == code);
    return error.what();
  }
  return "no error";
}

inline json::Document parse(const std::string& text) { return json::Document::parse(text); }

}  // namespace gantry::test
