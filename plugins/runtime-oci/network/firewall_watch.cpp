#include "network/firewall_watch.hpp"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/error.hpp"
#include "network/nft_elements.hpp"

namespace gantry::oci {
namespace {

constexpr int kTableRemoved = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE;
constexpr std::size_t kDatagram = 32 * 1024;  // more than the kernel puts into one

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
    if (ready[0].revents == 0 || !read_removal()) continue;
    drain();  // the other family's table went in the same transaction
    lost_();
  }
}

bool FirewallWatch::read_removal() {
  alignas(nlmsghdr) std::array<char, kDatagram> buffer;
  const ssize_t size =
      ::recv(::nl_socket_get_fd(socket_.get()), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0) return errno == ENOBUFS && is_gone();
  int left = static_cast<int>(size);
  for (auto* head = reinterpret_cast<nlmsghdr*>(buffer.data()); ::nlmsg_ok(head, left) != 0;
       head = ::nlmsg_next(head, &left)) {
    if (head->nlmsg_type != kTableRemoved) continue;
    nlattr* name = ::nlmsg_find_attr(head, sizeof(nfgenmsg), NFTA_TABLE_NAME);
    if (name != nullptr && table_ == ::nla_get_string(name)) return true;
  }
  return false;
}

void FirewallWatch::drain() const {
  std::array<char, kDatagram> buffer;
  const int socket = ::nl_socket_get_fd(socket_.get());
  while (::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
  }
}

bool FirewallWatch::is_gone() const {
  drain();
  try {
    return !list_elements(table_, "bridges");
  } catch (const Error&) {
    return true;
  }
}

}  // namespace gantry::oci
