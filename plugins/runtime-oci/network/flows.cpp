#include "network/flows.hpp"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netlink/msg.h>

#include <cstring>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "network/netlink.hpp"

namespace gantry::oci {
namespace {

int ct_type(int message) { return NFNL_SUBSYS_CTNETLINK << 8 | message; }

Netlink<nl_msg> make_message(int type, int flags, int family) {
  Netlink<nl_msg> message(::nlmsg_alloc_simple(ct_type(type), NLM_F_REQUEST | flags));
  nfgenmsg head{};
  head.nfgen_family = static_cast<std::uint8_t>(family);
  head.version = NFNETLINK_V0;
  if (!message || ::nlmsg_append(message.get(), &head, sizeof head, NLMSG_ALIGNTO) != 0)
    throw Error(GANTRY_EXHAUSTED, "conntrack: out of memory");
  return message;
}

nlattr* inside(nlattr* nest, int type) {
  return nest == nullptr
             ? nullptr
             : ::nla_find(static_cast<nlattr*>(::nla_data(nest)), ::nla_len(nest), type);
}

/// One direction of a flow.
struct Tuple {
  int protocol = 0;
  std::string source, target;  // addresses as the kernel holds them
  std::uint16_t source_port = 0, target_port = 0;
};

std::string bytes_of(nlattr* attribute) {
  if (attribute == nullptr) return {};
  return {static_cast<const char*>(::nla_data(attribute)),
          static_cast<std::size_t>(::nla_len(attribute))};
}

std::uint16_t port_of(nlattr* attribute) {
  return attribute == nullptr ? std::uint16_t{0} : ntohs(::nla_get_u16(attribute));
}

Tuple read_tuple(nlattr* nest) {
  nlattr* ip = inside(nest, CTA_TUPLE_IP);
  nlattr* proto = inside(nest, CTA_TUPLE_PROTO);
  nlattr* number = inside(proto, CTA_PROTO_NUM);
  const bool ipv4 = inside(ip, CTA_IP_V4_SRC) != nullptr;
  Tuple tuple;
  tuple.protocol = number == nullptr ? 0 : ::nla_get_u8(number);
  tuple.source = bytes_of(inside(ip, ipv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC));
  tuple.target = bytes_of(inside(ip, ipv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST));
  tuple.source_port = port_of(inside(proto, CTA_PROTO_SRC_PORT));
  tuple.target_port = port_of(inside(proto, CTA_PROTO_DST_PORT));
  return tuple;
}

struct Flow {
  Tuple there, back;
  bool translated = false;
};

using Matches = std::function<bool(const Flow&)>;

struct Search {
  int family;
  const Matches& matches;
  std::vector<std::string> removals;  // messages, many to be sent at once
};

void append(std::vector<std::string>& batches, const nlmsghdr* message) {
  constexpr std::size_t kBatch = 16 * 1024;
  if (batches.empty() || batches.back().size() > kBatch) batches.emplace_back();
  std::string& batch = batches.back();
  batch.append(reinterpret_cast<const char*>(message), message->nlmsg_len);
  batch.resize(NLMSG_ALIGN(batch.size()));
}

void copy(nl_msg* message, nlattr* attribute) {
  if (attribute != nullptr)
    ::nla_put(message, ::nla_type(attribute) | NLA_F_NESTED, ::nla_len(attribute),
              ::nla_data(attribute));
}

// One flow of a dump. Runs inside libnl, which no exception may cross.
int inspect_flow(nl_msg* message, void* argument) noexcept {
  auto& search = *static_cast<Search*>(argument);
  nlmsghdr* head = ::nlmsg_hdr(message);
  const auto find = [&](int type) {
    return ::nlmsg_find_attr(head, static_cast<int>(sizeof(nfgenmsg)), type);
  };
  try {
    nlattr* original = find(CTA_TUPLE_ORIG);
    nlattr* status = find(CTA_STATUS);
    nlattr* id = find(CTA_ID);
    const std::uint32_t bits = status == nullptr ? 0 : ntohl(::nla_get_u32(status));
    const Flow flow{read_tuple(original), read_tuple(find(CTA_TUPLE_REPLY)),
                    (bits & IPS_NAT_MASK) != 0};
    if (!search.matches(flow)) return NL_OK;
    auto removal = make_message(IPCTNL_MSG_CT_DELETE, 0, search.family);
    copy(removal.get(), original);
    // Another flow may have the same addresses by now.
    if (id != nullptr) ::nla_put_u32(removal.get(), CTA_ID, ::nla_get_u32(id));
    append(search.removals, ::nlmsg_hdr(removal.get()));
  } catch (const std::exception&) {
    return NL_STOP;
  }
  return NL_OK;
}

/// What the kernel itself leaves out of a dump. An old one leaves out nothing.
struct Narrowing {
  bool translated = false;  // only flows whose target is
  std::string answerer;     // "", or only flows that this IPv4 address answers
};

void narrow(nl_msg* dump, const Narrowing& by) {
  if (by.translated) {  // Linux 5.15
    ::nla_put_u32(dump, CTA_STATUS, htonl(IPS_DST_NAT));
    ::nla_put_u32(dump, CTA_STATUS_MASK, htonl(IPS_DST_NAT));
  }
  // For IPv6 addresses the kernel's comparison is upside down: it leaves out what is asked for.
  if (by.answerer.size() != sizeof(in_addr)) return;
  constexpr std::uint32_t kSourceAddress = 1;  // Linux 5.8; not in its headers for programs
  nlattr* filter = ::nla_nest_start(dump, CTA_FILTER | NLA_F_NESTED);
  if (filter == nullptr) return;
  ::nla_put_u32(dump, CTA_FILTER_ORIG_FLAGS, 0);
  ::nla_put_u32(dump, CTA_FILTER_REPLY_FLAGS, kSourceAddress);
  ::nla_nest_end(dump, filter);
  nlattr* tuple = ::nla_nest_start(dump, CTA_TUPLE_REPLY | NLA_F_NESTED);
  nlattr* ip = ::nla_nest_start(dump, CTA_TUPLE_IP | NLA_F_NESTED);
  ::nla_put(dump, CTA_IP_V4_SRC, static_cast<int>(by.answerer.size()), by.answerer.data());
  ::nla_nest_end(dump, ip);
  ::nla_nest_end(dump, tuple);
}

void forget(int family, const Narrowing& by, const Matches& matches) {
  const NetlinkSocket socket(NETLINK_NETFILTER);
  auto dump = make_message(IPCTNL_MSG_CT_GET, NLM_F_DUMP, family);
  narrow(dump.get(), by);
  Search search{family, matches, {}};
  ::nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, inspect_flow, &search);
  if (::nl_send_auto(socket.get(), dump.get()) < 0) return;
  const bool heard = ::nl_recvmsgs_default(socket.get()) >= 0;
  if (!heard && by.translated) return forget(family, {}, matches);  // a kernel that minds
  for (const std::string& removals : search.removals)
    ::nl_sendto(socket.get(), const_cast<char*>(removals.data()), removals.size());
}

std::string binary(const std::string& address) {
  const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  unsigned char bytes[sizeof(in6_addr)] = {};
  if (::inet_pton(family, address.c_str(), bytes) != 1) return {};
  return {reinterpret_cast<const char*>(bytes),
          family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr)};
}

