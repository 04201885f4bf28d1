#include "resolver/cache.hpp"

#include <algorithm>
#include <limits>

namespace net_dns {

namespace {

template <class Each>
void each_record(const ldns_pkt& packet, Each each) {
  for (const ldns_rr_list* list :
       {::ldns_pkt_answer(&packet), ::ldns_pkt_authority(&packet), ::ldns_pkt_additional(&packet)})
    for (std::size_t i = 0; list && i < ::ldns_rr_list_rr_count(list); ++i)
      if (ldns_rr* record = ::ldns_rr_list_rr(list, i);
          record && ::ldns_rr_get_type(record) != LDNS_RR_TYPE_OPT)
        each(*record);
}

/// The lesser of a SOA record's own lifetime and its last field (RFC 2308); 0: there is none.
std::uint32_t negative_lifetime(const ldns_pkt& answer) {
  const ldns_rr_list* authority = ::ldns_pkt_authority(&answer);
  for (std::size_t i = 0; authority && i < ::ldns_rr_list_rr_count(authority); ++i) {
    const ldns_rr* record = ::ldns_rr_list_rr(authority, i);
    if (::ldns_rr_get_type(record) != LDNS_RR_TYPE_SOA || ::ldns_rr_rd_count(record) < 7) continue;
    const ldns_rdf* minimum = ::ldns_rr_rdf(record, 6);
    if (::ldns_rdf_size(minimum) != 4) continue;
    return std::min(
        {::ldns_rr_ttl(record), ::ldns_rdf2native_int32(minimum), Cache::kLongestNegativeSeconds});
  }
  return 0;
}

/// The EDNS part is between two neighbours: the cached answer's is dropped, the client gets its
/// own.
void set_edns(ldns_pkt& packet, const Question& question) {
  ::ldns_pkt_set_edns_udp_size(&packet, question.edns ? kOurUdpSize : 0);
  ::ldns_pkt_set_edns_extended_rcode(&packet, 0);
  ::ldns_pkt_set_edns_z(&packet, 0);
  if (question.edns && question.dnssec_ok) ::ldns_pkt_set_edns_do(&packet, true);
  ::ldns_rdf_deep_free(::ldns_pkt_edns_data(&packet));
  ::ldns_pkt_set_edns_data(&packet, nullptr);
  ::ldns_pkt_set_edns_option_list(&packet, nullptr);  // frees the old one
  packet._edns_present = question.edns ? 1 : 0;       // no function sets it
}

}  // namespace

std::string Cache::key(const std::string& scope, const Question& question) {
  std::string key = scope + '\n' + question.name + '\n' + std::to_string(question.type) + '/' +
                    std::to_string(question.klass);
  if (question.dnssec_ok) key += 'd';
  if (question.checking_disabled) key += 'c';
  return key;
}

std::uint32_t Cache::lifetime(const ldns_pkt& answer) {
  const auto rcode = ::ldns_pkt_get_rcode(&answer);
  if (::ldns_pkt_tc(&answer) || (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN))
    return 0;
  const ldns_rr_list* answers = ::ldns_pkt_answer(&answer);
  const bool negative =
      rcode == LDNS_RCODE_NXDOMAIN || !answers || ::ldns_rr_list_rr_count(answers) == 0;
  std::uint32_t least = negative ? negative_lifetime(answer) : kLongestSeconds;
  each_record(answer, [&](ldns_rr& record) { least = std::min(least, ::ldns_rr_ttl(&record)); });
  return least;
}

void Cache::put(const std::string& key, const ldns_pkt& answer, const Bytes& bytes,
                std::int64_t now) {
  if (const auto old = by_key_.find(key); old != by_key_.end()) remove(old->second);
  const std::uint32_t seconds = lifetime(answer);
  if (seconds == 0) return;
  entries_.push_front({key, bytes, now, now + seconds});
  by_key_[key] = entries_.begin();
  bytes_ += key.size() + bytes.size();
  while (entries_.size() > kMostEntries || bytes_ > kMostBytes) remove(std::prev(entries_.end()));
}

Bytes Cache::get(const std::string& key, const ldns_pkt& query, const Question& question,
                 std::int64_t now, std::size_t size_limit) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {};
  const auto entry = found->second;
  if (now >= entry->ends) {
    remove(entry);
    return {};
  }
  entries_.splice(entries_.begin(), entries_, entry);
  const PacketPtr answer = parse(entry->bytes.data(), entry->bytes.size());
  if (!answer) return {};
  const auto age = static_cast<std::uint32_t>(now - entry->stored);
  each_record(*answer, [&](ldns_rr& record) {
    ::ldns_rr_set_ttl(&record, ::ldns_rr_ttl(&record) - std::min(::ldns_rr_ttl(&record), age));
  });
  ::ldns_pkt_set_id(answer.get(), ::ldns_pkt_id(&query));
  ::ldns_pkt_set_rd(answer.get(), ::ldns_pkt_rd(&query));
  ::ldns_pkt_set_cd(answer.get(), ::ldns_pkt_cd(&query));
  ::ldns_pkt_set_aa(answer.get(), false);
  set_edns(*answer, question);
  // The client sees its question as it wrote it.
  ldns_rr_list* questions = ::ldns_pkt_question(answer.get());
  const ldns_rr* asked = ::ldns_rr_list_rr(::ldns_pkt_question(&query), 0);
  const std::unique_ptr<ldns_rr, FreeLdns> old(
      ::ldns_rr_list_set_rr(questions, ::ldns_rr_clone(asked), 0));
  return encode_to_fit(*answer, size_limit);
}

void Cache::remove(std::list<Entry>::iterator entry) {
  bytes_ -= entry->key.size() + entry->bytes.size();
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

void Cache::clear() {
  entries_.clear();
  by_key_.clear();
  bytes_ = 0;
}

}  // namespace net_dns
