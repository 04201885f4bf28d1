// Answers of servers outside, for as long as their records live. Bounded in entries and bytes: the
// one not used for the longest time goes first. One thread; times are seconds of a steady clock.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "resolver/packet.hpp"

namespace net_dns {

class Cache {
 public:
  static constexpr std::size_t kMostEntries = 4096;
  static constexpr std::size_t kMostBytes = 4u << 20;
  static constexpr std::uint32_t kLongestSeconds = 24 * 3600;
  static constexpr std::uint32_t kLongestNegativeSeconds = 900;

  /// Of a question in the eyes of some servers (`scope`).
  static std::string key(const std::string& scope, const Question& question);

  /// Keeps the answer when it may be kept: complete, NOERROR or NXDOMAIN, with a lifetime (a
  /// negative one's is that of its SOA record, RFC 2308).
  void put(const std::string& key, const ldns_pkt& answer, const Bytes& bytes, std::int64_t now);
  /// The answer with what is left of its records' lifetimes, for this query; empty: not here.
  Bytes get(const std::string& key, const ldns_pkt& query, const Question& question,
            std::int64_t now, std::size_t size_limit);
  void clear();
  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }

  /// Seconds that an answer may be kept, 0: not at all.
  static std::uint32_t lifetime(const ldns_pkt& answer);

 private:
  struct Entry {
    std::string key;
    Bytes bytes;
    std::int64_t stored = 0, ends = 0;
  };
  void remove(std::list<Entry>::iterator entry);

  std::list<Entry> entries_;  // the last used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace net_dns
