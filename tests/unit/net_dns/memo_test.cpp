// Answers made ready for a container.
#include <boost/test/unit_test.hpp>

#include "resolver/asker.hpp"

namespace net_dns {

BOOST_AUTO_TEST_SUITE(memo)

BOOST_AUTO_TEST_CASE(it_is_bounded_in_bytes) {
  Memo memo;
  const Bytes large(20'000);
  for (int i = 0; i < 100; ++i) {
    memo.put(std::to_string(i), 1, large, 1);
    BOOST_TEST(memo.bytes() <= Memo::kMostBytes);
    BOOST_TEST(memo.find(std::to_string(i), 1) != nullptr);
  }
  for (std::size_t turn = 0; turn < Memo::kMostTurns; ++turn)
    memo.put("turns", 1, Bytes(65'000), Memo::kMostTurns);
  BOOST_TEST(memo.find("turns", 1) == nullptr);  // they would take the room of all others
  memo.put("new", 2, Bytes(10), 1);
  BOOST_TEST(memo.bytes() == 10u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace net_dns
