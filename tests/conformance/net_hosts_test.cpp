// net-hosts as the host sees it: the text of the files, and the block of names that stays right.
#include <boost/test/unit_test.hpp>
#include <mutex>
#include <sstream>

#include "core/base/error.hpp"
#include "core/json/writer.hpp"
#include "core/pluginhost/plugin_host.hpp"
#include "tests/unit/build_tree.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace gantry::pluginhost {

namespace {

const std::string kNet(64, 'a'), kOtherNet(64, 'b'), kBridge(64, 'c');
const std::string kWeb(64, '1'), kDb(64, '2'), kCache(64, '3');

const std::string kDefaultLines =
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::\tip6-localnet\n"
    "ff00::\tip6-mcastprefix\n"
    "ff02::1\tip6-allnodes\n"
    "ff02::2\tip6-allrouters\n";

/// Behind each line is one with the same names of the network "n".
std::string block(const std::string& lines) {
  std::string text = "# begin: names of this container's networks, kept by the engine\n";
  std::istringstream all(lines);
  for (std::string line, address; std::getline(all, line);) {
    std::istringstream words(line);
    words >> address;
    text += line + "\n" + address;
    char between = '\t';
    for (std::string name; words >> name; between = ' ') text += between + name + ".n";
    text += "\n";
  }
  return text + "# end\n";
}

/// Without the last line, by which an edited file is known.
std::string unsealed(const std::string& resolv_conf) {
  const auto seal = resolv_conf.rfind("# kept by the engine");
  BOOST_TEST(seal != std::string::npos);
  return resolv_conf.substr(0, seal);
}

struct Fixture {
  test::TemporaryDirectory directory;
  std::mutex mutex;
  std::map<std::string, std::string> replaced;  // the hosts files as they are, by container
  int replacements = 0;
  std::unique_ptr<PluginHost> plugin_host;
  NameService* names = nullptr;

  Fixture() { boot(); }
  void boot() {
    plugin_host.reset();
    HostOptions options;
    options.directories = {test::in_build_tree("lib/gantry/plugins")};
    options.state_dir = directory / "state";
    options.run_dir = directory / "run";
    options.configs["net-hosts"] = R"({"fallback_dns":["9.9.9.9"]})";
    options.replace_guest_file = [this](const std::string& id, const std::string& path,
                                        std::string content) {
      BOOST_TEST(path == "/etc/hosts");
      const std::lock_guard lock(mutex);
      replaced[id] = std::move(content);
      ++replacements;
    };
    options.read_guest_file = [this](const std::string& id, const std::string& path) {
      BOOST_TEST(path == "/etc/hosts");
      return replaced_in(id);
    };
    plugin_host = std::make_unique<PluginHost>(std::move(options));
    names = &plugin_host->load_name_service("net-hosts");
  }

