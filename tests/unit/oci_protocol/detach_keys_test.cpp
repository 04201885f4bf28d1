#include "shim/detach_keys.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using gantry::shim::DetachKeys;

namespace {

// What is forwarded of the given reads; '|' at the end when the sequence was completed.
std::string forwarded(DetachKeys keys, std::initializer_list<const char*> reads) {
  std::string result;
  for (const std::string typed : reads) {
    std::string out(typed.size() + DetachKeys::kMax, '\0');
    bool detached = false;
    out.resize(keys.filter(typed, out.data(), detached));
    result += out;
    if (detached) return result + "|";
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(detach_keys)

BOOST_AUTO_TEST_CASE(sequence_ends_the_session_in_one_read_or_several) {
  const DetachKeys keys("\x10\x11");
  BOOST_TEST(forwarded(keys, {"ab\x10\x11rest"}) == "ab|");
  BOOST_TEST(forwarded(keys, {"ab\x10", "\x11"}) == "ab|");
  BOOST_TEST(forwarded(DetachKeys("q"), {"abq"}) == "ab|");
}

BOOST_AUTO_TEST_CASE(broken_beginning_is_forwarded_in_order) {
  const DetachKeys keys("xyz");
  BOOST_TEST(forwarded(keys, {"x", "y", "a"}) == "xya");
  BOOST_TEST(forwarded(keys, {"axyb"}) == "axyb");
}

BOOST_AUTO_TEST_CASE(key_that_breaks_a_beginning_does_not_start_another) {
  // As in Docker: ctrl-p ctrl-p ctrl-q goes to the process.
  BOOST_TEST(forwarded(DetachKeys("pq"), {"ppq"}) == "ppq");
}

BOOST_AUTO_TEST_CASE(without_keys_there_is_nothing_to_look_for) {
  BOOST_TEST(!DetachKeys("").enabled());
  BOOST_TEST(!DetachKeys(std::string(DetachKeys::kMax + 1, 'x')).enabled());
}

BOOST_AUTO_TEST_CASE(held_back_keys_come_out_at_the_end_of_input) {
  DetachKeys keys("ab");
  char out[DetachKeys::kMax + 1];
  bool detached = false;
  BOOST_TEST(keys.filter("a", out, detached) == 0u);
  BOOST_TEST(std::string(out, keys.flush(out)) == "a");
}

BOOST_AUTO_TEST_SUITE_END()
