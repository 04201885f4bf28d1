#include "resolver/packet.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <new>

namespace net_dns {

namespace {

constexpr std::string_view kV4Zone = ".in-addr.arpa", kV6Zone = ".ip6.arpa";

struct Free {
  void operator()(void* p) const { std::free(p); }
};

std::string lower_text(const ldns_rdf& name) {
  const std::unique_ptr<char, Free> text(::ldns_rdf2str(&name));
  std::string lower = text ? text.get() : "";
  if (!lower.empty() && lower.back() == '.') lower.pop_back();
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

void add_answer(ldns_pkt& reply, const ldns_rr& question, ldns_rdf* value, std::uint32_t ttl) {
  std::unique_ptr<ldns_rdf, FreeLdns> data(value);
  std::unique_ptr<ldns_rr, FreeLdns> record(::ldns_rr_new());
  if (!data || !record) throw std::bad_alloc();
  ::ldns_rr_set_owner(record.get(), ::ldns_rdf_clone(::ldns_rr_owner(&question)));
  ::ldns_rr_set_type(record.get(), ::ldns_rr_get_type(&question));
  ::ldns_rr_set_class(record.get(), LDNS_RR_CLASS_IN);
  ::ldns_rr_set_ttl(record.get(), ttl);
  if (!::ldns_rr_push_rdf(record.get(), data.get())) throw std::bad_alloc();
  static_cast<void>(data.release());  // the record's
  if (!::ldns_pkt_push_rr(&reply, LDNS_SECTION_ANSWER, record.get())) throw std::bad_alloc();
  static_cast<void>(record.release());  // the reply's
}

std::optional<Address> v4_of_pointer(std::string_view digits) {
  Address address;
  for (int i = 3; i >= 0; --i) {
    unsigned value = 0;
    const auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || value > 255) return std::nullopt;
    digits.remove_prefix(static_cast<std::size_t>(at - digits.data()));
    address.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value);
    if (i > 0) {
      if (digits.empty() || digits[0] != '.') return std::nullopt;
      digits.remove_prefix(1);
    }
  }
  return digits.empty() ? std::optional(address) : std::nullopt;
}

std::optional<Address> v6_of_pointer(std::string_view digits) {
  if (digits.size() != 63) return std::nullopt;
  Address address;
  address.v6 = true;
  for (std::size_t i = 0; i < 32; ++i) {
    unsigned value = 0;
    const char* digit = digits.data() + i * 2;
    if (std::from_chars(digit, digit + 1, value, 16).ec != std::errc()) return std::nullopt;
    if (i < 31 && digit[1] != '.') return std::nullopt;
    const std::size_t nibble = 31 - i;
    address.bytes[nibble / 2] = static_cast<std::uint8_t>(address.bytes[nibble / 2] |
                                                          (nibble % 2 == 0 ? value << 4 : value));
  }
  return address;
}

}  // namespace

PacketPtr parse(const std::uint8_t* bytes, std::size_t size) {
  ldns_pkt* packet = nullptr;
  if (size < kHeaderSize || ::ldns_wire2pkt(&packet, bytes, size) != LDNS_STATUS_OK) return {};
  return PacketPtr(packet);
}

Bytes encode(const ldns_pkt& packet) {
  std::uint8_t* wire = nullptr;
  std::size_t size = 0;
  const ldns_status status = ::ldns_pkt2wire(&wire, &packet, &size);
  const std::unique_ptr<std::uint8_t, Free> owner(wire);
  if (status != LDNS_STATUS_OK || !wire || size > kLargestMessage) return {};
  return Bytes(wire, wire + size);
}

std::optional<Question> question_of(const ldns_pkt& packet) {
  const ldns_rr_list* list = ::ldns_pkt_question(&packet);
  if (!list || ::ldns_rr_list_rr_count(list) != 1) return std::nullopt;
  const ldns_rr* record = ::ldns_rr_list_rr(list, 0);
  const ldns_rdf* owner = record ? ::ldns_rr_owner(record) : nullptr;
  if (!owner) return std::nullopt;
  Question question;
  question.name = lower_text(*owner);
  question.name_size = ::ldns_rdf_size(owner);
  question.type = ::ldns_rr_get_type(record);
  question.klass = ::ldns_rr_get_class(record);
  question.recursion_desired = ::ldns_pkt_rd(&packet);
  question.checking_disabled = ::ldns_pkt_cd(&packet);
  question.edns = ::ldns_pkt_edns(&packet);
  if (question.edns) {
    question.dnssec_ok = ::ldns_pkt_edns_do(&packet);
    question.has_edns_options =
        ::ldns_pkt_edns_get_option_list(const_cast<ldns_pkt*>(&packet)) != nullptr;
    question.udp_size = std::max(kPlainUdpSize, ::ldns_pkt_edns_udp_size(&packet));
  }
  return question;
}

