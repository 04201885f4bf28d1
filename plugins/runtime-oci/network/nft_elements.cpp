#include "network/nft_elements.hpp"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>

#include "base/error.hpp"
#include "network/netlink.hpp"
#include "network/netlink_message.hpp"

namespace gantry::oci {
namespace {

static_assert(NFPROTO_IPV4 == AF_INET && NFPROTO_IPV6 == AF_INET6);

constexpr std::size_t kElementsPerMessage = 200;  // an attribute list holds 64 KiB
constexpr std::size_t kLibraryBuffer = 32 * 1024;

struct Free {
  void operator()(unsigned char* p) const { std::free(p); }
};

// One socket for the life of the process: when one is closed, the kernel waits until all that
// earlier transactions removed is gone, some ten milliseconds. Transactions wait for each other in
// the kernel anyway. After a failure answers may be left in it: it is not used again then.
class SharedSocket {
 public:
  SharedSocket() : lock_(mutex()) {
    if (!kept()) kept() = open();
  }
  ~SharedSocket() {
    if (!done_) kept().reset();
  }
  SharedSocket(const SharedSocket&) = delete;
  SharedSocket& operator=(const SharedSocket&) = delete;

  const NetlinkSocket& socket() const { return *kept(); }
  /// Every answer has been read.
  void done() { done_ = true; }

