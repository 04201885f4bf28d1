#include "core/services/logs/log_options.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"

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

BOOST_AUTO_TEST_CASE(what_could_never_be_compressed_or_is_below_nothing_is_refused_at_create) {
  const auto refusal = [](const char* driver, std::map<std::string, std::string> options) {
    domain::HostConfig config;
    config.log_type = driver;
    config.log_options = std::move(options);
    try {
      services::check_log_options(config);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const std::string alone =
      "compress cannot be true when max-file is less than 2 or max-size is not set";
  BOOST_TEST(refusal("json-file", {{"compress", "true"}}) == alone);
  BOOST_TEST(refusal("json-file", {{"compress", "1"}, {"max-size", "1m"}, {"max-file", "1"}}) ==
             alone);
  BOOST_TEST(refusal("json-file", {{"compress", "true"}, {"max-size", "1m"}, {"max-file", "2"}}) ==
             "accepted");
  BOOST_TEST(refusal("json-file", {{"compress", "false"}}) == "accepted");
  BOOST_TEST(refusal("local", {{"compress", "true"}}) == "accepted");
  BOOST_TEST(refusal("local", {{"compress", "true"}, {"max-file", "1"}}) ==
             "compression cannot be enabled when max file count is 1");
  BOOST_TEST(refusal("json-file", {{"max-size", "-1"}}) == "invalid size: '-1'");
  BOOST_TEST(refusal("json-file", {{"max-size", "-5m"}}) == "invalid size: '-5m'");
}

BOOST_AUTO_TEST_SUITE_END()
