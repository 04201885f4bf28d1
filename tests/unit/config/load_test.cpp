#include <boost/test/unit_test.hpp>

#include "tests/unit/config/config_fixture.hpp"

namespace gantry::config {

using test::Fixture;

BOOST_FIXTURE_TEST_SUITE(load_config, Fixture)

BOOST_AUTO_TEST_CASE(an_empty_file_gives_the_defaults_of_root) {
  const Config config = load_text("");
  BOOST_TEST(config.daemon.root == "/var/lib/gantry");
  BOOST_TEST(config.daemon.run_dir == "/run/gantry");
  BOOST_TEST(config.daemon.default_hosts);
  BOOST_TEST(config.daemon.hosts.at(0) == "unix:///run/gantry/docker.sock");
  BOOST_TEST(config.daemon.docker_host == "unix:///var/run/docker.sock");
  BOOST_TEST(config.daemon.group == "docker");
  BOOST_TEST(config.runtime.plugin == "runtime-oci");
  BOOST_TEST(config.network.plugin == "net-dns");
  BOOST_TEST(config.volume.plugins.at(0) == "volume-local");
  BOOST_TEST(config.network.pools.size() == 7u);
  BOOST_TEST(config.origins.at("daemon.root") == "default");
}

BOOST_AUTO_TEST_CASE(another_user_gets_xdg_directories_and_no_group) {
  sources.uid = 1000;
  variables = {{"HOME", "/home/u"}, {"XDG_RUNTIME_DIR", "/run/user/1000"}};
  const Config config = load_text("");
  BOOST_TEST(config.daemon.root == "/home/u/.local/share/gantry");
  BOOST_TEST(config.daemon.hosts.at(0) == "unix:///run/user/1000/gantry/docker.sock");
  BOOST_TEST(config.daemon.docker_host == "unix:///run/user/1000/docker.sock");
  BOOST_TEST(config.daemon.group == "");
}

BOOST_AUTO_TEST_CASE(a_missing_default_file_is_no_fault_but_a_missing_named_one_is) {
  sources.uid = 1000;
  variables["XDG_CONFIG_HOME"] = (directory / "nowhere").string();
  sources.file.reset();
  BOOST_TEST(load(sources).file == "");
  sources.file = directory / "nowhere.toml";
  BOOST_CHECK_EXCEPTION(load(sources), Error,
                        [](const Error& e) { return e.code() == Errc::not_found; });
}

BOOST_AUTO_TEST_CASE(every_setting_is_read_and_remembers_its_place) {
  const Config config = load_text(R"(
[daemon]
hosts = ["unix:///tmp/a.sock", "unix:///tmp/b.sock"]
root = "/srv/gantry/"
run_dir = "/run/g2"
group = "wheel"
log_level = "warn"
log_format = "json"
insecure_registries = ["10.0.0.0/8", "registry.lan:5000"]
registry_mirrors = { "docker.io" = ["https://m.lan"] }
allow_host_binds = ["/"]
[runtime]
plugin = "runtime-x"
[network]
plugin = "net-dns"
bridge = "br7"
subnet = "10.7.0.0/16"
subnet6 = "auto"
mtu = 1400
pools = [{ base = "10.64.0.0/12", size = 20 }]
[volume]
plugins = ["volume-local", "nfs4"]
[plugin]
directories = ["/opt/plugins"]
[plugins.nfs4]
server = "nas"
retries = 3
deep = { list = [1, 2.5, true], when = 2024-05-06 }
)");
  BOOST_TEST(!config.daemon.default_hosts);
  BOOST_TEST(config.daemon.hosts.size() == 2u);
  BOOST_TEST(config.daemon.docker_host == "");
  BOOST_TEST(config.daemon.run_dir == "/run/g2");
  BOOST_TEST(config.daemon.group == "wheel");
  BOOST_TEST((config.daemon.log_level == log::Level::warn));
  BOOST_TEST((config.daemon.log_format == log::Format::json));
  BOOST_TEST(config.daemon.insecure_registries.size() == 2u);
  BOOST_TEST(config.daemon.registry_mirrors.at("docker.io").at(0) == "https://m.lan");
  BOOST_TEST(config.daemon.allow_host_binds.at(0) == "/");
  BOOST_TEST(config.runtime.plugin == "runtime-x");
  BOOST_TEST(config.network.plugin == "net-dns");
  BOOST_TEST(config.network.bridge == "br7");
  BOOST_TEST(config.network.subnet == "10.7.0.0/16");
  BOOST_TEST(config.network.subnet6 == "auto");
  BOOST_TEST(config.network.mtu == 1400u);
  BOOST_TEST(config.network.pools.at(0).base == "10.64.0.0/12");
  BOOST_TEST(config.network.pools.at(0).size == 20u);
  BOOST_TEST(config.volume.plugins.at(1) == "nfs4");
  BOOST_TEST(config.plugins.directories.at(0) == "/opt/plugins");
  BOOST_TEST(config.plugins.directories.at(1) == "/usr/lib/gantry/plugins");
  BOOST_TEST(config.plugins.settings.at("nfs4") ==
             R"({"deep":{"list":[1,2.5,true],"when":"2024-05-06"},"retries":3,"server":"nas"})");
  BOOST_TEST(config.origins.at("daemon.root").ends_with("gantry.toml:4:8"));
}

BOOST_AUTO_TEST_CASE(all_faults_are_reported_in_the_order_of_the_file) {
  const std::string expected =
      "F:2:1: unknown key \"daemon.hots\" (did you mean \"hosts\"?)\n"
      "F:3:8: daemon.root must be a string, not an integer\n"
      "F:4:13: daemon.log_level: must be one of \"debug\", \"info\", \"warn\", \"error\", not "
      "\"loud\"\n"
      "F:6:7: network.mtu must be 576 to 65535, not 9\n"
      "F:7:16: network.pools[0].base: \"10.0.0.1/8\" has bits set beyond its prefix length\n"
      "F:8:27: network.pools[1].size: the subnets (/8) are larger than the pool 10.0.0.0/16\n"
      "F:10:30: volume.plugins[1] must be a string, not an integer\n"
      "F:11:2: unknown key \"container\" (did you mean \"containers\"?)";
  BOOST_TEST(faults_of("[daemon]\nhots = []\nroot = 7\nlog_level = \"loud\"\n[network]\nmtu = 9\n"
                       "pools = [{base=\"10.0.0.1/8\", size=16},\n{base=\"10.0.0.0/16\", "
                       "size=8}]\n[volume]\nplugins = [\"volume-local\",   7]\n"
                       "[container]\n") == expected);
}

BOOST_AUTO_TEST_CASE(a_syntax_error_has_line_and_column) {
  const std::string fault = faults_of("[daemon]\nroot = \n");
  BOOST_TEST(fault.starts_with("F:2:"));
}

BOOST_AUTO_TEST_CASE(only_unix_sockets_that_fit_a_socket_address_and_tcp_are_hosts) {
  BOOST_TEST(faults_of("[daemon]\nhosts=[\"ssh://h\"]\n").find("other schemes") !=
             std::string::npos);
  BOOST_TEST(faults_of("[daemon]\nhosts=[\"fd://\"]\n").find("are always served") !=
             std::string::npos);
  for (const char* text : {"tcp://", "tcp://:2376", "tcp://0.0.0.0", "tcp://0.0.0.0:0",
                           "tcp://::1:2376", "tcp://a b:1", "tcp://h:2376/path"})
    BOOST_TEST(faults_of("[daemon]\nhosts=[\"" + std::string(text) + "\"]\n")
                       .find("must be like \"tcp://127.0.0.1:2376\"") != std::string::npos,
               text);
  BOOST_TEST(faults_of("[daemon]\nhosts=[\"unix:///" + std::string(110, 'x') + "\"]\n")
                 .find("107 bytes") != std::string::npos);
  BOOST_TEST(
      faults_of("[daemon]\nrun_dir=\"/" + std::string(110, 'x') + "\"\n").find("107 bytes") !=
      std::string::npos);
  BOOST_TEST(faults_of("[daemon]\nhosts=[]\n").find("at least one") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(tcp_is_for_clients_with_a_certificate_unless_all_are_let_in) {
  const std::string tcp = "[daemon]\nhosts = [\"tcp://[::]:2376\"]\n";
  const std::string pair = "tls_cert = \"/c.pem\"\ntls_key = \"/k.pem\"\n";
  BOOST_TEST(faults_of(tcp).find("F:2:9: tcp://[::]:2376: needs daemon.tls_ca") !=
             std::string::npos);
  BOOST_TEST(faults_of(tcp + pair).find("needs daemon.tls_ca") != std::string::npos);
  BOOST_TEST(faults_of(tcp + "tls_ca = \"/a.pem\"\n").find("needs daemon.tls_cert") !=
             std::string::npos);
  BOOST_TEST(faults_of("[daemon]\ntls_key = \"/k.pem\"\n").find("F:2:11: ") != std::string::npos);
  BOOST_TEST(faults_of("[daemon]\ntls_key = \"/k.pem\"\n").find("both or neither") !=
             std::string::npos);
  const Config verified = load_text(tcp + pair + "tls_ca = \"/a.pem\"\n");
  BOOST_TEST(verified.daemon.tls_ca == "/a.pem");
  BOOST_TEST(!verified.daemon.any_tcp_client);
  BOOST_TEST(load_text(tcp + "tcp_clients = \"any\"\n").daemon.any_tcp_client);
  sources.hosts = {"tcp://127.0.0.1:1"};
  BOOST_TEST(faults_of("").find("command line: tcp://127.0.0.1:1: needs") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_host_gateway_has_one_address_of_each_family_at_most) {
  const auto faults = [&](const std::string& addresses) {
    return faults_of("[network]\nhost_gateway_ips = [" + addresses + "]\n");
  };
  BOOST_TEST(load_text("[network]\nhost_gateway_ips = [\"10.0.0.1\", \"fd00::1\"]\n")
                 .network.host_gateway_ips.size() == 2u);
  for (const char* text : {R"("10.0.0.1", "10.0.0.2")", R"("fd00::1", "10.0.0.1", "fd00::2")"})
    BOOST_TEST(faults(text).find("F:2:20: network.host_gateway_ips: must hold at most one "
                                 "address of each family") != std::string::npos,
               faults(text));
}

BOOST_AUTO_TEST_CASE(proxies_are_those_that_speak_http) {
  const Config config = load_text(
      "[daemon]\nhttp_proxy = \"proxy:3128\"\nhttps_proxy = \"http://ann:s/e@proxy:3128/\"\n"
      "no_proxy = \"localhost,.lan\"\n");
  BOOST_TEST(config.daemon.http_proxy == "proxy:3128");
  BOOST_TEST(config.daemon.no_proxy == "localhost,.lan");
  for (const char* text : {"https://proxy:1", "socks5://proxy:1", "http://", "http://proxy:1/x"})
    BOOST_TEST(faults_of("[daemon]\nhttps_proxy = \"" + std::string(text) + "\"\n")
                       .find("must be a proxy such as") != std::string::npos,
               text);
}

BOOST_AUTO_TEST_CASE(registries_have_mirrors_at_urls) {
  const Config config = load_text(
      "[daemon.registry_mirrors]\n\"docker.io\" = [\"https://m.lan\", "
      "\"http://10.0.0.1:5000/hub\"]\n"
      "\"ghcr.io\" = []\n");
  BOOST_TEST(config.daemon.registry_mirrors.at("docker.io").at(1) == "http://10.0.0.1:5000/hub");
  BOOST_TEST(config.daemon.registry_mirrors.at("ghcr.io").empty());
  BOOST_TEST(config.origins.at("daemon.registry_mirrors").find("gantry.toml:1:") !=
             std::string::npos);
  for (const char* text :
       {"m.lan", "ftp://m.lan", "https://", "https://ann:x@m.lan", "http://m/?q", "http://:5000",
        "https://m:99999", "https://m:abc", "https://[::1", "https://[zz]", "https://m/%zz"})
    BOOST_TEST(
        faults_of("[daemon.registry_mirrors]\n\"r.lan\" = [\"" + std::string(text) + "\"]\n") ==
            "F:2:12: daemon.registry_mirrors.\"r.lan\"[0]: must be a URL such as "
            "\"https://mirror.example\", without login, query and fragment",
        text);
  BOOST_TEST(
      faults_of("[daemon]\nregistry_mirrors = { \"index.docker.io\" = 7, r = \"x\" }\n") ==
      "F:2:22: daemon.registry_mirrors.\"index.docker.io\": must be called \"docker.io\", as "
      "in the names of its images\n"
      "F:2:42: daemon.registry_mirrors.\"index.docker.io\" must be an array of strings, not an "
      "integer\n"
      "F:2:45: daemon.registry_mirrors.\"r\": must be a registry as in the names of its images: "
      "\"docker.io\", \"localhost:5000\"\n"
      "F:2:49: daemon.registry_mirrors.\"r\" must be an array of strings, not a string");
  for (const char* name : {"Docker.io", "ghcr.io:", "[", "10.0.0.0/8", "registry"})
    BOOST_TEST(faults_of("[daemon.registry_mirrors]\n\"" + std::string(name) + "\" = []\n")
                       .find("must be a registry as in the names") != std::string::npos,
               name);
  BOOST_TEST(faults_of("[daemon]\nregistry_mirrors = [\"https://m.lan\"]\n") ==
             "F:2:20: daemon.registry_mirrors must be a table of arrays of strings, not an array");
}

BOOST_AUTO_TEST_CASE(directories_of_devices_are_those_of_cdi_or_others_or_none) {
  BOOST_TEST(load_text("").devices.cdi_dirs.at(1) == "/var/run/cdi");
  const Config config = load_text("[devices]\ncdi_dirs = [\"/opt/cdi\"]\n");
  BOOST_TEST(config.devices.cdi_dirs.size() == 1u);
  BOOST_TEST(to_toml(config).find("[devices]\ncdi_dirs = [\"/opt/cdi\"]") != std::string::npos);
  BOOST_TEST(load_text("[devices]\ncdi_dirs = []\n").devices.cdi_dirs.empty());
  BOOST_TEST(faults_of("[devices]\ncdi_dirs = [\"etc\"]\n").find("absolute") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_environment_moves_the_whole_engine) {
  variables["GANTRY_STATE_DIR"] = "/srv/one";
  const Config config = load_text("[daemon]\nroot=\"/elsewhere\"\n");
  BOOST_TEST(config.daemon.root == "/srv/one");
  BOOST_TEST(config.daemon.run_dir == "/srv/one/run");
  BOOST_TEST(config.daemon.hosts.at(0) == "unix:///srv/one/run/docker.sock");
  BOOST_TEST(config.daemon.docker_host == "");
  BOOST_TEST(config.origins.at("daemon.root") == "environment GANTRY_STATE_DIR");
}

BOOST_AUTO_TEST_CASE(the_aliases_work_and_the_new_names_win) {
  variables["APPLE_DOCKER_STATE_DIR"] = "/old";
  variables["APPLE_DOCKER_DEBUG"] = "1";
  Config config = load_text("");
  BOOST_TEST(config.daemon.root == "/old");
  BOOST_TEST((config.daemon.log_level == log::Level::debug));
  variables["GANTRY_STATE_DIR"] = "/new";
  variables["GANTRY_DEBUG"] = "0";
  config = load_text("");
  BOOST_TEST(config.daemon.root == "/new");
  BOOST_TEST((config.daemon.log_level == log::Level::info));
}

BOOST_AUTO_TEST_CASE(the_command_line_wins_over_the_file) {
  sources.hosts = {"unix:///tmp/x.sock"};
  const Config config = load_text("[daemon]\nhosts=[\"unix:///tmp/y.sock\"]\n");
  BOOST_TEST(config.daemon.hosts.at(0) == "unix:///tmp/x.sock");
  BOOST_TEST(config.origins.at("daemon.hosts") == "command line");
}

BOOST_AUTO_TEST_CASE(what_show_prints_loads_as_the_same_configuration) {
  const Config first = load_text(
      "[daemon]\ngroup=\"a \\\"quoted\\\" one\"\nregistry_mirrors = { \"r.lan\" = [\"http://m\"] "
      "}\n[plugins.x]\nkey = \"v\"\nlist=[{a=1},{b=[]}]\n");
  const std::string shown = to_toml(first);
  const Config second = load_text(shown);
  BOOST_TEST(second.daemon.group == "a \"quoted\" one");
  BOOST_TEST((second.daemon.registry_mirrors == first.daemon.registry_mirrors));
  BOOST_TEST(second.daemon.registry_mirrors.size() == 1u);
  BOOST_TEST(second.daemon.default_hosts);
  BOOST_TEST(second.daemon.docker_host == first.daemon.docker_host);
  BOOST_TEST(second.plugins.settings.at("x") == first.plugins.settings.at("x"));
  BOOST_TEST(second.network.pools.size() == first.network.pools.size());
  BOOST_TEST(second.plugins.directories == first.plugins.directories);
  BOOST_TEST(shown.find("root = \"/var/lib/gantry\"  # default") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::config
