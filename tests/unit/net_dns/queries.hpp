// Queries and answers for the resolver's tests, made and read by ldns.
#pragma once

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "resolver/packet.hpp"

namespace net_dns::test {

struct Ask {
  std::string name;
  ldns_rr_type type = LDNS_RR_TYPE_A;
  std::uint16_t id = 0x1234;
  std::uint16_t edns_size = 0;  // 0: no EDNS
  ldns_rr_class klass = LDNS_RR_CLASS_IN;
};

inline Bytes query(const Ask& ask) {
  const PacketPtr packet(::ldns_pkt_query_new(::ldns_dname_new_frm_str(ask.name.c_str()), ask.type,
                                              ask.klass, LDNS_RD));
  ::ldns_pkt_set_id(packet.get(), ask.id);
  if (ask.edns_size != 0) ::ldns_pkt_set_edns_udp_size(packet.get(), ask.edns_size);
  return encode(*packet);
}

/// "n7.example."
inline std::string numbered(std::size_t i) {
  std::string name = "n";
  return name.append(std::to_string(i)).append(".example.");
}

struct Told {
  int rcode = -1;
  std::uint16_t id = 0;
  bool truncated = false, recursion = false, edns = false;
  std::string question;              // as written
  std::vector<std::string> answers;  // record data as text
  std::vector<std::uint32_t> ttls;
};

inline Told read(const Bytes& bytes) {
  Told told;
  const PacketPtr packet = parse(bytes.data(), bytes.size());
  BOOST_REQUIRE(packet);
  BOOST_TEST(::ldns_pkt_qr(packet.get()));
  told.rcode = ::ldns_pkt_get_rcode(packet.get());
  told.id = ::ldns_pkt_id(packet.get());
  told.truncated = ::ldns_pkt_tc(packet.get());
  told.recursion = ::ldns_pkt_ra(packet.get());
  told.edns = ::ldns_pkt_edns(packet.get());
  const auto text = [](const ldns_rdf* data) {
    const std::unique_ptr<char, decltype(&std::free)> owned(::ldns_rdf2str(data), &std::free);
    return std::string(owned.get());
  };
  const ldns_rr_list* questions = ::ldns_pkt_question(packet.get());
  if (::ldns_rr_list_rr_count(questions) == 1)
    told.question = text(::ldns_rr_owner(::ldns_rr_list_rr(questions, 0)));
  const ldns_rr_list* answers = ::ldns_pkt_answer(packet.get());
  for (std::size_t i = 0; i < ::ldns_rr_list_rr_count(answers); ++i) {
    const ldns_rr* record = ::ldns_rr_list_rr(answers, i);
    told.answers.push_back(text(::ldns_rr_rdf(record, 0)));
    told.ttls.push_back(::ldns_rr_ttl(record));
  }
  return told;
}

/// A reply to a query with records in zone-file form.
inline Bytes reply(const Bytes& asked, const std::vector<std::string>& answers,
                   ldns_pkt_rcode rcode = LDNS_RCODE_NOERROR, const std::string& soa = {}) {
  const PacketPtr packet = parse(asked.data(), asked.size());
  const PacketPtr answer = reply_to(*packet, rcode);
  const auto add = [&](ldns_pkt_section section, const std::string& text) {
    ldns_rr* record = nullptr;
    if (::ldns_rr_new_frm_str(&record, text.c_str(), 0, nullptr, nullptr) != LDNS_STATUS_OK)
      throw std::runtime_error("no record: " + text);
    ::ldns_pkt_push_rr(answer.get(), section, record);
  };
  for (const auto& text : answers) add(LDNS_SECTION_ANSWER, text);
  if (!soa.empty()) add(LDNS_SECTION_AUTHORITY, soa);
  return encode(*answer);
}

}  // namespace net_dns::test
