// The default AppArmor profile's text, and how a spec gets the one that it names.
#include "host/apparmor.hpp"

#include <boost/test/unit_test.hpp>

#include "base/error.hpp"
#include "containers/runtime_spec.hpp"

using namespace gantry::oci;

namespace {

std::string spec(const std::string& annotations) {
  return R"({"process":{"args":["x"]},"linux":{},"annotations":)" + annotations + "}";
}

std::string profile_in(const RuntimeSpec& spec) {
  const JsonDocument document = parse_object(spec.json(), "spec");
  BOOST_TEST(find_member(*find_member(document, "annotations"), "gantry.apparmor") == nullptr);
  const std::string given = text_of(*find_member(document, "process"), "apparmorProfile");
  BOOST_TEST(given == spec.apparmor_profile());
  return given;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(apparmor)

BOOST_AUTO_TEST_CASE(everything_is_denied_but_what_is_spared) {
  const std::string text = apparmor_profile("name");
  BOOST_TEST(text.starts_with("profile name flags=(attach_disconnected,mediate_deleted) {\n"));
  for (const char* rule :
       {"deny /sys/[^f]** wklx", "deny /sys/f[^s]** wklx", "deny /sys/fs/cgrou[^p]** wklx",
        "deny /proc/sys/[^k]** w", "deny /proc/sys/kernel/sh[^m]** w", "deny mount",
        "ptrace peer=name", "signal (send, receive) peer=name"})
    BOOST_TEST(text.find(std::string("  ") + rule + ",\n") != std::string::npos, rule);
}

BOOST_AUTO_TEST_CASE(an_annotation_becomes_a_profile) {
  BOOST_TEST(profile_in({spec("{}"), "/g", "ours"}) == "");
  BOOST_TEST(profile_in({spec(R"({"gantry.apparmor":"default"})"), "/g", "ours"}) == "ours");
  BOOST_TEST(profile_in({spec(R"({"gantry.apparmor":"mine"})"), "/g", "ours"}) == "mine");
}

BOOST_AUTO_TEST_CASE(hosts_without_it_have_no_default_and_refuse_names) {
  BOOST_TEST(profile_in({spec(R"({"gantry.apparmor":"default"})"), "/g"}) == "");
  BOOST_CHECK_EXCEPTION(RuntimeSpec(spec(R"({"gantry.apparmor":"mine"})"), "/g"), Error,
                        [](const Error& error) {
                          return std::string(error.what()).find("\"mine\"") != std::string::npos;
                        });
}

BOOST_AUTO_TEST_SUITE_END()
