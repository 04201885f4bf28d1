#include "core/domain/ulimit.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/domain/host_config.hpp"

using namespace gantry;
using namespace gantry::domain;

namespace {

HostConfig host_config(const std::string& text) {
  return parse_host_config(json::Document::parse(text).root(), 51, {});
}

const std::vector<Ulimit> kDefaults = {{"core", 0, -1}, {"nofile", 100, 200}};

}  // namespace

BOOST_AUTO_TEST_SUITE(ulimit)

BOOST_AUTO_TEST_CASE(limits_are_ones_that_kernels_have_and_soft_ones_below_the_hard) {
  const auto refusal = [](const std::string& limit) -> std::string {
    try {
      host_config("{\"Ulimits\":[" + limit + "]}");
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  BOOST_TEST(refusal(R"({"Name":"bogus","Soft":1,"Hard":1})") ==
             "Ulimits[0].Name: unknown ulimit \"bogus\"");
  BOOST_TEST(refusal(R"({"Name":"nofile","Soft":2,"Hard":1})") ==
             "Ulimits[0]: ulimit soft limit must be less than or equal to hard limit: 2 > 1");
  BOOST_TEST(refusal(R"({"Name":"core","Soft":-1,"Hard":1})") ==
             "Ulimits[0]: ulimit soft limit must be less than or equal to hard limit: -1 > 1");
  BOOST_TEST(refusal(R"({"Name":"NOFILE","Soft":1,"Hard":-1})") == "accepted");
}

BOOST_AUTO_TEST_CASE(defaults_are_for_the_limits_that_a_container_does_not_set) {
  const auto own = host_config(R"({"Ulimits":[{"Name":"nofile","Soft":7,"Hard":9}]})").document();
  const auto limits = effective_ulimits(own.root(), kDefaults);
  BOOST_TEST(limits.size() == 2u);
  BOOST_TEST(limits[0].name == "nofile");
  BOOST_TEST(limits[0].hard == 9);
  BOOST_TEST(limits[1].name == "core");
  BOOST_TEST(limits[1].hard == -1);
  BOOST_TEST(effective_ulimits(host_config("{}").document().root(), {}).empty());
}

BOOST_AUTO_TEST_CASE(a_container_is_shown_with_them) {
  const HostConfig config = host_config(R"({"Memory":8388608})");
  BOOST_TEST(with_ulimits(config, {}) == config.json);
  const auto shown = json::Document::parse(with_ulimits(config, kDefaults));
  BOOST_TEST(shown.root()["Memory"].i64() == 8388608);
  BOOST_TEST(shown.root()["Ulimits"].raw() ==
             R"([{"Name":"core","Hard":-1,"Soft":0},{"Name":"nofile","Hard":200,"Soft":100}])");
  BOOST_TEST(shown.root().size() == config.document().root().size());
}

BOOST_AUTO_TEST_SUITE_END()
