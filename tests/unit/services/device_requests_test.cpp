#include "core/services/start/device_requests.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using Names = std::vector<std::string>;

namespace {

struct Fixture {
  test::TemporaryDirectory directory;

  void install(const std::string& kind, const Names& devices) const {
    std::string list;
    for (const std::string& device : devices)
      list += std::string(list.empty() ? "" : ",") + R"({"name":")" + device +
              R"(","containerEdits":{"env":["A=1"]}})";
    file::write_atomic(
        directory.path() / (kind.substr(0, kind.find('/')) + ".json"),
        R"({"cdiVersion":"0.6.0","kind":")" + kind + R"(","devices":[)" + list + "]}");
  }
  Names names(const std::string& host_config) const {
    const devices::CdiRegistry registry({directory.path()});
    return services::requested_cdi_devices(json::Document::parse(host_config).root(), &registry);
  }
  std::string fault_of(const std::string& host_config) const {
    try {
      names(host_config);
    } catch (const Error& error) {
      BOOST_TEST((error.code() == Errc::internal));
      return error.what();
    }
    return "no fault";
  }
};

/// HostConfig with this one request, as the CLI makes it of `--gpus`.
std::string gpus(const std::string& fields, const std::string& capabilities = R"([["gpu"]])") {
  return R"({"DeviceRequests":[{)" + fields + (fields.empty() ? "" : ",") + R"("Capabilities":)" +
         capabilities + R"(,"Options":{}}]})";
}

const std::string kNoDriver = "could not select device driver \"\" with capabilities: [[gpu]]";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(device_requests, Fixture)

BOOST_AUTO_TEST_CASE(names_are_taken_as_they_are_whether_there_are_such_devices_or_not) {
  BOOST_TEST(
      names(R"({"Devices":[{"PathOnHost":"/dev/null"},{"PathOnHost":"v.com/c=a"}],)"
            R"("DeviceRequests":[{"Driver":"cdi","DeviceIDs":["v.com/c=b","w.com/c=a"]}]})") ==
          (Names{"v.com/c=a", "v.com/c=b", "w.com/c=a"}),
      boost::test_tools::per_element());
  BOOST_TEST(names(R"({"Devices":[{"PathOnHost":"/dev/null"}]})").empty());
}

BOOST_AUTO_TEST_CASE(a_request_by_name_has_neither_count_nor_options) {
  BOOST_TEST(fault_of(R"({"DeviceRequests":[{"Driver":"cdi","Count":1}]})") ==
             "unexpected count in CDI device request");
  BOOST_TEST(fault_of(R"({"DeviceRequests":[{"Driver":"cdi","Options":{"a":"b"}}]})") ==
             "unexpected options in CDI device request");
}

BOOST_AUTO_TEST_CASE(graphics_cards_are_all_of_them_so_many_or_these) {
  install("nvidia.com/gpu", {"0", "1", "all"});
  BOOST_TEST(names(gpus(R"("Count":-1)")) == Names{"nvidia.com/gpu=all"},
             boost::test_tools::per_element());
  BOOST_TEST(names(gpus(R"("Count":2)")) == (Names{"nvidia.com/gpu=0", "nvidia.com/gpu=1"}),
             boost::test_tools::per_element());
  BOOST_TEST(names(gpus(R"("DeviceIDs":["1","nvidia.com/gpu=GPU-7"])")) ==
                 (Names{"nvidia.com/gpu=1", "nvidia.com/gpu=GPU-7"}),
             boost::test_tools::per_element());
  BOOST_TEST(names(gpus("")).empty());
  BOOST_TEST(names(gpus(R"("Count":9223372036854775807)")).size() == 65u);
  BOOST_TEST(fault_of(gpus(R"("Count":1,"DeviceIDs":["1"])")) ==
             "cannot set both Count and DeviceIDs on device request");
}

BOOST_AUTO_TEST_CASE(another_vendors_cards_answer_where_there_are_no_others) {
  install("amd.com/gpu", {"0", "all"});
  BOOST_TEST(names(gpus(R"("Count":1)")).at(0) == "amd.com/gpu=0");
  BOOST_TEST(names(gpus(R"("Driver":"amd","Count":-1)")).at(0) == "amd.com/gpu=all");
  BOOST_TEST(fault_of(gpus(R"("Driver":"nvidia","Count":1)")) ==
             "could not select device driver \"nvidia\" with capabilities: [[gpu]]");
  install("nvidia.com/gpu", {"0"});
  BOOST_TEST(names(gpus(R"("Count":1)")).at(0) == "nvidia.com/gpu=0");
}

BOOST_AUTO_TEST_CASE(one_of_the_lists_of_capabilities_must_be_there) {
  BOOST_TEST(fault_of(gpus(R"("Count":1)")) == kNoDriver);
  install("nvidia.com/gpu", {"0"});
  BOOST_TEST(names(gpus(R"("Count":1)", R"([["tpu"],["gpu","utility"]])")).size() == 1u);
  BOOST_TEST(fault_of(gpus(R"("Count":1)", R"([["gpu","tpu"],["x"]])")) ==
             "could not select device driver \"\" with capabilities: [[gpu tpu] [x]]");
  BOOST_TEST(fault_of(R"({"DeviceRequests":[{"Driver":"mine"}]})") ==
             "could not select device driver \"mine\" with capabilities: []");
}

BOOST_AUTO_TEST_CASE(a_broken_file_of_graphics_cards_is_named) {
  file::write_atomic(directory / "nvidia.yaml", "kind: nvidia.com/gpu\ncdiVersion: none\n");
  const std::string fault = fault_of(gpus(R"("Count":-1)"));
  BOOST_TEST(fault.starts_with(kNoDriver + ": "), fault);
  BOOST_TEST(fault.find("nvidia.yaml: cdiVersion: ") != std::string::npos, fault);
}

BOOST_AUTO_TEST_CASE(without_cdi_there_is_no_driver) {
  for (const char* asked : {R"({"DeviceRequests":[{"Driver":"cdi","DeviceIDs":["v.com/c=b"]}]})",
                            R"({"Devices":[{"PathOnHost":"v.com/c=a"}]})"}) {
    const auto document = json::Document::parse(asked);
    BOOST_TEST(services::asks_for_cdi_devices(document.root()));
    BOOST_CHECK_EXCEPTION(services::requested_cdi_devices(document.root(), nullptr), Error,
                          [](const Error& error) {
                            return std::string(error.what()) ==
                                   "could not select device driver \"cdi\" with capabilities: []";
                          });
  }
}

BOOST_AUTO_TEST_SUITE_END()
