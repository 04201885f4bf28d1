#include "network/port_redirect.hpp"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <netlink/msg.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "network/netlink.hpp"
#include "network/netlink_message.hpp"

namespace gantry::oci {
namespace {

constexpr const char* kTable = "gantry_resolver";
constexpr const char* kChain = "output";
constexpr std::uint32_t kLoopbackIndex = 1;                           // in every namespace
constexpr std::int32_t kBeforeTracking = -300;                        // NF_IP_PRI_RAW
constexpr std::uint32_t kSourceOffset = 12, kDestinationOffset = 16;  // in the IPv4 header

constexpr unsigned kFirst = 1;  // sequence number of the message that opens a batch

/// One batch, all or nothing. Numbers of nf_tables attributes are in network byte order.
class Batch {
 public:
  Batch() { control(NFNL_MSG_BATCH_BEGIN); }

  /// Starts a message of nf_tables; what it holds follows by put().
  nl_msg* begin(int type, int flags) {
    ++expected_;
    return start(NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_REQUEST | NLM_F_ACK | flags, NFPROTO_IPV4,
                 0);
  }
  void end() {
    const nlmsghdr* head = ::nlmsg_hdr(message_.get());
    bytes_.append(reinterpret_cast<const char*>(head), NLMSG_ALIGN(head->nlmsg_len));
    message_.reset();
  }
  void send() {
    control(NFNL_MSG_BATCH_END);
    const NetlinkSocket socket(NETLINK_NETFILTER);
    check_netlink(::nl_sendto(socket.get(), bytes_.data(), bytes_.size()), "resolver rules");
    int failure = 0;
    while (expected_ > 0) receive(socket, failure);
    if (failure != 0) throw os_error("resolver rules", failure);
  }