 private:
  static std::unique_ptr<NetlinkSocket> open() {
    auto socket = std::make_unique<NetlinkSocket>(NETLINK_NETFILTER);
    // An answer that says no comes without the message that it answers.
    const int on = 1;
    ::setsockopt(::nl_socket_get_fd(socket->get()), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    return socket;
  }
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  static std::unique_ptr<NetlinkSocket>& kept() {
    static std::unique_ptr<NetlinkSocket> socket;
    return socket;
  }

  std::unique_lock<std::mutex> lock_;
  bool done_ = false;
};

int nft_type(int message) { return NFNL_SUBSYS_NFTABLES << 8 | message; }

Netlink<nl_msg> make_message(int type, int flags, unsigned sequence, std::uint8_t family,
                             std::uint16_t resource = 0) {
  Netlink<nl_msg> message(::nlmsg_alloc_size(64 * 1024));
  nfgenmsg head{};
  head.nfgen_family = family;
  head.res_id = htons(resource);
  if (!message || ::nlmsg_put(message.get(), NL_AUTO_PORT, sequence, type, 0, flags) == nullptr ||
      ::nlmsg_append(message.get(), &head, sizeof head, NLMSG_ALIGNTO) != 0)
    throw Error(GANTRY_EXHAUSTED, "firewall: out of memory");
  return message;
}

void put_value(nl_msg* message, int type, const std::string& value) {
  const Nest nest(message, type);
  must(::nla_put(message, NFTA_DATA_VALUE, static_cast<int>(value.size()), value.data()) == 0);
}

void put_names(nl_msg* message, const std::string& table, const std::string& set) {
  must(::nla_put_string(message, NFTA_SET_ELEM_LIST_TABLE, table.c_str()) == 0);
  must(::nla_put_string(message, NFTA_SET_ELEM_LIST_SET, set.c_str()) == 0);
}

void append(std::string& batch, const Netlink<nl_msg>& message) {
  const nlmsghdr* head = ::nlmsg_hdr(message.get());
  batch.append(reinterpret_cast<const char*>(head), NLMSG_ALIGN(head->nlmsg_len));
}

// Calls `each` for every message until it says stop (false).
void receive(const NetlinkSocket& socket, const std::function<bool(nlmsghdr*)>& each) {
  for (;;) {
    sockaddr_nl from{};
    unsigned char* raw = nullptr;
    const int size = ::nl_recv(socket.get(), &from, &raw, nullptr);
    if (size == -NLE_INTR) continue;
    check_netlink(size, "firewall");
    const std::unique_ptr<unsigned char, Free> buffer(raw);
    int left = size;
    for (auto* head = reinterpret_cast<nlmsghdr*>(raw); ::nlmsg_ok(head, left) != 0;
         head = ::nlmsg_next(head, &left))
      if (!each(head)) return;
    if (size == 0) throw Error(GANTRY_INTERNAL, "firewall: netlink closed");
  }
}

// The kernel takes no more at once than the send buffer holds, and libnl sets a small one.
void send(const NetlinkSocket& socket, std::string& batch) {
  if (batch.size() > kLibraryBuffer) {
    const int room = static_cast<int>(batch.size());
    for (const int buffer : {SO_SNDBUFFORCE, SO_RCVBUFFORCE})
      ::setsockopt(::nl_socket_get_fd(socket.get()), SOL_SOCKET, buffer, &room, sizeof room);
  }
  check_netlink(::nl_sendto(socket.get(), batch.data(), batch.size()), "firewall");
}

int error_of(const nlmsghdr* head) {
  return -static_cast<const nlmsgerr*>(::nlmsg_data(head))->error;
}

std::string value_of(nlattr* nest) {
  const nlattr* value =
      ::nla_find(static_cast<nlattr*>(::nla_data(nest)), ::nla_len(nest), NFTA_DATA_VALUE);
  if (value == nullptr) return {};
  return {static_cast<const char*>(::nla_data(value)), static_cast<std::size_t>(::nla_len(value))};
}

void read_elements(nlmsghdr* head, std::vector<SetElement>& elements) {
  nlattr* list = ::nlmsg_find_attr(head, sizeof(nfgenmsg), NFTA_SET_ELEM_LIST_ELEMENTS);
  if (list == nullptr) return;
  int left = ::nla_len(list);
  for (auto* item = static_cast<nlattr*>(::nla_data(list)); ::nla_ok(item, left) != 0;
       item = ::nla_next(item, &left)) {
    auto* inside = static_cast<nlattr*>(::nla_data(item));
    nlattr* key = ::nla_find(inside, ::nla_len(item), NFTA_SET_ELEM_KEY);
    nlattr* data = ::nla_find(inside, ::nla_len(item), NFTA_SET_ELEM_DATA);
    if (key != nullptr)
      elements.push_back({value_of(key), data == nullptr ? std::string() : value_of(data), {}});
  }
}

void put_element(nl_msg* message, const SetChange& change) {
  const Nest item(message, NFTA_LIST_ELEM);
  const SetElement& element = change.element;
  put_value(message, NFTA_SET_ELEM_KEY, element.key);
  if (!element.key_end.empty()) put_value(message, NFTA_SET_ELEM_KEY_END, element.key_end);
  if (element.interval_end)
    must(::nla_put_u32(message, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END)) == 0);
  if (change.add && !element.data.empty()) put_value(message, NFTA_SET_ELEM_DATA, element.data);
}

// Messages between a begin and an end; `build` appends them, numbered from `sequence` on. Throws
// with the first error's number; `what` goes into the text.
void send_batch(const std::function<void(std::string& batch, unsigned& sequence)>& build,
                const char* what) {
  SharedSocket shared;
  const NetlinkSocket& socket = shared.socket();
  unsigned sequence = 1;
  std::string batch;
  append(batch, make_message(NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST, sequence++, AF_UNSPEC,
                             NFNL_SUBSYS_NFTABLES));
  const unsigned first = sequence;
  build(batch, sequence);
  unsigned expected = sequence - first;
  append(batch, make_message(NFNL_MSG_BATCH_END, NLM_F_REQUEST, sequence, AF_UNSPEC,
                             NFNL_SUBSYS_NFTABLES));
  send(socket, batch);

  int failure = 0;
  receive(socket, [&](nlmsghdr* head) {
    if (head->nlmsg_type != NLMSG_ERROR) return true;
    const int error = error_of(head);
    if (error != 0 && failure == 0) failure = error;
    // The batch itself failed: no more answers.
    if (head->nlmsg_seq < first || head->nlmsg_seq >= sequence) return false;
    return --expected > 0;
  });
  if (failure != 0) throw os_error(std::string("firewall: ") + what, failure);
  shared.done();
}

// The error that the kernel answers, or 0.
int dump(const Netlink<nl_msg>& question, const std::function<void(nlmsghdr*)>& each) {
  SharedSocket shared;
  const NetlinkSocket& socket = shared.socket();
  nlmsghdr* request = ::nlmsg_hdr(question.get());
  check_netlink(::nl_sendto(socket.get(), request, request->nlmsg_len), "firewall");
  int failure = 0;
  receive(socket, [&](nlmsghdr* head) {
    if (head->nlmsg_type == NLMSG_DONE) return false;
    if (head->nlmsg_type == NLMSG_ERROR) {
      failure = error_of(head);
      return false;
    }
    each(head);
    return true;
  });
  if (failure == 0 || failure == ENOENT) shared.done();  // the only answer
  return failure;
}

}  // namespace

void change_elements(const std::string& table, const std::vector<SetChange>& changes) {
  if (changes.empty()) return;
  const auto build = [&](std::string& batch, unsigned& sequence) {
    for (std::size_t at = 0; at < changes.size();) {
      const SetChange& head = changes[at];
      const int type = head.add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM;
      const int flags = NLM_F_REQUEST | NLM_F_ACK | (head.add ? NLM_F_CREATE : 0);
      const Netlink<nl_msg> message = make_message(nft_type(type), flags, sequence++, head.family);
      put_names(message.get(), table, head.set);
      {
        const Nest list(message.get(), NFTA_SET_ELEM_LIST_ELEMENTS);
        for (std::size_t n = 0; n < kElementsPerMessage && at < changes.size(); ++n, ++at) {
          const SetChange& change = changes[at];
          if (change.add != head.add || change.set != head.set || change.family != head.family)
            break;
          put_element(message.get(), change);
        }
      }
      append(batch, message);
    }
  };
  send_batch(build, "change published ports or networks");
}

void delete_table(const std::string& table, std::uint8_t family) {
  const auto build = [&](std::string& batch, unsigned& sequence) {
    const Netlink<nl_msg> message =
        make_message(nft_type(NFT_MSG_DELTABLE), NLM_F_REQUEST | NLM_F_ACK, sequence++, family);
    must(::nla_put_string(message.get(), NFTA_TABLE_NAME, table.c_str()) == 0);
    append(batch, message);
  };
  try {
    send_batch(build, "delete table");
  } catch (const Error& error) {
    if (error.os_errno() != ENOENT) throw;
  }
}

std::optional<std::vector<SetElement>> list_elements(const std::string& table,
                                                     const std::string& set, std::uint8_t family) {
  const Netlink<nl_msg> message =
      make_message(nft_type(NFT_MSG_GETSETELEM), NLM_F_REQUEST | NLM_F_DUMP, 1, family);
  put_names(message.get(), table, set);
  std::vector<SetElement> elements;
  const int failure = dump(message, [&](nlmsghdr* head) { read_elements(head, elements); });
  if (failure == ENOENT) return std::nullopt;
  if (failure != 0) throw os_error("firewall: list published ports", failure);
  return elements;
}

std::optional<std::string> find_data(const std::string& table, const SetChange& like) {
  const Netlink<nl_msg> message =
      make_message(nft_type(NFT_MSG_GETSETELEM), NLM_F_REQUEST | NLM_F_ACK, 1, like.family);
  put_names(message.get(), table, like.set);
  {
    const Nest list(message.get(), NFTA_SET_ELEM_LIST_ELEMENTS);
    put_element(message.get(), {false, like.set, like.element, like.family});
  }
  std::vector<SetElement> elements;
  const int failure = dump(message, [&](nlmsghdr* head) { read_elements(head, elements); });
  if (failure != 0 && failure != ENOENT) throw os_error("firewall: find published port", failure);
  return elements.empty() ? std::nullopt : std::optional(elements.front().data);
}

std::map<std::string, std::size_t> count_rules(const std::string& table, std::uint8_t family) {
  const Netlink<nl_msg> message =
      make_message(nft_type(NFT_MSG_GETRULE), NLM_F_REQUEST | NLM_F_DUMP, 1, family);
  must(::nla_put_string(message.get(), NFTA_RULE_TABLE, table.c_str()) == 0);
  for (;;) {
    std::map<std::string, std::size_t> rules;
    bool changed = false;  // while it was being listed
    const int failure = dump(message, [&](nlmsghdr* head) {
      changed |= (head->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      nlattr* owner = ::nlmsg_find_attr(head, sizeof(nfgenmsg), NFTA_RULE_TABLE);
      nlattr* chain = ::nlmsg_find_attr(head, sizeof(nfgenmsg), NFTA_RULE_CHAIN);
      if (owner != nullptr && chain != nullptr && table == ::nla_get_string(owner))
        ++rules[::nla_get_string(chain)];
    });
    if (failure == ENOENT) return {};
    if (failure != 0) throw os_error("firewall: list rules", failure);
    if (!changed) return rules;
  }
}

std::optional<std::vector<std::string>> list_set_interfaces(const std::string& table,
                                                            const std::string& set,
                                                            std::uint8_t family) {
  const auto elements = list_elements(table, set, family);
  if (!elements) return std::nullopt;
  std::vector<std::string> names;
  for (const SetElement& element : *elements) names.emplace_back(element.key.c_str());
  return names;
}

}  // namespace gantry::oci
