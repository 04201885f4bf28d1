#include "core/devices/cdi_spec_reader.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"

using namespace gantry;
using namespace gantry::devices;
using Texts = std::vector<std::string>;

namespace {

/// As nvidia-ctk writes it.
constexpr const char* kGpus = R"(---
cdiVersion: 0.5.0
containerEdits:
  deviceNodes:
  - path: /dev/nvidiactl
  env:
  - NVIDIA_VISIBLE_DEVICES=void
  hooks:
  - args:
    - nvidia-cdi-hook
    - update-ldcache
    hookName: createContainer
    path: /usr/bin/nvidia-cdi-hook
  mounts:
  - containerPath: /usr/lib/libcuda.so.1
    hostPath: /usr/lib/libcuda.so.1
    options:
    - ro
    - rbind
devices:
- containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
      hostPath: /dev/host0
      type: c
      major: 195
      fileMode: 0666
      permissions: rw
      uid: 7
  name: "0"
- containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
  name: all
kind: nvidia.com/gpu
)";

CdiSpec from_yaml(const std::string& text) {
  return read_cdi_spec(spec_document(text, SpecFormat::yaml).root());
}

CdiSpec from_json(const std::string& text) {
  return read_cdi_spec(spec_document(text, SpecFormat::json).root());
}

/// A specification of one device with these edits, both as JSON.
std::string with_edits(const std::string& edits, const std::string& version = "1.0.0") {
  return R"({"cdiVersion":")" + version +
         R"(","kind":"v.com/c","devices":[{"name":"one","containerEdits":)" + edits + "}]}";
}

Edits edits_of(const std::string& edits) {
  return from_json(with_edits(edits, "1.1.0")).devices.at(0).edits;
}

std::string fault_of(const std::string& json) {
  try {
    from_json(json);
  } catch (const Error& error) {
    BOOST_TEST((error.code() == Errc::invalid));
    return error.what();
  }
  return "no fault";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cdi_spec_reader)

BOOST_AUTO_TEST_CASE(a_file_of_graphics_cards_is_read) {
  const CdiSpec spec = from_yaml(kGpus);
  BOOST_TEST(spec.kind == "nvidia.com/gpu");
  BOOST_TEST(spec.edits.env == Texts{"NVIDIA_VISIBLE_DEVICES=void"},
             boost::test_tools::per_element());
  BOOST_TEST(spec.edits.nodes.at(0).path == "/dev/nvidiactl");
  BOOST_TEST(spec.edits.nodes.at(0).host_path == "/dev/nvidiactl");
  BOOST_TEST(spec.edits.nodes.at(0).access == "rwm");
  BOOST_TEST(spec.edits.hooks.at(0).stage == "createContainer");
  BOOST_TEST(spec.edits.hooks.at(0).args.size() == 2u);
  BOOST_TEST(spec.edits.mounts.at(0).options.at(1) == "rbind");
  BOOST_REQUIRE(spec.devices.size() == 2u);
  BOOST_TEST(spec.devices[0].name == "0");
  const Node& node = spec.devices[0].edits.nodes.at(0);
  BOOST_TEST(node.host_path == "/dev/host0");
  BOOST_TEST(node.type == 'c');
  BOOST_TEST(node.major == 195);
  BOOST_TEST(node.mode.value() == 0666u);
  BOOST_TEST(node.access == "rw");
  BOOST_TEST(node.uid.value() == 7u);
  BOOST_TEST(!node.gid.has_value());
  BOOST_TEST(spec.devices[1].name == "all");
}

BOOST_AUTO_TEST_CASE(a_name_without_quotes_stays_as_it_is_written) {
  const auto spec = from_yaml(
      "cdiVersion: v0.5.0\nkind: v.com/c\ndevices:\n- name: 0\n  containerEdits: {env: [A=1]}\n"
      "- name: 01\n  containerEdits: {env: [A=2]}\n");
  BOOST_TEST(spec.devices[0].name == "0");
  BOOST_TEST(spec.devices[1].name == "01");
}

BOOST_AUTO_TEST_CASE(all_kinds_of_edits_are_read) {
  const Edits edits =
      edits_of(R"({"additionalGids":[0,44,109],"intelRdt":{"closID":"c","enableMonitoring":true},)"
               R"("hooks":[{"hookName":"poststop","path":"/h","env":["A=b"],"timeout":3}],)"
               R"("deviceNodes":[{"path":"/dev/p","type":"p","permissions":"none"}],)"
               R"("mounts":[{"hostPath":"tmpfs","containerPath":"/t","type":"tmpfs"}]})");
  BOOST_TEST(edits.gids == (std::vector<std::uint32_t>{0, 44, 109}),
             boost::test_tools::per_element());
  BOOST_TEST(edits.intel_rdt->clos_id == "c");
  BOOST_TEST(edits.intel_rdt->enable_monitoring);
  BOOST_TEST(edits.hooks.at(0).timeout_seconds.value() == 3);
  BOOST_TEST(edits.hooks.at(0).env.at(0) == "A=b");
  BOOST_TEST(edits.nodes.at(0).access == "");
  BOOST_TEST(edits.mounts.at(0).type == "tmpfs");
}

