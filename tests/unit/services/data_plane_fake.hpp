// A runtime that only has a network data plane, and a name service: both note what they are told,
// in order, and fail when a test says so. Any thread.
#pragma once

#include <algorithm>
#include <cerrno>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/pluginhost/name_service.hpp"
#include "core/pluginhost/runtime.hpp"

namespace gantry::test {

class Notes {
 public:
  void add(const std::string& note) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(note);
  }
  /// A document of one of the fakes; tests read it when their threads have ended.
  void keep(std::string& slot, std::string_view document) {
    const std::lock_guard lock(mutex_);
    slot = document;
  }
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(notes_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> notes_;
};

class DataPlaneFake : public pluginhost::Runtime {
 public:
  explicit DataPlaneFake(Notes& n) : notes(n) {}

  const std::string& id() const override { return id_; }
  std::string info() override { return "{}"; }
  bool has_network() const override { return true; }
  void network_up(std::string_view network) override {
    notes.add("network_up");
    notes.keep(last_network, network);
    if (during_network_up) during_network_up();
    if (fail == "network_up") throw Error(Errc::internal, "no bridges today");
  }
  void network_down(std::string_view network) override {
    notes.add("network_down");
    notes.keep(last_down, network);
  }
  std::vector<std::string> used_subnets() override { return used; }
  void sandbox_up(const std::string& container, std::string_view sandbox) override {
    notes.add("sandbox_up " + container);
    notes.keep(last_sandbox, sandbox);
    miss_bridge();
    if (fail == "sandbox_up") throw Error(Errc::internal, "no namespaces today");
  }
  void sandbox_down(const std::string& container) override {
    notes.add("sandbox_down " + container);
  }
  void endpoint_up(const std::string&, std::string_view endpoint) override {
    notes.add("endpoint_up");
    notes.keep(last_endpoint, endpoint);
    miss_container();
    miss_bridge();
  }
  void endpoint_down(const std::string&, std::string_view endpoint) override {
    notes.add("endpoint_down");
    notes.keep(last_endpoint_down, endpoint);
    miss_container();
  }
  bool can_publish() const override { return publishes; }
  std::string publish(const std::string&, std::string_view ports) override {
    notes.add("publish");
    notes.keep(last_ports, ports);
    for (const int port : foreign)
      if (ports.find("\"host_port\":" + std::to_string(port)) != std::string::npos)
        throw Error(Errc::conflict, "address already in use", EADDRINUSE);
    return std::string(ports);
  }
  void unpublish(const std::string&) override { notes.add("unpublish"); }

