#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/services/containers/cpu_check.hpp"
#include "tests/unit/services/container_engine.hpp"

using namespace gantry;
using services::check_cpuset;
using services::check_memory_nodes;
using services::check_nano_cpus;
using test::error_of;

namespace {

template <class Call>
std::string words_of(Call&& call) {
  return error_of(call).what();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cpuset_check)

BOOST_AUTO_TEST_CASE(what_is_there_may_be_asked_for) {
  for (const char* asked : {"", "0", "3", "0-3", "0,2-3"})
    BOOST_CHECK_NO_THROW(check_cpuset(asked, 4));
  for (const char* asked : {"", "0", "4", "0-1,4"})
    BOOST_CHECK_NO_THROW(check_memory_nodes(asked, "0-1,4"));
  for (const std::int64_t asked : {0ll, 1ll, 4'000'000'000ll})
    BOOST_CHECK_NO_THROW(check_nano_cpus(asked, 4));
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_refused_with_what_is) {
  BOOST_TEST(words_of([] { check_cpuset("0-4", 4); }) ==
             "Requested CPUs are not available - requested 0-4, available: 0-3");
  BOOST_TEST(words_of([] { check_cpuset("1", 1); }) ==
             "Requested CPUs are not available - requested 1, available: 0");
  BOOST_TEST(words_of([] { check_memory_nodes("1-4", "0-1,4"); }) ==
             "Requested memory nodes are not available - requested 1-4, available: 0-1,4");
  BOOST_TEST(words_of([] { check_nano_cpus(2'000'000'001, 2); }) ==
             "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available");
  BOOST_CHECK_THROW(check_nano_cpus(-1, 2), Error);
}

BOOST_AUTO_TEST_CASE(what_is_no_list_is_told_with_its_setting) {
  BOOST_TEST(words_of([] { check_cpuset("1-42,,", 4); }) ==
             "Invalid value 1-42,, for cpuset cpus: invalid format: 1-42,,");
  for (const char* asked : {"42-3,1--", "x", "-1", "3-2"})
    BOOST_CHECK_THROW(check_memory_nodes(asked, "0"), Error);
}

BOOST_AUTO_TEST_CASE(where_nobody_knows_only_the_form_counts) {
  BOOST_CHECK_NO_THROW(check_memory_nodes("7", ""));
  BOOST_CHECK_THROW(check_memory_nodes("7-", ""), Error);
  BOOST_CHECK_NO_THROW(check_nano_cpus(99'000'000'000, 0));
}

BOOST_AUTO_TEST_SUITE_END()
