#include "core/services/containers/cpu_check.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"

using namespace gantry;

BOOST_AUTO_TEST_SUITE(cpu_check)

BOOST_AUTO_TEST_CASE(more_cpus_than_there_are_are_refused_with_dockers_words) {
  const auto failure = [](std::int64_t nano, unsigned cpus) {
    try {
      services::check_nano_cpus(nano, cpus);
    } catch (const Error& error) {
      BOOST_TEST((error.code() == Errc::invalid));
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const std::string range =
      "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available";
  BOOST_TEST(failure(2'000'000'001, 2) == range);
  BOOST_TEST(failure(-1, 2) == range);
  BOOST_TEST(failure(2'000'000'000, 2) == "accepted");
  BOOST_TEST(failure(0, 2) == "accepted");
}

BOOST_AUTO_TEST_SUITE_END()