  // Not a runtime for anything else.
  void create(const std::string&, std::string_view, const pluginhost::ContainerOptions&,
              const pluginhost::Op&) override {
    none();
  }
  void attach(const std::string&, const pluginhost::ClientStream&) override { none(); }
  pluginhost::Started start(const std::string&, const pluginhost::Op&) override { none(); }
  void signal(const std::string&, int, bool) override { none(); }
  void resize(const std::string&, std::uint32_t, std::uint32_t) override { none(); }
  void remove(const std::string&, const pluginhost::Op&) override { none(); }
  std::optional<pluginhost::RuntimeState> find_state(const std::string&) override { none(); }
  std::vector<pluginhost::RuntimeState> list() override { none(); }
  std::uint64_t layer_unpack(const std::string&, const std::string&, int,
                             const pluginhost::Op&) override {
    none();
  }
  std::optional<std::uint64_t> layer_size(const std::string&) override { none(); }
  void layer_remove(const std::string&) override { none(); }
  std::vector<std::string> layer_list() override { none(); }
  void rootfs_create(const std::string&, const std::string&, std::string_view) override { none(); }
  void rootfs_remove(const std::string&, const pluginhost::Op&) override { none(); }
  std::string rootfs_usage(const std::string&) override { none(); }
  std::vector<std::string> rootfs_list() override { none(); }
  std::optional<std::string> rootfs_find_file(const std::string&, const std::string&,
                                              std::uint64_t) override {
    none();
  }
  std::string rootfs_describe(const std::string&) override { none(); }
  int exec_start(const std::string&, const std::string&, std::string_view,
                 const pluginhost::ClientStream*, bool, const pluginhost::Op&) override {
    none();
  }
  void exec_resize(const std::string&, const std::string&, std::uint32_t, std::uint32_t) override {
    none();
  }
  void exec_signal(const std::string&, const std::string&, int) override { none(); }
  std::vector<pluginhost::ExecState> exec_list(const std::string&) override { none(); }
  void export_root(const std::string&, int, const pluginhost::Op&) override { none(); }
  pluginhost::PathInfo archive_stat(const std::string&, std::string_view) override { none(); }
  void archive_get(const std::string&, std::string_view, int, const pluginhost::Op&) override {
    none();
  }
  void archive_put(const std::string&, std::string_view, int, const pluginhost::Op&) override {
    none();
  }
  std::vector<pluginhost::PathChange> changes(const std::string&, const pluginhost::Op&) override {
    none();
  }
  void diff(const std::string&, int, const pluginhost::Op&) override { none(); }
  std::string stats(const std::string&) override { none(); }
  void update(const std::string&, std::string_view) override { none(); }
  std::vector<int> pids(const std::string&) override { none(); }
  bool can_open_inside() const override { return inside; }
  void open_inside(const std::string&, const std::string& address, std::uint32_t port,
                   const std::function<void(const pluginhost::InsideSockets&)>& take) override {
    notes.add("open_inside " + address + " " + std::to_string(port));
    take({7, 8, 9});
  }
  bool can_pause() const override { return false; }
  void pause(const std::string&) override { none(); }
  void resume(const std::string&) override { none(); }

  Notes& notes;
  std::vector<std::string> used;  // subnets that the host routes
  int missing_bridges = 0;        // so many calls find that there is none
  std::set<int> foreign;          // ports that other processes hold
  bool publishes = true;
  std::string fail;  // name of the call that fails
  std::function<void()> during_network_up;
  bool inside = false;  // can open sockets inside
  bool ended = false;   // the containers have
  std::string last_network, last_down, last_sandbox, last_endpoint, last_endpoint_down, last_ports;

 private:
  void miss_bridge() {
    if (missing_bridges > 0 && missing_bridges-- > 0)
      throw Error(Errc::not_found, "bridge does not exist");
  }
  void miss_container() const {
    if (ended) throw Error(Errc::conflict, "container is not running", ESRCH);
  }
  [[noreturn]] static void none() { throw Error(Errc::unsupported, "the fake has no such thing"); }
  std::string id_ = "data-plane-fake";
};

class NameServiceFake : public pluginhost::NameService {
 public:
  explicit NameServiceFake(Notes& n) : notes(n) {}

  const std::string& id() const override { return id_; }
  void network_added(std::string_view) override { notes.add("names network_added"); }
  void network_removed(const std::string&) override { notes.add("names network_removed"); }
  void endpoint_added(const std::string&, std::string_view member) override {
    notes.add("names endpoint_added");
    notes.keep(last_member, member);
    if (fail) throw Error(Errc::internal, "no names today");
  }
  void endpoint_removed(const std::string&, const std::string&) override {
    notes.add("names endpoint_removed");
  }
  pluginhost::ContainerFiles container_files(std::string_view container) override {
    notes.keep(last_container, container);
    return {hosts, "resolv", inside ? "127.0.0.11" : "", 53};
  }
  void serve_inside(const std::string&, const pluginhost::InsideSockets& sockets) override {
    notes.add("names serve_inside " + std::to_string(sockets.udp + sockets.tcp + sockets.life));
  }

  Notes& notes;
  bool inside = false;  // wants sockets inside
  std::string hosts = "hosts";
  bool fail = false;
  std::string last_member, last_container;

 private:
  std::string id_ = "names-fake";
};

}  // namespace gantry::test