  std::string replaced_in(const std::string& id) {
    const std::lock_guard lock(mutex);
    return replaced[id];
  }
  void add_network(const std::string& id, bool is_default = false) {
    json::Writer w;
    w.begin_object().field("id", id).field("name", "n").field("default", is_default).end_object();
    names->network_added(w.text());
  }
  void add(const std::string& network, const std::string& id, const std::string& address,
           const std::vector<std::string>& all_names) {
    json::Writer w;
    w.begin_object()
        .field("container_id", id)
        .field("name", all_names.front())
        .field("address", address + "/16")
        .field("names", all_names)
        .end_object();
    names->endpoint_added(network, w.text());
  }
  ContainerFiles start(const std::string& id, const std::string& network,
                       const std::string& address, const std::string& more = "",
                       const std::string& resolv_conf = "nameserver 10.0.0.53\\n") {
    auto files = names->container_files(
        R"({"id":")" + id + R"(","hostname":"h)" + id.substr(0, 3) + R"(","mode":"bridge",)" +
        R"("endpoints":[{"network_id":")" + network + R"(","address":")" + address +
        R"(/16","ipv6":""}],"host_hosts":"","host_resolv_conf":")" + resolv_conf + "\"" + more +
        "}");
    const std::lock_guard lock(mutex);
    replaced[id] = files.hosts;
    return files;
  }
  /// The same of a container that runs, with what it has now.
  ContainerFiles refresh(const std::string& id, const std::string& network,
                         const std::string& address) {
    json::Writer w;
    w.begin_object().field("hosts", replaced_in(id)).end_object();
    std::string hosts = w.take();
    hosts = hosts.substr(hosts.find(':') + 1);
    hosts.pop_back();
    return start(id, network, address,
                 R"(,"current_resolv_conf":"nameserver 1.1.1.1\n","current_hosts":)" + hosts);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(net_hosts, Fixture)

BOOST_AUTO_TEST_CASE(a_container_of_the_default_network_gets_dockers_lines_and_no_names) {
  add_network(kBridge, true);
  add(kBridge, kDb, "172.17.0.3", {"db"});
  add(kBridge, kWeb, "172.17.0.2", {"web"});
  const auto files = start(kWeb, kBridge, "172.17.0.2");
  BOOST_TEST(files.hosts == kDefaultLines + "172.17.0.2\th111\n");
  BOOST_TEST(replacements == 0);
}

BOOST_AUTO_TEST_CASE(a_domain_name_gives_the_full_name_and_the_first_label) {
  add_network(kBridge, true);
  auto files = start(kWeb, kBridge, "172.17.0.2", R"(,"domainname":"example.org")");
  BOOST_TEST(files.hosts == kDefaultLines + "172.17.0.2\th111.example.org h111\n");
}

BOOST_AUTO_TEST_CASE(extra_hosts_stand_before_the_own_address_and_may_be_ipv6) {
  add_network(kBridge, true);
  const auto files = start(
      kWeb, kBridge, "172.17.0.2",
      R"(,"extra_hosts":["a:10.0.0.1","six:2001:db8::1","br:[::2]","bad name:1.2.3.4","no"])");
  BOOST_TEST(files.hosts ==
             kDefaultLines + "10.0.0.1\ta\n2001:db8::1\tsix\n::2\tbr\n172.17.0.2\th111\n");
}

BOOST_AUTO_TEST_CASE(the_host_network_shares_the_hosts_files_unless_told_otherwise) {
  const std::string common =
      R"({"id":")" + kWeb + R"(","hostname":"box","mode":"host","endpoints":[],)" +
      R"("host_hosts":"127.0.1.1 box\n","host_resolv_conf":"nameserver 127.0.0.53\n")";
  auto files = names->container_files(common + "}");
  BOOST_TEST(files.hosts == "127.0.1.1 box\n");
  BOOST_TEST(files.resolv_conf == "nameserver 127.0.0.53\n");
  files = names->container_files(common + R"(,"extra_hosts":["a:1.2.3.4"],"dns_search":["x"]})");
  BOOST_TEST(files.hosts == kDefaultLines + "1.2.3.4\ta\n");
  BOOST_TEST(unsealed(files.resolv_conf) == "search x\nnameserver 127.0.0.53\n");
}

BOOST_AUTO_TEST_CASE(the_resolver_file_is_the_hosts_without_what_cannot_be_reached) {
  add_network(kBridge, true);
  const std::string of_host =
      R"(# c\nnameserver 127.0.0.1\nnameserver fe80::1\nnameserver 10.1.1.1 ; x\n)"
      R"(search a b\nsearch lan\noptions edns0\n)";
  BOOST_TEST(unsealed(start(kWeb, kBridge, "172.17.0.2", "", of_host).resolv_conf) ==
             "search lan\nnameserver 10.1.1.1\noptions edns0\n");
  const std::string own =
      R"(,"dns":["127.0.0.1","1.1.1.1"],"dns_search":["."],"dns_options":["ndots:3"])";
  BOOST_TEST(unsealed(start(kWeb, kBridge, "172.17.0.2", own, of_host).resolv_conf) ==
             "nameserver 127.0.0.1\nnameserver 1.1.1.1\noptions ndots:3\n");
}

BOOST_AUTO_TEST_CASE(a_host_without_a_usable_resolver_means_the_fallback_and_a_note) {
  add_network(kBridge, true);
  const auto text = unsealed(start(kWeb, kBridge, "172.17.0.2", "", "").resolv_conf);
  // Where systemd-resolved runs, its servers take the place of the fallback.
  if (!std::filesystem::exists("/run/systemd/resolve/resolv.conf")) {
    BOOST_TEST(text.starts_with("# "));
    BOOST_TEST(text.ends_with("\nnameserver 9.9.9.9\n"));
  }
}

BOOST_AUTO_TEST_CASE(members_of_a_user_network_see_each_other_come_and_go) {
  add_network(kNet);
  add(kNet, kWeb, "172.18.0.2", {"web", "www"});
  const auto files = start(kWeb, kNet, "172.18.0.2");
  const std::string base = kDefaultLines + "172.18.0.2\th111\n";
  BOOST_TEST(files.hosts == base + block("172.18.0.2\tweb www\n"));
  BOOST_TEST(replacements == 0);
  add(kNet, kDb, "172.18.0.3", {"db"});
  BOOST_TEST(replaced_in(kWeb) == base + block("172.18.0.2\tweb www\n172.18.0.3\tdb\n"));
  add(kNet, kDb, "172.18.0.3", {"db"});
  BOOST_TEST(replacements == 1);
  names->endpoint_removed(kNet, kDb);
  BOOST_TEST(replaced_in(kWeb) == base + block("172.18.0.2\tweb www\n"));
  names->endpoint_removed(kNet, kWeb);
  BOOST_TEST(replacements == 2);
}

BOOST_AUTO_TEST_CASE(a_name_that_would_break_the_file_is_left_out) {
  add_network(kNet);
  add(kNet, kWeb, "172.18.0.2", {"web", "evil\n1.2.3.4\tgoogle", "a b", "x#y", ""});
  BOOST_TEST(start(kWeb, kNet, "172.18.0.2").hosts ==
             kDefaultLines + "172.18.0.2\th111\n" + block("172.18.0.2\tweb\n"));
}

BOOST_AUTO_TEST_CASE(a_container_on_two_networks_sees_both_and_loses_one) {
  add_network(kNet);
  add_network(kOtherNet);
  add(kNet, kWeb, "172.18.0.2", {"web"});
  add(kNet, kDb, "172.18.0.3", {"db"});
  add(kOtherNet, kCache, "172.19.0.3", {"cache"});
  start(kWeb, kNet, "172.18.0.2");
  add(kOtherNet, kWeb, "172.19.0.2", {"web"});
  BOOST_TEST(replaced_in(kWeb).ends_with(
      block("172.18.0.2\tweb\n172.18.0.3\tdb\n172.19.0.2\tweb\n172.19.0.3\tcache\n")));
  names->network_removed(kNet);
  BOOST_TEST(replaced_in(kWeb).ends_with(block("172.19.0.2\tweb\n172.19.0.3\tcache\n")));
}

BOOST_AUTO_TEST_CASE(after_a_restart_of_the_daemon_only_changes_are_written) {
  add_network(kNet);
  add(kNet, kWeb, "172.18.0.2", {"web"});
  start(kWeb, kNet, "172.18.0.2");
  add(kNet, kDb, "172.18.0.3", {"db"});
  start(kDb, kNet, "172.18.0.3");
  boot();
  replacements = 0;
  add_network(kNet);
  add(kNet, kWeb, "172.18.0.2", {"web"});
  add(kNet, kDb, "172.18.0.3", {"db"});
  BOOST_TEST(replaced_in(kWeb) == refresh(kWeb, kNet, "172.18.0.2").hosts);
  BOOST_TEST(replacements == 0);
  names->endpoint_removed(kNet, kDb);
  BOOST_TEST(replacements == 1);
  BOOST_TEST(replaced_in(kWeb).ends_with(block("172.18.0.2\tweb\n")));
}

BOOST_AUTO_TEST_CASE(what_users_write_around_the_block_stays) {
  add_network(kNet);
  add(kNet, kWeb, "172.18.0.2", {"web"});
  const std::string made = start(kWeb, kNet, "172.18.0.2").hosts;
  replaced[kWeb] = "10.0.0.9\tmine\n" + made + "10.0.0.10\tmine-too\n";
  add(kNet, kDb, "172.18.0.3", {"db"});
  BOOST_TEST(replaced_in(kWeb) == "10.0.0.9\tmine\n" + kDefaultLines + "172.18.0.2\th111\n" +
                                      block("172.18.0.2\tweb\n172.18.0.3\tdb\n") +
                                      "10.0.0.10\tmine-too\n");
}

BOOST_AUTO_TEST_CASE(a_refresh_keeps_users_lines_and_edited_resolver_files) {
  add_network(kNet);
  add_network(kOtherNet);
  add(kNet, kWeb, "172.18.0.2", {"web"});
  start(kWeb, kNet, "172.18.0.2");
  replaced[kWeb] += "10.0.0.10\tmine\n";
  add(kOtherNet, kWeb, "172.19.0.2", {"web"});
  names->endpoint_removed(kNet, kWeb);
  const auto files = refresh(kWeb, kOtherNet, "172.19.0.2");
  BOOST_TEST(files.hosts ==
             kDefaultLines + "10.0.0.10\tmine\n172.19.0.2\th111\n" + block("172.19.0.2\tweb\n"));
  BOOST_TEST(files.resolv_conf == "nameserver 1.1.1.1\n", "somebody has edited it");
}

BOOST_AUTO_TEST_CASE(links_and_ipv6_addresses_stand_in_the_block) {
  add_network(kNet);
  names->endpoint_added(kNet, R"({"container_id":")" + kDb +
                                  R"(","name":"db","address":"172.18.0.3/16",)" +
                                  R"("ipv6":"fd00::3/64","names":["db"]})");
  names->endpoint_added(kNet, R"({"container_id":")" + kWeb +
                                  R"(","name":"web","address":"172.18.0.2/16","names":["web"],)" +
                                  R"("links":[{"name":"db","alias":"store"}]})");
  BOOST_TEST(start(kWeb, kNet, "172.18.0.2")
                 .hosts.ends_with(block("172.18.0.3\tstore\nfd00::3\tstore\n172.18.0.2\tweb\n"
                                        "172.18.0.3\tdb\nfd00::3\tdb\n")));
  BOOST_TEST(start(kDb, kNet, "172.18.0.3").hosts.find("store") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::pluginhost
