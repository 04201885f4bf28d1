#include "core/services/logs/log_options.hpp"

#include <boost/test/unit_test.hpp>

using namespace gantry;

BOOST_AUTO_TEST_SUITE(log_options)

BOOST_AUTO_TEST_CASE(a_number_of_files_without_a_size_rotates_nothing) {
  domain::HostConfig config;
  config.log_type = "json-file";
  config.log_options = {{"max-file", "100"}};
  const services::LogLimits limits = services::log_limits(config);
  BOOST_TEST(limits.max_bytes == 0u);
  BOOST_TEST(limits.max_files == 100u);
}

BOOST_AUTO_TEST_SUITE_END()
