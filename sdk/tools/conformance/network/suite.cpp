#include <thread>

#include "conformance/network/world.hpp"
#include "conformance/suites.hpp"

namespace conformance {

using network::Addresses;
using network::Member;
using network::Net;
using network::World;

namespace {

constexpr int kRefused = 5;  // DNS status

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string listed(const Addresses& addresses) {
  std::string text;
  for (const auto& address : addresses) text += " " + address;
  return text.empty() ? " nothing" : text;
}

void expect_resolves(World& world, const std::string& container, const std::string& name,
                     const Addresses& wanted, bool v6 = false) {
  const Addresses found = world.resolve(container, name, v6);
  expect(found == wanted, name + " resolves to" + listed(found) + ", not to" + listed(wanted));
}

const std::string kWeb = id_of('1'), kDb = id_of('2'), kOther = id_of('3');

void run_documents(Subject& subject, Report& report) {
  report.run("a network is announced, and announced again", [&] {
    World world(subject, false);
    world.add({id_of('a')});
    world.add({id_of('a')});
  });
  report.run("broken documents are invalid", [&] {
    World world(subject, false);
    const std::string net = id_of('a');
    world.add({net});
    const auto& table = world.table();
    void* self = world.self();
    must("network_added", call("network_added", table.network_added, self, bytes("{")),
         GANTRY_INVALID);
    must("network_added", call("network_added", table.network_added, self, bytes("{\"id\":7}")),
         GANTRY_INVALID);
    must("endpoint_added",
         call("endpoint_added", table.endpoint_added, self, net.c_str(), bytes("[]")),
         GANTRY_INVALID);
    must("container_files", ask("container_files", table.container_files, self, bytes("null")),
         GANTRY_INVALID);
  });
  report.run("removing what is not there is no error", [&] {
    World world(subject, false);
    world.remove_network(id_of('e'));
    world.leave({id_of('e')}, kWeb);
  });
}

void run_files(World& world, Report& report, const Net& net) {
  report.run("the files of a container name itself and carry its own settings", [&] {
    world.add(net);
    world.join(net, {kWeb, "web", "127.30.0.2"});
    world.start(kWeb);
    const std::string hosts = world.hosts(kWeb), resolv = world.resolv_conf(kWeb);
    expect(contains(hosts, "127.0.0.1\tlocalhost") || contains(hosts, "127.0.0.1 localhost"),
           "hosts has no localhost");
    expect_resolves(world, kWeb, kWeb.substr(0, 12), {"127.30.0.2"});
    expect_resolves(world, kWeb, "extra", {"10.1.2.3"});
    expect(contains(resolv, "nameserver "), "resolv.conf has no nameserver");
    expect(contains(resolv, "corp.example"), "resolv.conf lacks the search domain");
    expect(contains(resolv, "ndots:2"), "resolv.conf lacks the option");
  });
  report.run("users' own lines in the hosts file stay", [&] {
    world.write_hosts(kWeb, "10.8.8.8\tmine\n" + world.hosts(kWeb) + "10.8.8.9\tmine-too\n");
    world.join(net, {kDb, "db", "127.30.0.3"});
    world.start(kWeb, true);
    expect_resolves(world, kWeb, "mine", {"10.8.8.8"});
    expect_resolves(world, kWeb, "mine-too", {"10.8.8.9"});
    expect_resolves(world, kWeb, "db", {"127.30.0.3"});
    world.leave(net, kDb);
  });
}

void run_names(World& world, Report& report, const Net& net) {
  report.run("members find each other by name, alias and short id", [&] {
    world.join(net, {kDb, "db", "127.30.0.3", {"Store", "all"}});
    world.start(kDb);
    for (const auto& name :
         {std::string("db"), std::string("DB"), std::string("store"), kDb.substr(0, 12)})
      expect_resolves(world, kWeb, name, {"127.30.0.3"});
    expect_resolves(world, kDb, "web", {"127.30.0.2"});
    expect_resolves(world, kDb, "nobody", {});
    expect_resolves(world, kWeb, "db", {}, true);
  });
  report.run("an alias of several members gives all of them", [&] {
    world.join(net, {kOther, "db2", "127.30.0.4", {"all"}, "fd00::4"});
    world.start(kOther);
    expect_resolves(world, kWeb, "all", {"127.30.0.3", "127.30.0.4"});
    expect_resolves(world, kWeb, "db2", {"fd00::4"}, true);
  });
  report.run("a link is a name for one member only", [&] {
    world.join(net, {kWeb, "web", "127.30.0.2", {}, "", {{"db", "linked"}}});
    world.start(kWeb, true);
    expect_resolves(world, kWeb, "linked", {"127.30.0.3"});
    expect_resolves(world, kOther, "linked", {});
  });
  report.run("a member that comes again replaces itself", [&] {
    world.join(net, {kOther, "renamed", "127.30.0.4", {"all"}});
    expect_resolves(world, kWeb, "renamed", {"127.30.0.4"});
    expect_resolves(world, kWeb, "db2", {});
  });
  report.run("who has left has no name", [&] {
    world.leave(net, kOther);
    world.leave(net, kOther);
    expect_resolves(world, kWeb, "all", {"127.30.0.3"});
    expect_resolves(world, kWeb, "renamed", {});
  });
}

void run_isolation(World& world, Report& report) {
  const Net other{id_of('b'), "other", "127.30.1.1"},
      plain{id_of('c'), "bridge", "127.30.2.1", false, true};
  report.run("names of networks that are not shared are not found", [&] {
    world.add(other);
    world.join(other, {kOther, "db", "127.30.1.2", {"secret"}});
    world.start(kOther);
    expect_resolves(world, kWeb, "db", {"127.30.0.3"});
    expect_resolves(world, kWeb, "secret", {});
    expect_resolves(world, kOther, "db", {"127.30.1.2"});
    expect_resolves(world, kOther, "web", {});
  });
  report.run("a container on two networks finds the names of both, and loses one", [&] {
    world.join(other, {kWeb, "web", "127.30.1.3"});
    world.start(kWeb, true);
    expect_resolves(world, kWeb, "secret", {"127.30.1.2"});
    expect_resolves(world, kWeb, "store", {"127.30.0.3"});
    expect_resolves(world, kOther, "web", {"127.30.1.3"});
    world.leave(other, kWeb);
    world.start(kWeb, true);
    expect_resolves(world, kWeb, "secret", {});
    expect_resolves(world, kWeb, "store", {"127.30.0.3"});
  });
  report.run("the default network has no names", [&] {
    const std::string first = id_of('4'), second = id_of('5');
    world.add(plain);
    world.join(plain, {first, "first", "127.30.2.2"});
    world.join(plain, {second, "second", "127.30.2.3"});
    world.start(first);
    expect_resolves(world, first, "second", {});
    world.leave(plain, first);
    world.leave(plain, second);
  });
  report.run("strangers are told nothing", [&] {
    const int rcode = world.ask_as("127.30.9.9", kOther, "secret");
    expect(rcode == -1 || rcode == kRefused || !contains(world.resolv_conf(kOther), "127.30.1.1"),
           "somebody who is no member got an answer");
  });
  report.run("a network is removed with its members", [&] {
    world.remove_network(other.id);
    world.remove_network(other.id);
    world.remove_network(plain.id);
    expect_resolves(world, kWeb, "db", {"127.30.0.3"});
  });
}

void run_restart(World& world, Report& report, const Net& net) {
  report.run("names stay while the daemon restarts", [&] {
    world.restart();
    expect_resolves(world, kWeb, "store", {"127.30.0.3"});
    expect_resolves(world, kDb, "web", {"127.30.0.2"});
    world.announce_all();
    expect_resolves(world, kWeb, "store", {"127.30.0.3"});
    expect_resolves(world, kWeb, "linked", {"127.30.0.3"});
    world.join(net, {kOther, "late", "127.30.0.5"});
    expect_resolves(world, kWeb, "late", {"127.30.0.5"});
    world.leave(net, kOther);
    expect_resolves(world, kWeb, "late", {});
  });
}

void run_side_by_side(Subject& subject, Report& report) {
  report.run("networks are served side by side", [&] {
    std::vector<std::thread> threads;
    std::vector<std::string> faults(4);
    for (size_t t = 0; t < faults.size(); ++t)
      threads.emplace_back([&, t] {
        try {
          World world(subject, false);
          const Net own{id_of(static_cast<char>('b' + t)), "net-" + std::to_string(t),
                        "127.30." + std::to_string(10 + t) + ".1", false, t == 0};
          const std::string container = id_of(static_cast<char>('3' + t));
          world.add(own);
          for (int i = 0; i < 20; ++i) {
            world.join(own, {container, "n", "127.30." + std::to_string(10 + t) + ".2"});
            world.start(container);
            world.leave(own, container);
          }
          world.remove_network(own.id);
        } catch (const std::exception& e) {
          faults[t] = e.what();
        }
      });
    for (auto& thread : threads) thread.join();
    for (const auto& fault : faults) expect(fault.empty(), fault);
  });
}

void run_world(Subject& subject, Report& report, bool inside) {
  World world(subject, inside);
  const Net net{id_of('a')};
  run_files(world, report, net);
  run_names(world, report, net);
  run_isolation(world, report);
  run_restart(world, report, net);
}

}  // namespace

void run_network(Subject& subject, Report& report) {
  run_documents(subject, report);
  run_world(subject, report, false);
  run_side_by_side(subject, report);
  if (subject.extension<gantry_ext_resolver>(GANTRY_EXT_RESOLVER)) run_world(subject, report, true);
}

}  // namespace conformance
