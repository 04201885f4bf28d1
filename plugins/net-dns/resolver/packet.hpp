// DNS messages, decoded and encoded by ldns. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/address.hpp"
#include "resolver/ldns.hpp"

namespace net_dns {

struct FreeLdns {
  void operator()(ldns_pkt* p) const { ::ldns_pkt_free(p); }
  void operator()(ldns_rr* p) const { ::ldns_rr_free(p); }
  void operator()(ldns_rdf* p) const { ::ldns_rdf_deep_free(p); }
};
using PacketPtr = std::unique_ptr<ldns_pkt, FreeLdns>;

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kHeaderSize = 12;  // of a message
constexpr std::size_t kLargestMessage = 65535;
constexpr std::uint16_t kPlainUdpSize = 512;  // what a client without EDNS takes (RFC 1035)
constexpr std::uint16_t kOurUdpSize = 1232;   // no fragments on any path

/// Null: malformed.
PacketPtr parse(const std::uint8_t* bytes, std::size_t size);
/// Empty when it cannot be encoded.
Bytes encode(const ldns_pkt& packet);

/// What decides how a query is answered.
struct Question {
  std::string name;  // lower case, without the final dot; "" for the root
  ldns_rr_type type = LDNS_RR_TYPE_A;
  ldns_rr_class klass = LDNS_RR_CLASS_IN;
  bool dnssec_ok = false, checking_disabled = false, recursion_desired = false;
  bool edns = false;
  bool has_edns_options = false;
  std::uint16_t udp_size = kPlainUdpSize;  // what the client takes
  std::size_t name_size = 0;               // bytes of the name in the message, behind the header
};

/// A message with one question, which every sane query and its answer have.
std::optional<Question> question_of(const ldns_pkt& packet);

/// The beginnings of a reply: same id and question, flags of a recursive server, EDNS when asked
/// with.
PacketPtr reply_to(const ldns_pkt& query, ldns_pkt_rcode rcode);
/// A reply that holds the question only.
Bytes bare_reply(const ldns_pkt& query, ldns_pkt_rcode rcode);
/// For a query that cannot be decoded, but has a header: FORMERR. Empty: not even that.
Bytes format_error(const std::uint8_t* bytes, std::size_t size);

void add_address(ldns_pkt& reply, const ldns_rr& question, const Address& address,
                 std::uint32_t ttl);
/// `name` without the final dot. False: DNS cannot carry it (a label of more than 63 bytes, …).
bool add_pointer(ldns_pkt& reply, const ldns_rr& question, const std::string& name,
                 std::uint32_t ttl);
/// Encodes with as many answers as fit into `size`; says so by the flag TC when some do not.
Bytes encode_to_fit(ldns_pkt& reply, std::size_t size);

/// "4.3.2.1.in-addr.arpa", "….ip6.arpa" → the address.
std::optional<Address> address_of_pointer(std::string_view name);

std::uint16_t id_of(const Bytes& message);
void set_id(Bytes& message, std::uint16_t id);

}  // namespace net_dns