BOOST_AUTO_TEST_CASE(what_is_empty_needs_no_newer_version) {
  const std::string edits = R"({"deviceNodes":[{"path":"/a","hostPath":""}],)"
                            R"("mounts":[{"hostPath":"/h","containerPath":"/c","type":""}]})";
  BOOST_TEST(fault_of(with_edits(edits, "0.3.0")) == "no fault");
  BOOST_TEST(
      fault_of(
          with_edits(R"({"mounts":[{"hostPath":"/h","containerPath":"/c","type":"x"}]})", "0.3.0"))
          .ends_with("at least 0.4.0 is needed"));
}

BOOST_AUTO_TEST_CASE(a_group_that_adds_nothing_is_a_change) {
  BOOST_TEST(fault_of(with_edits(R"({"additionalGids":[0]})")) == "no fault");
}

BOOST_AUTO_TEST_CASE(a_class_of_the_cpus_caches_has_the_name_of_a_directory) {
  const auto with_class = [](const std::string& id) {
    return fault_of(with_edits(R"({"intelRdt":{"closID":")" + id + "\"}}"));
  };
  for (const std::string& good : {std::string(), std::string("a.b c"), std::string(255, 'x')})
    BOOST_TEST(with_class(good) == "no fault");
  for (const std::string& bad : {std::string("."), std::string(".."), std::string("a/b"),
                                 std::string("a\\nb"), std::string(256, 'x')})
    BOOST_TEST(with_class(bad).starts_with("devices[0].containerEdits.intelRdt.closID: "), bad);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named_with_its_place) {
  const std::string place = "devices[0].containerEdits.";
  const auto starts = [](const std::string& json, const std::string& expected) {
    const std::string fault = fault_of(json);
    BOOST_TEST(fault.starts_with(expected), fault << " | " << expected);
  };
  starts(with_edits(R"({"env":["=x"]})"), place + "env: \"=x\" is no variable");
  starts(with_edits(R"({"deviceNodes":[{"hostPath":"/dev/x"}]})"),
         place + "deviceNodes[0]: has no path");
  starts(with_edits(R"({"deviceNodes":[{"path":"/x","type":"z"}]})"),
         place + "deviceNodes[0].type: \"z\"");
  starts(with_edits(R"({"deviceNodes":[{"path":"/x","permissions":"rx"}]})"),
         place + "deviceNodes[0].permissions: \"rx\"");
  starts(with_edits(R"({"deviceNodes":[{"path":"/x","major":"many"}]})"),
         place + "deviceNodes[0].major: must be an integer");
  for (const std::string number : {"major", "minor"})
    starts(with_edits(R"({"deviceNodes":[{"path":"/x",")" + number + "\":-1}]}"),
           place + "deviceNodes[0]." + number + ": must not be negative");
  starts(with_edits(R"({"mounts":[{"hostPath":"/h","containerPath":"/c","type":"image"}]})"),
         place + "mounts[0]: an image");
  starts(with_edits(R"({"hooks":[{"hookName":"later","path":"/h"}]})"),
         place + "hooks[0]: \"later\" is no hookName");
  starts(with_edits(R"({"mounts":[{"hostPath":"/h"}]})"),
         place + "mounts[0]: has no containerPath");
  starts(with_edits(R"({"netDevices":[{"name":"eth7"}]})"), place + "netDevices: is not supported");
  starts(with_edits(R"({"devicenode":[]})"), place + "devicenode: is no field");
  starts(with_edits(R"({"env":["A=1"],"ENV":["A=2"]})"), place + "ENV: is there twice");
  starts(with_edits("{}"), "devices[0]: its containerEdits change nothing");
  starts(R"({"cdiVersion":"1.0.0","kind":"v.com/c","devices":[]})", "devices: there are none");
  starts(R"({"cdiVersion":"1.0.0","kind":"gpu"})", "kind: \"gpu\"");
  starts("[]", "there is no specification in it");
  starts("{", "invalid JSON: ");
}

BOOST_AUTO_TEST_CASE(a_version_must_be_known_and_have_what_is_used) {
  const std::string env = R"({"env":["A=1"]})";
  for (const char* good : {"0.3.0", "v0.4.0", "1.0.0", "1.1.0"})
    BOOST_TEST(fault_of(with_edits(env, good)) == "no fault");
  for (const char* bad : {"", "0.2.0", "1.0", "2.0.0", "latest"})
    BOOST_TEST(fault_of(with_edits(env, bad)).starts_with("cdiVersion: "), bad);
  BOOST_TEST(fault_of(with_edits(R"({"additionalGids":[5]})", "0.6.0"))
                 .ends_with("at least 0.7.0 is needed"));
  BOOST_TEST(fault_of(with_edits(R"({"deviceNodes":[{"path":"/a","hostPath":"/b"}]})", "0.4.0"))
                 .ends_with("at least 0.5.0 is needed"));
}

BOOST_AUTO_TEST_CASE(the_kind_of_a_faulty_file_is_known_when_it_says_so) {
  const auto kind_of = [](const std::string& json) {
    return kind_of_spec(spec_document(json, SpecFormat::json).root());
  };
  BOOST_TEST(kind_of(R"({"kind":"v.com/c","devices":7})") == "v.com/c");
  BOOST_TEST(kind_of("7") == "");
  BOOST_TEST(kind_of(R"({"kind":[]})") == "");
  BOOST_TEST(kind_of_spec({}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