PacketPtr reply_to(const ldns_pkt& query, ldns_pkt_rcode rcode) {
  PacketPtr reply(::ldns_pkt_new());
  if (!reply) throw std::bad_alloc();
  ::ldns_pkt_set_id(reply.get(), ::ldns_pkt_id(&query));
  ::ldns_pkt_set_qr(reply.get(), true);
  ::ldns_pkt_set_opcode(reply.get(), ::ldns_pkt_get_opcode(&query));
  ::ldns_pkt_set_rd(reply.get(), ::ldns_pkt_rd(&query));
  ::ldns_pkt_set_cd(reply.get(), ::ldns_pkt_cd(&query));
  ::ldns_pkt_set_ra(reply.get(), true);
  ::ldns_pkt_set_rcode(reply.get(), static_cast<std::uint8_t>(rcode));
  const ldns_rr_list* questions = ::ldns_pkt_question(&query);
  if (questions && ::ldns_rr_list_rr_count(questions) == 1)
    ::ldns_pkt_push_rr(reply.get(), LDNS_SECTION_QUESTION,
                       ::ldns_rr_clone(::ldns_rr_list_rr(questions, 0)));
  if (::ldns_pkt_edns(&query)) {
    ::ldns_pkt_set_edns_udp_size(reply.get(), kOurUdpSize);
    if (::ldns_pkt_edns_do(&query)) ::ldns_pkt_set_edns_do(reply.get(), true);
  }
  return reply;
}

Bytes bare_reply(const ldns_pkt& query, ldns_pkt_rcode rcode) {
  return encode(*reply_to(query, rcode));
}

Bytes format_error(const std::uint8_t* bytes, std::size_t size) {
  // ldns decodes a header alone when the counts are zero.
  if (size < kHeaderSize) return {};
  std::uint8_t header[kHeaderSize];
  std::memcpy(header, bytes, sizeof header);
  std::memset(header + 4, 0, 8);
  const PacketPtr query = parse(header, sizeof header);
  if (!query || ::ldns_pkt_qr(query.get())) return {};
  return bare_reply(*query, LDNS_RCODE_FORMERR);
}

void add_address(ldns_pkt& reply, const ldns_rr& question, const Address& address,
                 std::uint32_t ttl) {
  add_answer(reply, question,
             ::ldns_rdf_new_frm_data(address.v6 ? LDNS_RDF_TYPE_AAAA : LDNS_RDF_TYPE_A,
                                     address.v6 ? 16 : 4, address.bytes.data()),
             ttl);
}

bool add_pointer(ldns_pkt& reply, const ldns_rr& question, const std::string& name,
                 std::uint32_t ttl) {
  ldns_rdf* const value = ::ldns_dname_new_frm_str((name + ".").c_str());
  if (value) add_answer(reply, question, value, ttl);
  return value != nullptr;
}

Bytes encode_to_fit(ldns_pkt& reply, std::size_t size) {
  Bytes bytes = encode(reply);
  while (bytes.size() > size) {
    ::ldns_pkt_set_tc(&reply, true);
    const std::unique_ptr<ldns_rr, FreeLdns> last(::ldns_rr_list_pop_rr(::ldns_pkt_answer(&reply)));
    if (!last) break;
    ::ldns_pkt_set_ancount(
        &reply, static_cast<std::uint16_t>(::ldns_rr_list_rr_count(::ldns_pkt_answer(&reply))));
    bytes = encode(reply);
  }
  return bytes;
}

std::optional<Address> address_of_pointer(std::string_view name) {
  if (name.ends_with(kV4Zone)) return v4_of_pointer(name.substr(0, name.size() - kV4Zone.size()));
  if (name.ends_with(kV6Zone)) return v6_of_pointer(name.substr(0, name.size() - kV6Zone.size()));
  return std::nullopt;
}

std::uint16_t id_of(const Bytes& message) {
  std::uint16_t id = 0;
  std::memcpy(&id, message.data(), sizeof id);
  return ntohs(id);
}

void set_id(Bytes& message, std::uint16_t id) {
  const std::uint16_t wire = htons(id);
  std::memcpy(message.data(), &wire, sizeof wire);
}

}  // namespace net_dns
