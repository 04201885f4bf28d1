// C++ wrapper: a name service. See gantry/network.h for the meaning and thread rule of each call.
#ifndef GANTRY_CPP_NETWORK_HPP
#define GANTRY_CPP_NETWORK_HPP

#include <gantry/ext/sockets.h>
#include <gantry/network.h>

#include <cstring>
#include <gantry/cpp/json.hpp>
#include <gantry/cpp/plugin.hpp>
#include <string>
#include <type_traits>
#include <vector>

namespace gantry::sdk {

struct Network {
  std::string id, name, driver, subnet, gateway;
  bool internal = false;
  bool is_default = false;        // the default bridge: Docker resolves no names on it
  std::string subnet6, gateway6;  // empty: none
};

/// On one network: `name` (of a container, or an alias) has one more name for one member only.
struct Link {
  std::string name, alias;
};

struct Member {
  std::string container_id, name, hostname, domainname;
  std::string address, ipv6;  // with prefix length: "172.18.0.2/16"; empty: none
  std::vector<std::string> aliases;
  std::vector<std::string> names;  // every name that must resolve
  std::vector<Link> links;
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
  std::string host_hosts, host_resolv_conf;        // the host's own files
  std::string current_hosts, current_resolv_conf;  // of a container that runs already, else empty
  bool inside_sockets = false;                     // the host can give sockets inside
  bool without_ipv6 = false;                       // the container has switched it off
};

struct ContainerFiles {
  std::string hosts, resolv_conf;
  std::string inside_address = {};  // sockets that the container's resolver wants: see Resolver
  std::uint32_t inside_port = 0;
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
  /// Content of /etc/hosts and /etc/resolv.conf when the container starts, and again while it runs:
  /// beside calls for its networks and their other members.
  virtual ContainerFiles container_files(const ContainerRequest& container) = 0;
};

/// Beside NameService: one that listens inside containers (gantry/ext/sockets.h).
class Resolver {
 public:
  virtual ~Resolver() = default;
  virtual void serve(const std::string& container_id, const gantry_inside_sockets& sockets) = 0;
};

namespace detail {

inline Network read_network(std::string_view text) {
  const Object object(text);
  return {object.string("id"),       object.string("name"),    object.string("driver"),
          object.string("subnet"),   object.string("gateway"), object.boolean("internal"),
          object.boolean("default"), object.string("subnet6"), object.string("gateway6")};
}

inline Member read_member(std::string_view text) {
  const Object object(text);
  Member member = {
      object.string("container_id"), object.string("name"),    object.string("hostname"),
      object.string("domainname"),   object.string("address"), object.string("ipv6"),
      object.strings("aliases"),     object.strings("names"),  {}};
  object.objects("links", [&](const rapidjson::Value& value) {
    member.links.push_back({Object::string_in(value, "name"), Object::string_in(value, "alias")});
  });
  return member;
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
  request.current_hosts = object.string("current_hosts");
  request.current_resolv_conf = object.string("current_resolv_conf");
  request.inside_sockets = object.boolean("inside_sockets");
  request.without_ipv6 = object.boolean("without_ipv6");
  return request;
}

template <class T>
const gantry_ext_resolver* resolver_table() {
  static constexpr auto of = [](void* self) -> Resolver& { return *static_cast<T*>(self); };
  static const gantry_ext_resolver table = {
      sizeof(gantry_ext_resolver), 0,
      [](void* self, const char* container_id, const gantry_inside_sockets* sockets,
         gantry_error* err) {
        return guarded(err, [&] { of(self).serve(container_id, *sockets); });
      }};
  return &table;
}

struct NetworkKind {
  static constexpr const char* kName = GANTRY_KIND_NETWORK;

  template <class T>
  static const void* extension(const char* id) {
    if constexpr (std::is_base_of_v<Resolver, T>)
      if (std::strcmp(id, GANTRY_EXT_RESOLVER) == 0) return resolver_table<T>();
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
            writer.begin().field("hosts", files.hosts).field("resolv_conf", files.resolv_conf);
            if (!files.inside_address.empty())
              writer.key("inside_sockets")
                  .begin()
                  .field("address", files.inside_address)
                  .field("port", static_cast<std::int64_t>(files.inside_port))
                  .end();
            writer.end();
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
        table_(host.extension<gantry_host_guest_files>(GANTRY_HOST_GUEST_FILES)),
        read_(host.extension<gantry_host_guest_files_read>(GANTRY_HOST_GUEST_FILES_READ)) {}
  explicit operator bool() const { return table_ != nullptr; }
  /// `path`: "/etc/hosts" or "/etc/resolv.conf".
  void replace(const std::string& container_id, const char* path, std::string_view content) const {
    if (!table_) throw Error(GANTRY_UNSUPPORTED, "the host does not replace guest files");
    gantry_error error{};
    error.size = sizeof error;
    const gantry_status status =
        table_->replace(ctx_, container_id.c_str(), path, bytes(content), &error);
    if (status != GANTRY_OK) throw Error(failure_class(status), error.message, error.os_errno);
  }
  bool can_read() const { return read_ != nullptr; }
  std::string read(const std::string& container_id, const char* path) const {
    if (!read_) throw Error(GANTRY_UNSUPPORTED, "the host does not show guest files");
    gantry_error error{};
    error.size = sizeof error;
    std::string text;
    const gantry_sink sink = {
        sizeof(gantry_sink), 0, &text, [](void* ctx, const char* data, std::uint64_t size) {
          static_cast<std::string*>(ctx)->append(data, static_cast<std::size_t>(size));
        }};
    const gantry_status status = read_->read(ctx_, container_id.c_str(), path, &sink, &error);
    if (status != GANTRY_OK) throw Error(failure_class(status), error.message, error.os_errno);
    return text;
  }

 private:
  void* ctx_;
  const gantry_host_guest_files* table_;
  const gantry_host_guest_files_read* read_;
};

}  // namespace gantry::sdk

#endif
