#include "network/firewall_watch.hpp"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "network/firewall_rules.hpp"
#include "network/nft_elements.hpp"

namespace gantry::oci {
namespace {

constexpr int kTableRemoved = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE;
constexpr int kRuleRemoved = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELRULE;
static_assert(int{NFTA_TABLE_NAME} == int{NFTA_RULE_TABLE});

}  // namespace

FirewallWatch::FirewallWatch(std::string table, std::function<void()> lost)
    : table_(std::move(table)),
      lost_(std::move(lost)),
      socket_(NETLINK_NETFILTER),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (!stop_) throw_errno("firewall: eventfd");
  check_netlink(::nl_socket_add_membership(socket_.get(), NFNLGRP_NFTABLES), "firewall: listen");
  thread_ = std::thread([this] { listen(); });
}

FirewallWatch::~FirewallWatch() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

void FirewallWatch::listen() {
  for (;;) {
    std::array<pollfd, 2> ready{
        {{::nl_socket_get_fd(socket_.get()), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
    if (ready[1].revents != 0) return;
    if (ready[0].revents != 0 && is_lost(hear())) lost_();
  }
}

FirewallWatch::Heard FirewallWatch::hear() const {
  Heard heard;
  alignas(nlmsghdr) std::array<char, kDatagram> buffer;
  for (;;) {
    const ssize_t size =
        ::recv(::nl_socket_get_fd(socket_.get()), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size > 0) {
      note(buffer, static_cast<std::size_t>(size), heard);
    } else if (size < 0 && errno == ENOBUFS) {
      heard.touched.insert(AF_INET);  // something was missed; the first network makes this table
    } else {
      return heard;
    }
  }
}

void FirewallWatch::note(std::array<char, kDatagram>& buffer, std::size_t size,
                         Heard& heard) const {
  int left = static_cast<int>(size);
  for (auto* head = reinterpret_cast<nlmsghdr*>(buffer.data()); ::nlmsg_ok(head, left) != 0;
       head = ::nlmsg_next(head, &left)) {
    if (head->nlmsg_type != kTableRemoved && head->nlmsg_type != kRuleRemoved) continue;
    nlattr* name = ::nlmsg_find_attr(head, sizeof(nfgenmsg), NFTA_TABLE_NAME);
    if (name == nullptr || table_ != ::nla_get_string(name)) continue;
    if (head->nlmsg_type == kTableRemoved)
      heard.table_removed = true;
    else
      heard.touched.insert(static_cast<const nfgenmsg*>(::nlmsg_data(head))->nfgen_family);
  }
}

bool FirewallWatch::is_lost(const Heard& heard) const {
  return heard.table_removed || std::any_of(heard.touched.begin(), heard.touched.end(),
                                            [&](auto family) { return lacks_rules(family); });
}

bool FirewallWatch::lacks_rules(std::uint8_t family) const {
  try {
    const auto there = count_rules(table_, family);
    const auto chains = firewall_chains(family);
    return std::any_of(chains.begin(), chains.end(), [&](const auto& chain) {
      const auto found = there.find(chain.first);
      return found == there.end() || found->second < chain.second;
    });
  } catch (const Error&) {
    return true;
  }
}

}  // namespace gantry::oci