 private:
  nl_msg* start(int type, int flags, std::uint8_t family, std::uint16_t resource) {
    message_.reset(::nlmsg_alloc_size(4096));
    nfgenmsg head{};
    head.nfgen_family = family;
    head.res_id = htons(resource);
    must(message_ && ::nlmsg_put(message_.get(), NL_AUTO_PORT, sequence_++, type, 0, flags) &&
         ::nlmsg_append(message_.get(), &head, sizeof head, NLMSG_ALIGNTO) == 0);
    return message_.get();
  }
  void control(int type) {
    start(type, NLM_F_REQUEST, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    end();
  }
  void receive(const NetlinkSocket& socket, int& failure) {
    sockaddr_nl from{};
    unsigned char* raw = nullptr;
    const int size = ::nl_recv(socket.get(), &from, &raw, nullptr);
    if (size == -NLE_INTR) return;
    check_netlink(size, "resolver rules");
    const std::unique_ptr<unsigned char, decltype(&std::free)> buffer(raw, &std::free);
    if (size == 0) throw Error(GANTRY_INTERNAL, "resolver rules: netlink closed");
    int left = size;
    for (auto* head = reinterpret_cast<nlmsghdr*>(raw); ::nlmsg_ok(head, left) != 0;
         head = ::nlmsg_next(head, &left)) {
      if (head->nlmsg_type != NLMSG_ERROR) continue;
      const int error = -static_cast<const nlmsgerr*>(::nlmsg_data(head))->error;
      if (error != 0 && failure == 0) failure = error;
      // An error of the batch itself ends everything.
      expected_ = head->nlmsg_seq == kFirst || head->nlmsg_seq + 1 == sequence_ ? 0 : expected_ - 1;
    }
  }

  std::string bytes_;
  Netlink<nl_msg> message_;
  unsigned sequence_ = kFirst;
  unsigned expected_ = 0;
};

void put(nl_msg* m, int type, const char* text) { must(::nla_put_string(m, type, text) == 0); }
void put(nl_msg* m, int type, std::uint32_t value) {
  must(::nla_put_u32(m, type, htonl(value)) == 0);
}
void put(nl_msg* m, int type, const void* bytes, std::size_t size) {
  must(::nla_put(m, type, static_cast<int>(size), bytes) == 0);
}

/// One expression of a rule; `fill` writes its attributes.
template <class Fill>
void expression(nl_msg* m, const char* name, Fill fill) {
  const Nest element(m, NFTA_LIST_ELEM);
  put(m, NFTA_EXPR_NAME, name);
  const Nest data(m, NFTA_EXPR_DATA);
  fill();
}

void compare(nl_msg* m, const void* bytes, std::size_t size) {
  expression(m, "cmp", [&] {
    put(m, NFTA_CMP_SREG, std::uint32_t{NFT_REG_1});
    put(m, NFTA_CMP_OP, std::uint32_t{NFT_CMP_EQ});
    const Nest data(m, NFTA_CMP_DATA);
    put(m, NFTA_DATA_VALUE, bytes, size);
  });
}

void match_meta(nl_msg* m, std::uint32_t key, const void* bytes, std::size_t size) {
  expression(m, "meta", [&] {
    put(m, NFTA_META_DREG, std::uint32_t{NFT_REG_1});
    put(m, NFTA_META_KEY, key);
  });
  compare(m, bytes, size);
}

void match_payload(nl_msg* m, std::uint32_t base, std::uint32_t offset, const void* bytes,
                   std::size_t size) {
  expression(m, "payload", [&] {
    put(m, NFTA_PAYLOAD_DREG, std::uint32_t{NFT_REG_1});
    put(m, NFTA_PAYLOAD_BASE, base);
    put(m, NFTA_PAYLOAD_OFFSET, offset);
    put(m, NFTA_PAYLOAD_LEN, static_cast<std::uint32_t>(size));
  });
  compare(m, bytes, size);
}

void write_port(nl_msg* m, std::uint32_t offset, std::uint32_t checksum, std::uint16_t port) {
  expression(m, "immediate", [&] {
    put(m, NFTA_IMMEDIATE_DREG, std::uint32_t{NFT_REG_1});
    const Nest data(m, NFTA_IMMEDIATE_DATA);
    put(m, NFTA_DATA_VALUE, &port, sizeof port);
  });
  expression(m, "payload", [&] {
    put(m, NFTA_PAYLOAD_SREG, std::uint32_t{NFT_REG_1});
    put(m, NFTA_PAYLOAD_BASE, std::uint32_t{NFT_PAYLOAD_TRANSPORT_HEADER});
    put(m, NFTA_PAYLOAD_OFFSET, offset);
    put(m, NFTA_PAYLOAD_LEN, std::uint32_t{sizeof port});
    put(m, NFTA_PAYLOAD_CSUM_TYPE, std::uint32_t{NFT_PAYLOAD_CSUM_INET});
    put(m, NFTA_PAYLOAD_CSUM_OFFSET, checksum);
  });
}

struct Rewrite {
  std::uint8_t protocol;
  std::uint32_t address_offset;  // of the field that holds our address
  std::uint32_t port_offset;
  std::uint16_t from, to;  // network byte order
};

void add_rule(Batch& batch, in_addr address, const Rewrite& rewrite) {
  nl_msg* m = batch.begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
  put(m, NFTA_RULE_TABLE, kTable);
  put(m, NFTA_RULE_CHAIN, kChain);
  {
    const Nest list(m, NFTA_RULE_EXPRESSIONS);
    match_meta(m, NFT_META_OIF, &kLoopbackIndex, sizeof kLoopbackIndex);
    match_payload(m, NFT_PAYLOAD_NETWORK_HEADER, rewrite.address_offset, &address, sizeof address);
    match_meta(m, NFT_META_L4PROTO, &rewrite.protocol, sizeof rewrite.protocol);
    match_payload(m, NFT_PAYLOAD_TRANSPORT_HEADER, rewrite.port_offset, &rewrite.from,
                  sizeof rewrite.from);
    // Where the container tracks connections itself, it would see two halves that don't fit.
    expression(m, "notrack", [] {});
    const bool udp = rewrite.protocol == IPPROTO_UDP;
    write_port(
        m, rewrite.port_offset,
        static_cast<std::uint32_t>(udp ? offsetof(udphdr, uh_sum) : offsetof(tcphdr, th_sum)),
        rewrite.to);
  }
  batch.end();
}

void add_chain(Batch& batch) {
  nl_msg* m = batch.begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  put(m, NFTA_CHAIN_TABLE, kTable);
  put(m, NFTA_CHAIN_NAME, kChain);
  put(m, NFTA_CHAIN_TYPE, "filter");
  {
    const Nest hook(m, NFTA_CHAIN_HOOK);
    put(m, NFTA_HOOK_HOOKNUM, std::uint32_t{NF_INET_LOCAL_OUT});
    put(m, NFTA_HOOK_PRIORITY, static_cast<std::uint32_t>(kBeforeTracking));
  }
  put(m, NFTA_CHAIN_POLICY, std::uint32_t{NF_ACCEPT});
  batch.end();
}

void table_message(Batch& batch, int type, int flags) {
  put(batch.begin(type, flags), NFTA_TABLE_NAME, kTable);
  batch.end();
}

void send_rules(Batch& batch, const PortRedirect& redirect) {
  table_message(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
  add_chain(batch);
  const std::uint16_t port = htons(redirect.port);
  for (const auto& [protocol, target] :
       {std::pair<std::uint8_t, std::uint16_t>{IPPROTO_UDP, redirect.udp},
        {IPPROTO_TCP, redirect.tcp}}) {
    const std::uint16_t arrives = htons(target);
    add_rule(batch, redirect.address, {protocol, kDestinationOffset, 2, port, arrives});
    add_rule(batch, redirect.address, {protocol, kSourceOffset, 0, arrives, port});
  }
  batch.send();
}

}  // namespace

void set_port_redirect(const PortRedirect& redirect) {
  try {
    Batch batch;
    return send_rules(batch, redirect);
  } catch (const Error& error) {
    if (error.os_errno() != EEXIST) throw;
  }
  // An earlier one goes in the same transaction. Only now: after a deletion the kernel lets whoever
  // closes such a socket wait until all processors have passed a quiet point, some ten
  // milliseconds.
  Batch batch;
  table_message(batch, NFT_MSG_DELTABLE, 0);
  send_rules(batch, redirect);
}

}  // namespace gantry::oci
