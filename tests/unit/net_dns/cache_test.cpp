#include "resolver/cache.hpp"

#include <boost/test/unit_test.hpp>

#include "queries.hpp"
#include "resolver/asker.hpp"

namespace net_dns {

using test::query;
using test::read;
using test::reply;

namespace {

const std::string kSoa = "example. 900 IN SOA ns.example. root.example. 1 3600 600 86400 60";

struct Fixture {
  Cache cache;

  static Question question(const Bytes& bytes) {
    return *question_of(*parse(bytes.data(), bytes.size()));
  }
  void put(const Bytes& asked, const Bytes& answer, std::int64_t now) {
    cache.put(Cache::key("s", question(asked)), *parse(answer.data(), answer.size()), answer, now);
  }
  Bytes get(const Bytes& asked, std::int64_t now, std::size_t limit = 512) {
    return cache.get(Cache::key("s", question(asked)), *parse(asked.data(), asked.size()),
                     question(asked), now, limit);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cache, Fixture)

BOOST_AUTO_TEST_CASE(an_answer_lives_as_long_as_its_shortest_record) {
  const Bytes asked = query({"a.example.", LDNS_RR_TYPE_A});
  put(asked, reply(asked, {"a.example. 100 IN CNAME b.example.", "b.example. 30 IN A 1.2.3.4"}),
      1000);
  const auto told = read(get(query({"A.Example.", LDNS_RR_TYPE_A, 77}), 1010));
  BOOST_TEST(told.id == 77);
  BOOST_TEST(told.question == "A.Example.");
  BOOST_TEST(told.ttls == (std::vector<std::uint32_t>{90, 20}), boost::test_tools::per_element());
  BOOST_TEST(!get(asked, 1029).empty());
  BOOST_TEST(get(asked, 1030).empty());
  BOOST_TEST(cache.size() == 0);
  BOOST_TEST(cache.bytes() == 0);
}

BOOST_AUTO_TEST_CASE(a_negative_answer_lives_as_long_as_its_authority_says) {
  const Bytes asked = query({"no.example.", LDNS_RR_TYPE_A});
  put(asked, reply(asked, {}, LDNS_RCODE_NXDOMAIN, kSoa), 1000);
  BOOST_TEST(read(get(asked, 1059)).rcode == LDNS_RCODE_NXDOMAIN);
  BOOST_TEST(get(asked, 1060).empty());
  put(asked, reply(asked, {}, LDNS_RCODE_NOERROR, kSoa), 2000);
  const auto told = read(get(asked, 2001));
  BOOST_TEST(told.rcode == LDNS_RCODE_NOERROR);
  BOOST_TEST(told.answers.empty());
}

BOOST_AUTO_TEST_CASE(what_must_not_be_kept_is_not) {
  const Bytes asked = query({"a.example.", LDNS_RR_TYPE_A});
  put(asked, reply(asked, {"a.example. 0 IN A 1.2.3.4"}), 1000);
  put(asked, reply(asked, {}, LDNS_RCODE_NXDOMAIN), 1000);
  put(asked, reply(asked, {}, LDNS_RCODE_SERVFAIL, kSoa), 1000);
  put(asked, reply(asked, {}, LDNS_RCODE_REFUSED, kSoa), 1000);
  const Bytes whole = reply(asked, {"a.example. 9 IN A 1.2.3.4"});
  const PacketPtr truncated = parse(whole.data(), whole.size());
  ::ldns_pkt_set_tc(truncated.get(), true);
  put(asked, encode(*truncated), 1000);
  BOOST_TEST(cache.size() == 0);
}

BOOST_AUTO_TEST_CASE(each_client_gets_the_extensions_it_speaks) {
  const Bytes modern = query({"a.example.", LDNS_RR_TYPE_A, 1, 4096});
  const Bytes plain = query({"a.example.", LDNS_RR_TYPE_A, 2});
  put(modern, reply(modern, {"a.example. 9 IN A 1.2.3.4"}), 1000);
  BOOST_TEST(!read(get(plain, 1000)).edns);
  BOOST_TEST(read(get(modern, 1000)).edns);
}

BOOST_AUTO_TEST_CASE(a_large_answer_is_cut_for_who_takes_less) {
  const Bytes asked = query({"a.example.", LDNS_RR_TYPE_A});
  std::vector<std::string> records;
  for (int i = 1; i < 100; ++i) records.push_back("a.example. 9 IN A 1.2.3." + std::to_string(i));
  put(asked, reply(asked, records), 1000);
  BOOST_TEST(read(get(asked, 1000, 512)).truncated);
  BOOST_TEST(read(get(asked, 1000, 65535)).answers.size() == 99);
}

BOOST_AUTO_TEST_CASE(the_least_used_goes_first_when_it_is_full) {
  const auto name = test::numbered;
  const Bytes first = query({name(0), LDNS_RR_TYPE_A});
  for (std::size_t i = 0; i < Cache::kMostEntries; ++i) {
    const Bytes asked = query({name(i), LDNS_RR_TYPE_A});
    put(asked, reply(asked, {name(i) + " 9 IN A 1.2.3.4"}), 1000);
  }
  BOOST_TEST(!get(first, 1000).empty());
  const Bytes more = query({"more.example.", LDNS_RR_TYPE_A});
  put(more, reply(more, {"more.example. 9 IN A 1.2.3.4"}), 1000);
  BOOST_TEST(cache.size() == Cache::kMostEntries);
  BOOST_TEST(!get(first, 1000).empty());
  BOOST_TEST(get(query({name(1), LDNS_RR_TYPE_A}), 1000).empty());
  BOOST_TEST(cache.bytes() <= Cache::kMostBytes);
  cache.clear();
  BOOST_TEST(cache.bytes() == 0);
}

BOOST_AUTO_TEST_CASE(ready_answers_take_turns_and_go_with_their_generation) {
  Memo memo;
  memo.put("q", 1, {1}, 2);
  BOOST_TEST(!memo.find("q", 1), "one turn is not known yet");
  BOOST_TEST(memo.count("q", 1) == 1);
  memo.put("q", 1, {2}, 2);
  BOOST_REQUIRE(memo.find("q", 1));
  const auto one = memo.find("q", 1)->front(), two = memo.find("q", 1)->front();
  BOOST_TEST(one != two);
  BOOST_TEST(!memo.find("q", 2));
  for (std::size_t i = 0; i < 10 * Memo::kMostQueries; ++i) memo.put(std::to_string(i), 2, {1}, 1);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < 10 * Memo::kMostQueries; ++i)
    if (memo.find(std::to_string(i), 2)) ++kept;
  BOOST_TEST(kept > 0);
  BOOST_TEST(kept <= Memo::kMostQueries);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace net_dns
