#include <gantry/network.h>

#include <thread>

#include "conformance/calls.hpp"
#include "conformance/suites.hpp"

namespace conformance {

namespace {

std::string id_of(char digit) { return std::string(64, digit); }

std::string network_json(const std::string& id, bool is_default) {
  gantry::sdk::JsonWriter writer;
  writer.begin()
      .field("id", id)
      .field("name", is_default ? "bridge" : "net-" + id.substr(0, 4))
      .field("driver", "bridge")
      .field("subnet", "172.30.0.0/16")
      .field("gateway", "172.30.0.1")
      .field("internal", false)
      .field("default", is_default)
      .end();
  return std::string(writer.text());
}

std::string member_json(const std::string& container, const std::string& name,
                        const std::string& address) {
  gantry::sdk::JsonWriter writer;
  writer.begin()
      .field("container_id", container)
      .field("name", name)
      .field("hostname", container.substr(0, 12))
      .field("domainname", "")
      .field("address", address)
      .field("ipv6", "");
  writer.key("aliases").begin_array().string("alias-of-" + name).end_array();
  writer.key("names").begin_array().string(name).string("alias-of-" + name).end_array();
  writer.end();
  return std::string(writer.text());
}

std::string container_json(const std::string& id, const std::string& network,
                           const std::string& address) {
  return "{\"id\":\"" + id + "\",\"hostname\":\"" + id.substr(0, 12) +
         "\",\"domainname\":\"\",\"mode\":\"bridge\",\"extra_hosts\":[\"extra:10.1.2.3\"],"
         "\"dns\":[\"10.9.9.9\"],\"dns_search\":[\"corp.example\"],\"dns_options\":[\"ndots:2\"],"
         "\"endpoints\":[{\"network_id\":\"" +
         network + "\",\"address\":\"" + address +
         "\",\"ipv6\":\"\"}],\"host_hosts\":\"127.0.0.1 localhost\\n\","
         "\"host_resolv_conf\":\"nameserver 10.0.0.53\\n\"}";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class NameServiceDriver {
 public:
  explicit NameServiceDriver(Subject& subject) : subject_(subject) {}
  Outcome network_added(const std::string& network) const {
    return call("network_added", table().network_added, self(), bytes(network));
  }
  Outcome network_removed(const std::string& id) const {
    return call("network_removed", table().network_removed, self(), id.c_str());
  }
  Outcome endpoint_added(const std::string& network, const std::string& member) const {
    return call("endpoint_added", table().endpoint_added, self(), network.c_str(), bytes(member));
  }
  Outcome endpoint_removed(const std::string& network, const std::string& container) const {
    return call("endpoint_removed", table().endpoint_removed, self(), network.c_str(),
                container.c_str());
  }
  Outcome container_files(const std::string& container) const {
    return ask("container_files", table().container_files, self(), bytes(container));
  }

 private:
  const gantry_network& table() const { return subject_.table<gantry_network>(); }
  void* self() const { return subject_.self(); }
  Subject& subject_;
};

}  // namespace

void run_network(Subject& subject, Report& report) {
  const NameServiceDriver service(subject);
  const std::string network = id_of('a'), web = id_of('1'), db = id_of('2');

  report.run("a network is announced, and announced again", [&] {
    must("network_added", service.network_added(network_json(network, false)));
    must("network_added", service.network_added(network_json(network, false)));
  });
  report.run("broken documents are invalid", [&] {
    must("network_added", service.network_added("{"), GANTRY_INVALID);
    must("network_added", service.network_added("{\"id\":7}"), GANTRY_INVALID);
    must("endpoint_added", service.endpoint_added(network, "[]"), GANTRY_INVALID);
    must("container_files", service.container_files("null"), GANTRY_INVALID);
  });
  report.run("the files of a container name itself and carry its own settings", [&] {
    must("endpoint_added",
         service.endpoint_added(network, member_json(web, "web", "172.30.0.2/16")));
    const auto files = must_object(
        "container_files", service.container_files(container_json(web, network, "172.30.0.2/16")));
    const std::string hosts = files.string("hosts"), resolv = files.string("resolv_conf");
    expect(contains(hosts, "127.0.0.1\tlocalhost") || contains(hosts, "127.0.0.1 localhost"),
           "hosts has no localhost");
    expect(contains(hosts, "172.30.0.2"), "hosts lacks the container's own address");
    expect(contains(hosts, "10.1.2.3\textra") || contains(hosts, "10.1.2.3 extra"),
           "hosts lacks the extra host");
    expect(contains(resolv, "nameserver "), "resolv.conf has no nameserver");
    expect(contains(resolv, "corp.example"), "resolv.conf lacks the search domain");
    expect(contains(resolv, "ndots:2"), "resolv.conf lacks the option");
  });
  report.run("members come and go, each more than once", [&] {
    must("endpoint_added", service.endpoint_added(network, member_json(db, "db", "172.30.0.3/16")));
    must("endpoint_added", service.endpoint_added(network, member_json(db, "db", "172.30.0.3/16")));
    must("endpoint_removed", service.endpoint_removed(network, db));
    must("endpoint_removed", service.endpoint_removed(network, db));
  });
  report.run("a restart of the daemon and a second announcement change nothing", [&] {
    subject.restart();
    must("network_added", service.network_added(network_json(network, false)));
    must("endpoint_added",
         service.endpoint_added(network, member_json(web, "web", "172.30.0.2/16")));
    must_object("container_files",
                service.container_files(container_json(web, network, "172.30.0.2/16")));
  });
  report.run("networks are served side by side", [&] {
    std::vector<std::thread> threads;
    std::vector<std::string> faults(4);
    for (size_t t = 0; t < faults.size(); ++t)
      threads.emplace_back([&, t] {
        try {
          const std::string own = id_of(static_cast<char>('b' + t));
          must("network_added", service.network_added(network_json(own, t == 0)));
          for (int i = 0; i < 20; ++i) {
            const std::string container = id_of(static_cast<char>('3' + t));
            must("endpoint_added",
                 service.endpoint_added(own, member_json(container, "n", "172.30.1.2/16")));
            must_object("container_files",
                        service.container_files(container_json(container, own, "172.30.1.2/16")));
            must("endpoint_removed", service.endpoint_removed(own, container));
          }
          must("network_removed", service.network_removed(own));
        } catch (const std::exception& e) {
          faults[t] = e.what();
        }
      });
    for (auto& thread : threads) thread.join();
    for (const auto& fault : faults) expect(fault.empty(), fault);
  });
  report.run("a network is removed with its members", [&] {
    must("network_removed", service.network_removed(network));
    must("network_removed", service.network_removed(network));
  });
}

}  // namespace conformance
