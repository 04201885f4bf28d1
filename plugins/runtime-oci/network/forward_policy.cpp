#include "network/forward_policy.hpp"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>

#include "network/netlink.hpp"
#include "network/nft_elements.hpp"

namespace gantry::oci {
namespace {

struct Found {
  std::string own_table;
  bool has_ipv6;  // some network of ours has it
  std::vector<std::string> warnings;
};

std::uint32_t number(nlattr* attribute) {
  return attribute == nullptr ? 0 : ntohl(::nla_get_u32(attribute));
}

// One chain of a dump.
int inspect_chain(nl_msg* message, void* argument) {
  auto& found = *static_cast<Found*>(argument);
  nlmsghdr* head = ::nlmsg_hdr(message);
  const auto* family = static_cast<const nfgenmsg*>(::nlmsg_data(head));
  const auto find = [&](int type) {
    return ::nlmsg_find_attr(head, static_cast<int>(sizeof(nfgenmsg)), type);
  };
  nlattr* hook = find(NFTA_CHAIN_HOOK);
  nlattr* table = find(NFTA_CHAIN_TABLE);
  nlattr* name = find(NFTA_CHAIN_NAME);
  nlattr* policy = find(NFTA_CHAIN_POLICY);
  if (hook == nullptr || table == nullptr || name == nullptr || policy == nullptr) return NL_OK;
  nlattr* point =
      ::nla_find(static_cast<nlattr*>(::nla_data(hook)), ::nla_len(hook), NFTA_HOOK_HOOKNUM);
  const bool concerns_us = family->nfgen_family == NFPROTO_IPV4 ||
                           family->nfgen_family == NFPROTO_INET ||
                           (family->nfgen_family == NFPROTO_IPV6 && found.has_ipv6);
  const bool forward = number(point) == NF_INET_FORWARD && concerns_us;
  if (!forward || number(policy) != NF_DROP || found.own_table == ::nla_get_string(table))
    return NL_OK;
  found.warnings.push_back(std::string("WARNING: the chain ") + ::nla_get_string(name) +
                           " of the nftables table " + ::nla_get_string(table) +
                           " drops forwarded packets: containers may not reach other hosts, nor "
                           "be reached through published ports");
  return NL_OK;
}

}  // namespace

std::vector<std::string> forward_warnings(const std::string& own_table) {
  Found found{own_table, list_elements(own_table, "bridges", AF_INET6).has_value(), {}};
  const NetlinkSocket socket(NETLINK_NETFILTER);
  Netlink<nl_msg> message(::nlmsg_alloc_simple(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN,
                                               NLM_F_REQUEST | NLM_F_DUMP));
  nfgenmsg head{};
  head.nfgen_family = NFPROTO_UNSPEC;
  if (!message || ::nlmsg_append(message.get(), &head, sizeof head, NLMSG_ALIGNTO) != 0) return {};
  ::nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, inspect_chain, &found);
  // A kernel without nf_tables has no such chains.
  if (::nl_send_auto(socket.get(), message.get()) < 0) return {};
  ::nl_recvmsgs_default(socket.get());
  return found.warnings;
}

}  // namespace gantry::oci
