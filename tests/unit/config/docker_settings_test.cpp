// dockerd's daemon.json as a gantry.toml.
#include "core/config/docker_settings.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/config/config.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace gantry::config {
namespace {

struct Fixture {
  test::TemporaryDirectory directory;

  /// What the engine makes of it.
  Config translated(const std::string& daemon_json) {
    const std::string text = from_docker(daemon_json);
    file::write_atomic(directory / "gantry.toml", text);
    Sources sources;
    sources.file = directory / "gantry.toml";
    BOOST_TEST_INFO_SCOPE(text);
    return load(sources);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(docker_settings, Fixture)

BOOST_AUTO_TEST_CASE(settings_get_their_names_here) {
  const Config config = translated(R"({
    "hosts": ["fd://", "unix:///run/d.sock", "tcp://0.0.0.0:2376"],
    "tlsverify": true, "tlscacert": "/ca.pem", "tlscert": "/c.pem", "tlskey": "/k.pem",
    "group": "docker", "log-level": "fatal", "insecure-registries": ["10.0.0.0/8"],
    "registry-mirrors": ["https://m.lan/"], "proxies": {"http-proxy": "http://p:1", "no-proxy": ".lan"},
    "log-driver": "syslog", "log-opts": {"tag": "{{.Name}}"}, "mtu": 1450,
    "bip": "10.9.0.1/24", "fixed-cidr-v6": "fd00:1::/64", "ipv6": true,
    "default-address-pools": [{"base": "10.200.0.0/16", "size": 24}], "icc": false, "ip": "127.0.0.1",
    "default-network-opts": {"bridge": {"com.docker.network.driver.mtu": "1400"}},
    "host-gateway-ips": ["10.0.0.1"], "cdi-spec-dirs": ["/cdi"], "labels": ["a=b"],
    "max-concurrent-downloads": 7, "max-concurrent-uploads": 2, "max-download-attempts": 9})");
  const Daemon& daemon = config.daemon;
  BOOST_TEST(daemon.hosts ==
             (std::vector<std::string>{"unix:///run/gantry/docker.sock", "unix:///run/d.sock",
                                       "tcp://0.0.0.0:2376"}));
  BOOST_TEST(daemon.tls_ca == "/ca.pem");
  BOOST_TEST(!daemon.any_tcp_client);
  BOOST_TEST((daemon.log_level == log::Level::error));
  BOOST_TEST(daemon.registry_mirrors.at("docker.io").at(0) == "https://m.lan");
  BOOST_TEST(daemon.http_proxy == "http://p:1");
  BOOST_TEST(daemon.no_proxy == ".lan");
  BOOST_TEST(daemon.labels.at(0) == "a=b");
  BOOST_TEST(daemon.max_concurrent_downloads == 7u);
  BOOST_TEST(daemon.max_concurrent_uploads == 2u);
  BOOST_TEST(daemon.max_download_attempts == 9u);
  BOOST_TEST(config.logging.driver == "syslog");
  BOOST_TEST(config.logging.options.at("tag") == "{{.Name}}");
  const Network& network = config.network;
  BOOST_TEST(network.subnet == "10.9.0.0/24");
  BOOST_TEST(network.subnet6 == "fd00:1::/64");
  BOOST_TEST(network.mtu == 1450u);
  BOOST_TEST(network.pools.at(0).base == "10.200.0.0/16");
  BOOST_TEST(network.host_gateway_ips.at(0) == "10.0.0.1");
  BOOST_TEST(network.bridge_options.at("com.docker.network.bridge.enable_icc") == "false");
  BOOST_TEST(network.bridge_options.at("com.docker.network.bridge.host_binding_ipv4") ==
             "127.0.0.1");
  BOOST_TEST(network.options.at("com.docker.network.driver.mtu") == "1400");
  BOOST_TEST(config.devices.cdi_dirs.at(0) == "/cdi");
}

BOOST_AUTO_TEST_CASE(defaults_of_containers_are_taken_over) {
  const Containers containers =
      translated(R"({"init": true, "no-new-privileges": true, "default-shm-size": "128M",
    "default-ulimits": {"nofile": {"Name": "nofile", "Hard": 64000, "Soft": 1024}},
    "cgroup-parent": "/apps", "default-cgroupns-mode": "host", "default-ipc-mode": "shareable",
    "dns": ["10.0.0.53"], "dns-opts": ["ndots:1"], "dns-search": ["lan"],
    "seccomp-profile": "unconfined"})")
          .containers;
  BOOST_TEST(containers.init);
  BOOST_TEST(containers.no_new_privileges);
  BOOST_TEST(containers.shm_size == 128u << 20);
  BOOST_TEST(containers.ulimits.at("nofile").soft == 1024);
  BOOST_TEST(containers.ulimits.at("nofile").hard == 64000);
  BOOST_TEST(containers.cgroup_parent == "/apps");
  BOOST_TEST(containers.cgroupns_mode == "host");
  BOOST_TEST(containers.ipc_mode == "shareable");
  BOOST_TEST(containers.dns.at(0) == "10.0.0.53");
  BOOST_TEST(containers.dns_options.at(0) == "ndots:1");
  BOOST_TEST(containers.dns_search.at(0) == "lan");
  BOOST_TEST(containers.seccomp_profile == "unconfined");
  BOOST_TEST(translated(R"({"default-shm-size": 1048576})").containers.shm_size == 1u << 20);
}

BOOST_AUTO_TEST_CASE(what_has_no_counterpart_is_named_with_the_reason) {
  BOOST_TEST(
      from_docker(R"({"live-restore": true, "hosts": ["npipe://"], "metrics-addr": ":9"})") ==
      "# left out: live-restore (containers always outlive the daemon)\n"
      "# left out: hosts: npipe:// (must be an address of the form \"unix:///path\" or "
      "\"tcp://host:port\"; other schemes are not supported)\n"
      "# left out: metrics-addr (there is nothing like it)\n");
  BOOST_TEST(from_docker("{}") == "");
  BOOST_TEST(from_docker(R"({"hosts": ["fd://"]})") == "");
  BOOST_TEST(from_docker(R"({"debug": true, "log-level": "info"})") ==
             "[daemon]\nlog_level = \"debug\"\n");
}

BOOST_AUTO_TEST_CASE(an_open_door_is_told_and_opened_for_those_only_who_asked_for_it) {
  const std::string asked =
      R"({"hosts": ["tcp://127.0.0.1:2375"], "tlscacert": "/ca.pem", "tlsverify": false})";
  BOOST_TEST(translated(asked).daemon.any_tcp_client);
  BOOST_TEST(translated(asked).daemon.tls_ca == "");
  for (const std::string& text : {asked, std::string(R"({"hosts": ["tcp://0.0.0.0:2375"]})")})
    BOOST_TEST(from_docker(text).starts_with("# hosts: who reaches tcp:// is root on this host"));
  BOOST_CHECK_THROW(translated(R"({"hosts": ["tcp://0.0.0.0:2375"]})"), Error);
}

BOOST_AUTO_TEST_CASE(what_gantryd_refuses_afterwards_is_told) {
  BOOST_TEST(from_docker(R"({"hosts": ["tcp://0.0.0.0:2375"]})")
                 .find("gantryd refuses this file until [daemon] has tcp_clients = \"any\"") !=
             std::string::npos);
  BOOST_TEST(from_docker(R"({"hosts": ["tcp://h:1"], "tlsverify": true, "tlscacert": "/ca.pem"})")
                 .starts_with("# hosts: gantryd refuses this file until [daemon] has tls_cert\n"
                              "# hosts: gantryd refuses this file until [daemon] has tls_key\n"));
}

BOOST_AUTO_TEST_CASE(a_log_driver_that_is_not_there_is_left_out_with_its_options) {
  BOOST_TEST(from_docker(R"({"log-driver": "splunk", "log-opts": {"splunk-token": "x"}})") ==
             "# left out: log-driver (there is no driver \"splunk\")\n"
             "# left out: log-opts (they are for that driver)\n");
  for (const char* driver : {"none", "local", "syslog", "journald", "gelf", "fluentd"})
    BOOST_TEST(translated(R"({"log-driver": ")" + std::string(driver) + R"("})").logging.driver ==
               driver);
}

BOOST_AUTO_TEST_CASE(what_is_empty_is_not_set) {
  BOOST_TEST(from_docker(R"({"bridge": "", "default-address-pools": [], "default-ipc-mode": "",
    "log-level": "", "log-format": "", "max-concurrent-downloads": 0, "default-shm-size": 0,
    "host-gateway-ip": "", "bip": "", "data-root": "", "userns-remap": "", "labels": [],
    "registry-mirrors": [], "log-opts": {}, "runtimes": {}, "mtu": 0, "dns": [], "hosts": [],
    "fixed-cidr-v6": "", "storage-opts": [], "tlscacert": "", "icc": true, "ip-masq": true})") ==
             "");
  BOOST_TEST(from_docker("") == "");
  BOOST_TEST(from_docker("\xef\xbb\xbf \n") == "");
}

BOOST_AUTO_TEST_CASE(what_the_engine_does_not_take_is_left_out_with_its_reason) {
  for (const char* text :
       {R"({"log-level": "loud"})", R"({"max-download-attempts": 100})",
        R"({"seccomp-profile": "profile.json"})", R"({"registry-mirrors": ["m.lan"]})",
        R"({"proxies": {"http-proxy": "https://p:1"}})", R"({"default-ipc-mode": "host"})",
        R"({"hosts": ["tcp://0.0.0.0"]})", R"({"default-ulimits": {"x": {"Soft": 1, "Hard": 2}}})",
        R"({"default-network-opts": {"bridge": {"com.docker.network.bridge.name": "b"}}})",
        R"({"fixed-cidr-v6": "2001:db8::1/64", "ipv6": true})", R"({"bridge": "br0"})",
        R"({"fixed-cidr-v6": "2001:db8::/64"})", "{\"a\\n[daemon]\\nx\": 1}"}) {
    const std::string toml = from_docker(text);
    BOOST_TEST(toml.starts_with("# left out: "), toml);
    BOOST_TEST(std::count(toml.begin(), toml.end(), '\n') == 1, toml);
    translated(text);
  }
}

BOOST_AUTO_TEST_CASE(other_spellings_are_understood) {
  const Daemon daemon = translated(R"({"log-level": "WARN",
    "insecure-registries": ["http://reg:5000", "reg:5000"], "labels": ["a=b", "a=b"],
    "registry-mirrors": ["https://m.lan", "https://m.lan/"]})")
                            .daemon;
  BOOST_TEST((daemon.log_level == log::Level::warn));
  BOOST_TEST(daemon.insecure_registries == std::vector<std::string>{"reg:5000"});
  BOOST_TEST(daemon.labels == std::vector<std::string>{"a=b"});
  BOOST_TEST(daemon.registry_mirrors.at("docker.io") == std::vector<std::string>{"https://m.lan"});
  BOOST_TEST(from_docker(R"({"icc": false})") ==
             "[network]\n"
             "bridge_options = { \"com.docker.network.bridge.enable_icc\" = \"false\" }\n");
  BOOST_TEST(translated(R"({"default-ulimits": {"x": {"Name": "nofile", "Soft": 1, "Hard": 2}}})")
                 .containers.ulimits.at("nofile")
                 .hard == 2);
}

BOOST_AUTO_TEST_CASE(faults_name_the_setting) {
  for (const auto& [text, words] : {std::pair{R"({"icc": "no"})", "icc"},
                                    {R"({"init": "yes"})", "init"},
                                    {R"({"labels": "a=b"})", "labels"},
                                    {R"({"dns": [1]})", "dns"},
                                    {R"({"group": 5})", "group"},
                                    {R"({"mtu": "1500"})", "mtu"},
                                    {R"({"hosts": "unix:///x"})", "hosts"},
                                    {"[]", ""},
                                    {"{", "invalid JSON"}})
    BOOST_CHECK_EXCEPTION(from_docker(text), Error, [&](const Error& e) {
      return e.code() == Errc::invalid && std::string(e.what()).find(words) != std::string::npos;
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::config
