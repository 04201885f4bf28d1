#include <boost/test/unit_test.hpp>

#include "tests/unit/config/config_fixture.hpp"

namespace gantry::config {

using test::Fixture;
using Words = std::vector<std::string>;

BOOST_FIXTURE_TEST_SUITE(container_settings, Fixture)

BOOST_AUTO_TEST_CASE(without_settings_containers_are_as_dockers) {
  const Containers containers = load_text("").containers;
  BOOST_TEST(!containers.init);
  BOOST_TEST(!containers.no_new_privileges);
  BOOST_TEST(containers.ulimits.empty());
  BOOST_TEST(containers.shm_size == 64u << 20);
  BOOST_TEST(containers.cgroup_parent == "");
  BOOST_TEST(containers.cgroupns_mode == "");
  BOOST_TEST(containers.ipc_mode == "private");
  BOOST_TEST(containers.dns.empty());
  BOOST_TEST(containers.seccomp_profile == "");
}

BOOST_AUTO_TEST_CASE(every_setting_is_read_and_shown_as_it_is_read) {
  const std::string text = R"([containers]
init = true
no_new_privileges = true
ulimits = { nofile = "1024:524288", nproc = "4096", core = "0:unlimited", memlock = "-1" }
shm_size = "1.5g"
cgroup_parent = "tenants.slice"
cgroupns_mode = "host"
ipc_mode = "shareable"
dns = ["10.0.0.53", "fd00::53"]
dns_options = ["ndots:2"]
dns_search = ["example.org"]
seccomp_profile = "/etc/gantry/seccomp.json"
)";
  const Config first = load_text(text);
  BOOST_TEST(first.origins.at("containers.shm_size").ends_with("gantry.toml:5:12"));
  for (const Config& config : {first, load_text(to_toml(first))}) {
    const Containers& containers = config.containers;
    BOOST_TEST(containers.init);
    BOOST_TEST(containers.no_new_privileges);
    BOOST_TEST(containers.ulimits.size() == 4u);
    BOOST_TEST(containers.ulimits.at("nofile").soft == 1024);
    BOOST_TEST(containers.ulimits.at("nofile").hard == 524288);
    BOOST_TEST(containers.ulimits.at("nproc").hard == 4096);
    BOOST_TEST(containers.ulimits.at("core").hard == -1);
    BOOST_TEST(containers.ulimits.at("memlock").soft == -1);
    BOOST_TEST(containers.shm_size == 1536u << 20);
    BOOST_TEST(containers.cgroup_parent == "tenants.slice");
    BOOST_TEST(containers.cgroupns_mode == "host");
    BOOST_TEST(containers.ipc_mode == "shareable");
    BOOST_TEST(containers.dns == (Words{"10.0.0.53", "fd00::53"}));
    BOOST_TEST(containers.dns_options == Words{"ndots:2"});
    BOOST_TEST(containers.dns_search == Words{"example.org"});
    BOOST_TEST(containers.seccomp_profile == "/etc/gantry/seccomp.json");
  }
  BOOST_TEST(to_toml(first).find("shm_size = \"1536m\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_wrong_value_is_a_fault_at_its_place) {
  const std::string expected =
      "F:2:8: containers.init must be a boolean, not a string\n"
      "F:3:22: containers.ulimits.\"nofile\": the soft limit is larger than the hard one\n"
      "F:4:12: containers.shm_size: must be a size such as \"64m\"\n"
      "F:5:17: containers.cgroupns_mode: must be one of \"\", \"private\", \"host\", not \"own\"\n"
      "F:6:12: containers.ipc_mode: must be one of \"private\", \"shareable\", not \"host\"\n"
      "F:7:8: containers.dns[0]: must be an IP address\n"
      "F:8:15: containers.dns_search[0]: must be one word\n"
      "F:9:17: containers.cgroup_parent: must be a path of cgroups or the name of a slice\n"
      "F:10:19: containers.seccomp_profile: must be the absolute path of a profile, "
      "\"unconfined\" or \"\"\n"
      "F:11:1: unknown key \"containers.shm\"";
  BOOST_TEST(faults_of("[containers]\ninit = \"yes\"\nulimits = { nofile = \"10:5\" }\n"
                       "shm_size = \"0\"\ncgroupns_mode = \"own\"\nipc_mode = \"host\"\n"
                       "dns = [\"one\"]\ndns_search = [\"a b\"]\ncgroup_parent = \"/a/../..\"\n"
                       "seccomp_profile = \"seccomp.json\"\nshm = 1\n") == expected);
  for (const char* limit : {"", "x", "1:", ":1", "-2", "1:2:3", "1k"})
    BOOST_TEST(faults_of("[containers]\nulimits = { core = \"" + std::string(limit) + "\" }\n")
                       .find("containers.ulimits.\"core\": must be like") != std::string::npos,
               limit);
  BOOST_TEST(faults_of("[containers]\nulimits = { core = \"-1:5\" }\n").find("larger") !=
             std::string::npos);
  BOOST_TEST(faults_of("[containers]\nulimits = { files = \"5\" }\n").find("no such limit") !=
             std::string::npos);
  BOOST_TEST(faults_of("[containers]\nulimits = { core = 5 }\n").find("must be a string") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(labels_of_the_engine_have_one_value_each) {
  const Config config = load_text("[daemon]\nlabels = [\"rack=7\", \"role=\", \"a=b=c\"]\n");
  BOOST_TEST(config.daemon.labels == (Words{"rack=7", "role=", "a=b=c"}));
  BOOST_TEST(to_toml(config).find(R"(labels = ["rack=7","role=","a=b=c"])") != std::string::npos);
  BOOST_TEST(faults_of("[daemon]\nlabels = [\"rack=7\", \"rack=8\"]\n") ==
             "F:2:10: daemon.labels: \"rack=7\" and \"rack=8\" contradict");
  for (const char* label : {"", "rack", "=7"})
    BOOST_TEST(faults_of("[daemon]\nlabels = [\"" + std::string(label) + "\"]\n")
                       .find("daemon.labels[0]: must be like") != std::string::npos,
               label);
}

BOOST_AUTO_TEST_CASE(transfers_of_images_have_bounds) {
  const Daemon daemon = load_text("").daemon;
  BOOST_TEST(daemon.max_concurrent_downloads == 3u);
  BOOST_TEST(daemon.max_concurrent_uploads == 5u);
  BOOST_TEST(daemon.max_download_attempts == 5u);
  const Config config = load_text(
      "[daemon]\nmax_concurrent_downloads = 10\nmax_concurrent_uploads = 1\n"
      "max_download_attempts = 2\n");
  BOOST_TEST(config.daemon.max_concurrent_downloads == 10u);
  BOOST_TEST(config.daemon.max_concurrent_uploads == 1u);
  BOOST_TEST(load_text(to_toml(config)).daemon.max_download_attempts == 2u);
  BOOST_TEST(faults_of("[daemon]\nmax_concurrent_downloads = 65\n") ==
             "F:2:28: daemon.max_concurrent_downloads must be 1 to 64, not 65");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::config
