// What is refused at create, and in which words.
#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/domain/container_request.hpp"

using namespace gantry;
using namespace gantry::domain;

namespace {

std::string failure(const std::string& body) {
  try {
    parse_create_request(json::Document::parse(body).root(), 51, {});
  } catch (const Error& e) {
    BOOST_TEST((e.code() == Errc::invalid));
    return e.what();
  }
  return "accepted";
}

/// Of a container with this HostConfig.
std::string host_failure(const std::string& host_config) {
  return failure(R"({"Image":"x","Cmd":["a"],"HostConfig":{)" + host_config + "}}");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_checks)

BOOST_AUTO_TEST_CASE(device_rules_have_dockers_form) {
  const auto rule = [](const std::string& text) {
    return host_failure(R"("DeviceCgroupRules":[")" + text + "\"]");
  };
  for (const char* fine : {"c 1:3 r", "b *:* rwm", "a 10:* mw", "c 4294967295:0 r"})
    BOOST_TEST(rule(fine) == "accepted");
  for (const char* bad :
       {"", "c", "c 1:3", "c a:b rwm", "c 1:b rwm", "c 1 rwm", "c 1:2:3 rwm", "d 1:3 r", "c 1:3 x",
        "c 1:3 rwmr", "c 1:3 ", "c  1:3 r", "c 1:3 r ", "c -1:3 r", "c +1:3 r",
        "c 99999999999999999999:1 r", "c 4294967296:1 r", "cc 1:3 r"})
    BOOST_TEST(rule(bad) == "invalid device cgroup rule format: '" + std::string(bad) + "'");
}

BOOST_AUTO_TEST_CASE(limits_that_could_only_fail_at_start_are_refused_by_name) {
  BOOST_TEST(host_failure(R"("CpuRealtimePeriod":-1)") ==
             "HostConfig.CpuRealtimePeriod: must not be negative");
  BOOST_TEST(host_failure(R"("CpuRealtimeRuntime":-1)") ==
             "HostConfig.CpuRealtimeRuntime: must not be negative");
  BOOST_TEST(host_failure(R"("CpuRealtimePeriod":5,"CpuRealtimeRuntime":6)") ==
             "cpu real-time runtime cannot be higher than cpu real-time period");
  BOOST_TEST(host_failure(R"("KernelMemoryTCP":-1)") ==
             "HostConfig.KernelMemoryTCP: must not be negative");
  BOOST_TEST(host_failure(R"("PidsLimit":1000000000000)") ==
             "HostConfig.PidsLimit: must not be above 4194304");
  BOOST_TEST(host_failure(R"("BlkioDeviceWriteIOps":[{"Path":"/dev/x","Rate":-1}])") ==
             "HostConfig.BlkioDeviceWriteIOps[0].Rate: must not be negative");
  BOOST_TEST(host_failure(R"("BlkioDeviceReadBps":[{"Path":"","Rate":1}])") ==
             "HostConfig.BlkioDeviceReadBps[0].Path: must not be empty");
  for (const char* weight : {"9", "1001", "-1"})
    BOOST_TEST(host_failure(R"("BlkioWeightDevice":[{"Path":"/dev/x","Weight":)" +
                            std::string(weight) + "}]") ==
               "HostConfig.BlkioWeightDevice[0].Weight: must be from 10 to 1000");
  BOOST_TEST(host_failure(R"("BlkioWeightDevice":[{"Path":"/dev/x","Weight":10}])") == "accepted");
  BOOST_TEST(host_failure(R"("MemorySwap":-2,"PidsLimit":-1)") == "accepted");
}

BOOST_AUTO_TEST_CASE(groups_are_names_or_ids) {
  BOOST_TEST(host_failure(R"("GroupAdd":["audio",""])") ==
             "HostConfig.GroupAdd[1]: must not be empty");
  for (const char* group : {"-", "-1", "2147483648", "99999999999999999999"})
    BOOST_TEST(host_failure(R"("GroupAdd":[")" + std::string(group) + "\"]") ==
               "HostConfig.GroupAdd[0]: must be in range 0-2147483647");
  BOOST_TEST(host_failure(R"("GroupAdd":["audio","2147483647","0x"])") == "accepted");
}

