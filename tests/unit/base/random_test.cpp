#include "core/base/random.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "core/base/text.hpp"

using namespace gantry;

BOOST_AUTO_TEST_CASE(an_id_has_64_hex_digits_and_no_two_are_alike) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = random_hex();
    BOOST_TEST(id.size() == 64u);
    BOOST_TEST(text::is_hex(id));
    BOOST_TEST(seen.insert(id).second);
  }
}

BOOST_AUTO_TEST_CASE(the_short_form_of_an_id_is_never_a_number) {
  // One of 282 random ids would be: 20000 of them leave no chance for luck.
  for (int i = 0; i < 20000; ++i) {
    const std::string id = random_hex(6);
    BOOST_REQUIRE(std::any_of(id.begin(), id.end(), [](char c) { return c >= 'a'; }));
  }
}

BOOST_AUTO_TEST_CASE(more_than_one_call_of_getentropy_is_filled) {
  const std::string id = random_hex(1000);
  BOOST_TEST(id.size() == 2000u);
  BOOST_TEST(id.substr(1900) != std::string(100, '0'));
}

BOOST_AUTO_TEST_CASE(numbers_below_a_bound_reach_every_value_and_no_more) {
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_below(7));
  BOOST_TEST(seen.size() == 7u);
  BOOST_TEST(*seen.rbegin() == 6u);
  BOOST_TEST(random_below(1) == 0u);
}
