#include "core/services/engine/system_info.hpp"

#include <boost/test/unit_test.hpp>

using namespace gantry::services;
using Names = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(system_info)

BOOST_AUTO_TEST_CASE(security_options_tell_of_the_defaults_of_containers) {
  EngineFacts facts;
  const Names host = {"name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"};
  BOOST_TEST(security_options(host, facts) == host);
  facts.seccomp_profile = "/etc/gantry/seccomp.json";
  facts.cgroupns_mode = "host";
  facts.no_new_privileges = true;
  BOOST_TEST(security_options(host, facts) ==
             (Names{"name=apparmor", "name=seccomp,profile=/etc/gantry/seccomp.json",
                    "name=no-new-privileges"}));
  facts.cgroupns_mode = "private";
  BOOST_TEST(security_options({}, facts) == (Names{"name=cgroupns", "name=no-new-privileges"}));
}

BOOST_AUTO_TEST_SUITE_END()
