#include "core/domain/container_update.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/domain/host_config.hpp"

using namespace gantry;
using namespace gantry::domain;

namespace {

HostConfig host_config(const std::string& json) {
  const auto document = json::Document::parse(json);
  return parse_host_config(document.root(), 51, {});
}

ContainerUpdate update(const std::string& json, int api_minor = 51) {
  const auto document = json::Document::parse(json);
  return parse_container_update(document.root(), api_minor);
}

json::Document applied(const std::string& before, const std::string& change) {
  return apply_update(host_config(before), update(change)).document();
}

template <class Call>
std::string error_of(Call&& call, Errc code) {
  try {
    call();
  } catch (const Error& error) {
    BOOST_TEST((error.code() == code));
    return error.what();
  }
  return "(no error)";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(container_updates)

BOOST_AUTO_TEST_CASE(what_is_zero_or_empty_keeps_its_value) {
  const auto document = applied(
      R"({"Memory":67108864,"CpuShares":100,"CpusetCpus":"0","PidsLimit":5,"ConsoleSize":[3,4]})",
      R"({"Memory":0,"CpuShares":200,"CpusetCpus":"","RestartPolicy":{"Name":""}})");
  const json::Node hc = document.root();
  BOOST_TEST(hc["Memory"].i64() == 67108864);
  BOOST_TEST(hc["MemorySwap"].i64() == 2 * 67108864);
  BOOST_TEST(hc["CpuShares"].i64() == 200);
  BOOST_TEST(hc["CpusetCpus"].str() == "0");
  BOOST_TEST(hc["PidsLimit"].i64() == 5);
  BOOST_TEST(hc["ConsoleSize"].at(1).i64() == 4);
  BOOST_TEST(hc["RestartPolicy"]["Name"].str() == "no");
}

BOOST_AUTO_TEST_CASE(what_a_running_container_cannot_get_is_refused_by_name) {
  for (const auto& [name, value] :
       {std::pair("Init", "true"), std::pair("CpuCount", "1"), std::pair("CpuPercent", "1"),
        std::pair("IOMaximumIOps", "1"), std::pair("IOMaximumBandwidth", "1"),
        std::pair("MemorySwappiness", "0"), std::pair("OomKillDisable", "true"),
        std::pair("KernelMemoryTCP", "1")})
    BOOST_TEST(error_of([&] { update("{\"" + std::string(name) + "\":" + value + "}"); },
                        Errc::invalid) == std::string(name) + " cannot be changed after create");
  BOOST_TEST(
      error_of([] { update(R"({"RestartPolicy":{"MaximumRetryCount":3}})"); }, Errc::invalid) ==
      "invalid restart policy: maximum retry count can only be used with 'on-failure'");
  // What clients send of fields that they do not mean.
  update(R"({"Init":null,"CpuCount":0,"CpuPercent":0,"IOMaximumIOps":0,"IOMaximumBandwidth":0,
             "MemorySwappiness":-1,"OomKillDisable":false,"KernelMemoryTCP":0,
             "RestartPolicy":{"Name":"","MaximumRetryCount":0}})");
}

BOOST_AUTO_TEST_CASE(a_pids_limit_of_nothing_is_none_and_shown_as_zero) {
  for (const char* change : {R"({"PidsLimit":0})", R"({"PidsLimit":-1})"}) {
    const auto document = applied(R"({"PidsLimit":5})", change);
    BOOST_TEST(document.root()["PidsLimit"].find_i64().value() == 0);
    BOOST_TEST(update(change).pids_limit.value() == 0);
  }
  BOOST_TEST(!update(R"({"PidsLimit":7})", 39).pids_limit);
  BOOST_TEST(!update("{}").changes_resources());
}

BOOST_AUTO_TEST_CASE(the_restart_policy_is_replaced_whole) {
  const HostConfig changed =
      apply_update(host_config(R"({"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3}})"),
                   update(R"({"RestartPolicy":{"Name":"always"}})"));
  BOOST_TEST(changed.restart_policy.name == "always");
  BOOST_TEST(changed.restart_policy.maximum_retry_count == 0);
  const auto document = changed.document();
  BOOST_TEST(document.root()["RestartPolicy"]["Name"].str() == "always");
}

BOOST_AUTO_TEST_CASE(conflicts_are_told_in_dockers_words) {
  BOOST_TEST(
      error_of([] { applied(R"({"AutoRemove":true})", R"({"RestartPolicy":{"Name":"always"}})"); },
               Errc::conflict) ==
      "Restart policy cannot be updated because AutoRemove is enabled for the container");
  BOOST_TEST(error_of([] { applied(R"({"NanoCpus":1000000000})", R"({"CpuQuota":50000})"); },
                      Errc::conflict) ==
             "Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set");
  BOOST_TEST(error_of([] { applied(R"({"CpuPeriod":100000})", R"({"NanoCpus":1000000000})"); },
                      Errc::conflict) ==
             "Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set");
  BOOST_TEST(
      error_of([] { applied(R"({"Memory":67108864})", R"({"Memory":536870912})"); }, Errc::conflict)
          .starts_with("Memory limit should be smaller than already set memoryswap limit"));
  applied(R"({"Memory":67108864})", R"({"Memory":536870912,"MemorySwap":-1})");
}

BOOST_AUTO_TEST_CASE(what_cannot_change_and_what_is_wrong_is_refused) {
  BOOST_TEST(error_of([] { update(R"({"Ulimits":[{"Name":"nofile","Soft":1,"Hard":2}]})"); },
                      Errc::invalid) == "Ulimits cannot be changed after create");
  BOOST_TEST(error_of([] { update(R"({"Memory":1000})"); }, Errc::invalid) ==
             "Minimum memory limit allowed is 6MB");
  BOOST_TEST(error_of([] { update(R"({"RestartPolicy":{"Name":"foo"}})"); }, Errc::invalid)
                 .starts_with("invalid restart policy: unknown policy 'foo'"));
  update(R"({"Devices":null,"Ulimits":[],"BlkioWeightDevice":[],"MemorySwappiness":null})");
  update(R"({"MemorySwap":100000000})");
}

BOOST_AUTO_TEST_SUITE_END()
