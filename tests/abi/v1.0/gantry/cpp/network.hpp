// C++ wrapper: a name service. See gantry/network.h for the meaning and thread rule of each call.
#ifndef GANTRY_CPP_NETWORK_HPP
#define GANTRY_CPP_NETWORK_HPP

#include <gantry/network.h>

#include <gantry/cpp/json.hpp>
#include <gantry/cpp/plugin.hpp>
#include <string>
#include <vector>

namespace gantry::sdk {

struct Network {
  std::string id, name, driver, subnet, gateway;
  bool internal = false;
  bool is_default = false;  // the default bridge: Docker resolves no names on it
};

struct Member {
  std::string container_id, name, hostname, domainname;
  std::string address, ipv6;  // with prefix length: "172.18.0.2/16"; empty: none
  std::vector<std::string> aliases;
  std::vector<std::string> names;  // every name that must resolve
};

struct ContainerEndpoint {
  std::string network_id, address, ipv6;
};

struct ContainerRequest {
  std::string id, hostname, domainname;
  std::string mode;                      // "bridge", "host", "none", "container"
  std::vector<std::string> extra_hosts;  // "name:ip"
  std::vector<std::string> dns, dns_search, dns_options;
  std::vector<ContainerEndpoint> endpoints;
  std::string host_hosts, host_resolv_conf;  // the host's own files
};

struct ContainerFiles {
  std::string hosts, resolv_conf;
};

namespace detail {
struct NetworkKind;
}

class NameService {
 public:
  using Kind = detail::NetworkKind;
  virtual ~NameService() = default;

  /// Idempotent.
  virtual void network_added(const Network& network) = 0;
  virtual void network_removed(const std::string& network_id) = 0;
  virtual void endpoint_added(const std::string& network_id, const Member& member) = 0;
  virtual void endpoint_removed(const std::string& network_id, const std::string& container_id) = 0;
  /// Content of /etc/hosts and /etc/resolv.conf when the container starts.
  virtual ContainerFiles container_files(const ContainerRequest& container) = 0;
};

namespace detail {

inline Network read_network(std::string_view text) {
  const Object object(text);
  return {object.string("id"),      object.string("name"),    object.string("driver"),
          object.string("subnet"),  object.string("gateway"), object.boolean("internal"),
          object.boolean("default")};
}

inline Member read_member(std::string_view text) {
  const Object object(text);
  return {object.string("container_id"), object.string("name"),    object.string("hostname"),
          object.string("domainname"),   object.string("address"), object.string("ipv6"),
          object.strings("aliases"),     object.strings("names")};
}

inline ContainerRequest read_container(std::string_view text) {
  const Object object(text);
  ContainerRequest request;
  request.id = object.string("id");
  request.hostname = object.string("hostname");
  request.domainname = object.string("domainname");
  request.mode = object.string("mode");
  request.extra_hosts = object.strings("extra_hosts");
  request.dns = object.strings("dns");
  request.dns_search = object.strings("dns_search");
  request.dns_options = object.strings("dns_options");
  object.objects("endpoints", [&](const rapidjson::Value& value) {
    request.endpoints.push_back({Object::string_in(value, "network_id"),
                                 Object::string_in(value, "address"),
                                 Object::string_in(value, "ipv6")});
  });
  request.host_hosts = object.string("host_hosts");
  request.host_resolv_conf = object.string("host_resolv_conf");
  return request;
}

struct NetworkKind {
  static constexpr const char* kName = GANTRY_KIND_NETWORK;

  template <class T>
  static const void* extension(const char*) {
    return nullptr;
  }

  template <class T>
  static const void* table() {
    static constexpr auto of = [](void* self) -> NameService& { return *static_cast<T*>(self); };
    static const gantry_network table = {
        sizeof(gantry_network),
        0,
        [](void* self, gantry_bytes network, gantry_error* err) {
          return guarded(err, [&] { of(self).network_added(read_network(view(network))); });
        },
        [](void* self, const char* network_id, gantry_error* err) {
          return guarded(err, [&] { of(self).network_removed(network_id); });
        },
        [](void* self, const char* network_id, gantry_bytes member, gantry_error* err) {
          return guarded(err,
                         [&] { of(self).endpoint_added(network_id, read_member(view(member))); });
        },
        [](void* self, const char* network_id, const char* container_id, gantry_error* err) {
          return guarded(err, [&] { of(self).endpoint_removed(network_id, container_id); });
        },
        [](void* self, gantry_bytes container, const gantry_sink* out, gantry_error* err) {
          return guarded(err, [&] {
            const auto files = of(self).container_files(read_container(view(container)));
            JsonWriter writer;
            writer.begin()
                .field("hosts", files.hosts)
                .field("resolv_conf", files.resolv_conf)
                .end();
            write(out, writer.text());
          });
        }};
    return &table;
  }
};

}  // namespace detail

/// The host's guest_files extension: replaces managed files of running containers.
class GuestFiles {
 public:
  explicit GuestFiles(const Host& host)
      : ctx_(host.abi()->ctx),
        table_(host.extension<gantry_host_guest_files>(GANTRY_HOST_GUEST_FILES)) {}
  explicit operator bool() const { return table_ != nullptr; }
  /// `path`: "/etc/hosts" or "/etc/resolv.conf".
  void replace(const std::string& container_id, const char* path, std::string_view content) const {
    if (!table_) throw Error(GANTRY_UNSUPPORTED, "the host does not replace guest files");
    gantry_error error{};
    error.size = sizeof error;
    const gantry_status status =
        table_->replace(ctx_, container_id.c_str(), path, bytes(content), &error);
    if (status != GANTRY_OK)
      throw Error(static_cast<gantry_errc>(status), error.message, error.os_errno);
  }

 private:
  void* ctx_;
  const gantry_host_guest_files* table_;
};

}  // namespace gantry::sdk

#endif