BOOST_AUTO_TEST_CASE(entries_of_the_containers_files_stay_in_their_lines) {
  for (const char* field : {"Dns", "DnsSearch", "DnsOptions", "ExtraHosts"}) {
    BOOST_TEST(host_failure('"' + std::string(field) + R"(":[""])") ==
               "HostConfig." + std::string(field) + "[0]: must not be empty");
    for (const char* end : {R"(a\nnameserver 1.2.3.4)", R"(\t)", R"(a\u007f)"})
      BOOST_TEST(host_failure('"' + std::string(field) + R"(":[")" + end + "\"]") ==
                 "HostConfig." + std::string(field) + "[0]: must not contain control characters");
  }
  BOOST_TEST(host_failure(R"("Dns":["dns.example"])") ==
             "HostConfig.Dns[0]: must be an IP address");
  BOOST_TEST(
      host_failure(
          R"("Dns":["1.1.1.1","fe80::1%eth0"],"DnsSearch":["."],"DnsOptions":["ndots:2 rotate"],
                             "ExtraHosts":["a: 1.2.3.4","b:::1","c=host-gateway"])") == "accepted");
}

BOOST_AUTO_TEST_CASE(names_fit_into_the_kernels) {
  const std::string fits(64, 'h'), longer(65, 'h');
  const auto named = [](const std::string& field, const std::string& name) {
    return failure(R"({"Image":"x","Cmd":["a"],")" + field + "\":\"" + name + "\"}");
  };
  BOOST_TEST(named("Hostname", fits) == "accepted");
  BOOST_TEST(named("Hostname", longer) == "invalid hostname format: " + longer);
  BOOST_TEST(named("Domainname", longer) == "invalid domainname format: " + longer);
}

BOOST_AUTO_TEST_CASE(what_the_hosts_namespaces_have_is_not_the_containers_to_choose) {
  BOOST_TEST(failure(R"({"Image":"x","Cmd":["a"],"MacAddress":"02:42:00:00:00:01",
                         "HostConfig":{"NetworkMode":"host"}})") ==
             "conflicting options: mac-address and the network mode");
  BOOST_TEST(
      failure(R"({"Image":"x","Cmd":["a"],"Domainname":"d","HostConfig":{"UTSMode":"host"}})") ==
      "conflicting options: domainname and the UTS mode");
}

BOOST_AUTO_TEST_CASE(maps_are_no_lists_and_sets_hold_objects) {
  for (const char* field : {"Sysctls", "StorageOpt", "Tmpfs", "Annotations"})
    BOOST_TEST(host_failure('"' + std::string(field) + "\":[]") ==
               "HostConfig." + std::string(field) + ": must be an object");
  BOOST_TEST(host_failure(R"("Mounts":[{"Type":"volume","Source":"v","Target":"/v",
                             "VolumeOptions":{"Labels":[]}}])") ==
             "HostConfig.Mounts[0].VolumeOptions.Labels: must be an object");
  BOOST_TEST(host_failure(R"("Mounts":[{"Type":"volume","Source":"v","Target":"/v",
                             "VolumeOptions":{"DriverConfig":{"Options":[]}}}])") ==
             "HostConfig.Mounts[0].VolumeOptions.DriverConfig.Options: must be an object");
  BOOST_TEST(failure(R"({"Image":"x","Cmd":["a"],"ExposedPorts":{"80/tcp":1}})") ==
             "ExposedPorts.80/tcp: must be an object");
  BOOST_TEST(failure(R"({"Image":"x","Cmd":["a"],"Volumes":{"/v":"x"}})") ==
             "Volumes./v: must be an object");
  BOOST_TEST(failure(R"({"Image":"x","Cmd":["a"],"Volumes":{"/v":null}})") == "accepted");
}

BOOST_AUTO_TEST_CASE(a_port_that_is_bound_is_one_port) {
  BOOST_TEST(host_failure(R"("PortBindings":{"80-82/tcp":[{"HostPort":"80"}]})") ==
             "invalid port specification: \"80-82/tcp\"");
  BOOST_TEST(host_failure(R"("PortBindings":{"80/tcp":[{"HostPort":"80-82"}]})") == "accepted");
}

BOOST_AUTO_TEST_CASE(a_mount_has_a_path_and_a_mode_that_kernels_take) {
  const std::string far = "/" + std::string(4095, 'a');
  BOOST_TEST(host_failure(R"("Mounts":[{"Type":"tmpfs","Target":")" + far + "\"}]") ==
             "invalid mount config for type \"tmpfs\": the mount path is too long");
  BOOST_TEST(host_failure(R"("Tmpfs":{")" + far + R"(":""})") ==
             "HostConfig.Tmpfs: the mount path is too long");
  BOOST_TEST(
      host_failure(R"("Mounts":[{"Type":"tmpfs","Target":"/t","TmpfsOptions":{"Mode":-1}}])") ==
      "HostConfig.Mounts[0].TmpfsOptions.Mode: cannot be negative");
}

BOOST_AUTO_TEST_CASE(options_of_a_tmpfs_are_known) {
  BOOST_TEST(
      host_failure(R"("Tmpfs":{"/a":"","/b":"size=64m,mode=1777,exec,,uid=5,huge=never"})") ==
      "accepted");
  BOOST_TEST(host_failure(R"("Tmpfs":{"/a":"size=64m,foo=bar"})") ==
             "HostConfig.Tmpfs./a: invalid tmpfs option \"foo=bar\"");
  BOOST_TEST(host_failure(R"("Tmpfs":{"/a":"size="})") ==
             "HostConfig.Tmpfs./a: invalid tmpfs option \"size=\"");
  const auto of_mount = [](const std::string& options) {
    return host_failure(R"("Mounts":[{"Type":"tmpfs","Target":"/t","TmpfsOptions":{"Options":)" +
                        options + "}}]");
  };
  BOOST_TEST(of_mount(R"([["exec"],["uid","7"]])") == "accepted");
  BOOST_TEST(of_mount(R"([["size","1m,bind"]])") ==
             "HostConfig.Mounts[0].TmpfsOptions.Options[0]: invalid tmpfs option \"size=1m,bind\"");
  BOOST_TEST(of_mount(R"([["bind"]])") ==
             "HostConfig.Mounts[0].TmpfsOptions.Options[0]: invalid tmpfs option \"bind\"");
}

BOOST_AUTO_TEST_SUITE_END()