bool is_any(const std::string& address) {
  return address.empty() || address == "0.0.0.0" || address == "::";
}

struct Port {
  int protocol;
  std::string host;  // binary; "": all addresses
  std::uint16_t host_port;
  std::string container;  // binary
  std::uint16_t container_port;
};

Port port_of(const PortRequest& request, std::uint16_t host_port) {
  return {request.protocol, is_any(request.host_ip) ? std::string() : binary(request.host_ip),
          host_port, binary(request.container_ip), request.container_port};
}

std::uint32_t called(int protocol, std::uint16_t port) {
  return static_cast<std::uint32_t>(protocol) << 16 | port;
}

/// Ports by what their callers call: there may be many of them, and very many flows.
using Callable = std::unordered_multimap<std::uint32_t, Port>;

bool is_call_of(const Flow& flow, const Port& port) {
  if (port.host_port == 0) return flow.there.target == port.container;  // open at its own address
  return port.host.empty() || port.host == flow.there.target;
}

/// "" when there are several.
std::string only_container(const Callable& ports) {
  const std::string& first = ports.begin()->second.container;
  for (const auto& [key, port] : ports)
    if (port.container != first) return {};
  return first;
}

template <class Condition>
void forget_where(const std::vector<Port>& ports, bool translated, Condition condition) {
  for (const int family : {AF_INET, AF_INET6}) {
    const std::size_t size = family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
    Callable wanted;
    for (const Port& port : ports)
      if (port.container.size() == size)
        wanted.emplace(
            called(port.protocol, port.host_port == 0 ? port.container_port : port.host_port),
            port);
    if (wanted.empty()) continue;
    const Narrowing by{translated, translated ? only_container(wanted) : std::string()};
    forget(family, by, [&](const Flow& flow) {
      if (flow.translated != translated) return false;
      const auto [begin, end] =
          wanted.equal_range(called(flow.there.protocol, flow.there.target_port));
      for (auto at = begin; at != end; ++at)
        if (is_call_of(flow, at->second) && condition(flow, at->second)) return true;
      return false;
    });
  }
}

}  // namespace

void forget_untranslated_flows(const std::vector<ReservedPort>& ports) noexcept {
  try {
    std::vector<Port> udp;
    for (const ReservedPort& port : ports)
      if (port.request.protocol == IPPROTO_UDP && !port.request.open)
        udp.push_back(port_of(port.request, port.host_port));
    forget_where(udp, false, [](const Flow&, const Port&) { return true; });
  } catch (const std::exception&) {
    // They end by themselves when their clients pause.
  }
}

void forget_translated_flows(const std::vector<PortRequest>& ports) noexcept {
  try {
    std::vector<Port> translated, open;
    for (const PortRequest& port : ports)
      (port.host_port == 0 ? open : translated).push_back(port_of(port, port.host_port));
    forget_where(translated, true, [](const Flow& flow, const Port& port) {
      return flow.back.source == port.container && flow.back.source_port == port.container_port;
    });
    forget_where(open, false, [](const Flow&, const Port&) { return true; });
  } catch (const std::exception&) {
    // As above.
  }
}

}  // namespace gantry::oci
