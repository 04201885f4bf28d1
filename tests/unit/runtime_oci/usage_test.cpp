#include "host/usage.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "base/file.hpp"
#include "base/json.hpp"
#include "scratch.hpp"

using namespace gantry::oci;

namespace {

struct Groups {
  Scratch scratch;

  void write(const std::string& group, const std::string& file, const std::string& text) {
    make_directory(scratch / group);
    make_directory(scratch / (group + "/c"));
    replace_file(scratch / (group + "/c/" + file), text);
  }
  std::string content(const std::string& group, const std::string& file) {
    return find_text(scratch / (group + "/c/" + file)).value_or("");
  }
  std::string mount(const std::string& group, const std::string& type, const std::string& options) {
    return "35 24 0:30 / " + (scratch / group) + " rw - " + type + " " + type + " rw," + options +
           "\n";
  }
};

std::uint64_t number(const Json& document, const char* part, const char* key) {
  return document[part][key].GetUint64();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(usage_of_groups, Groups)

BOOST_AUTO_TEST_CASE(version_1_is_read_from_each_controller) {
  write("cpuacct", "cpuacct.usage", "3000000000\n");
  write("cpuacct", "cpuacct.stat", "user 100\nsystem 200\n");
  write("cpuacct", "cpuacct.usage_percpu", "1000000000 2000000000 \n");
  write("cpu", "cpu.stat", "nr_periods 5\nnr_throttled 2\nthrottled_time 7\n");
  write("memory", "memory.usage_in_bytes", "4096\n");
  write("memory", "memory.max_usage_in_bytes", "8192\n");
  write("memory", "memory.failcnt", "1\n");
  write("memory", "memory.limit_in_bytes", "9223372036854771712\n");
  write("memory", "memory.stat", "cache 10\ntotal_inactive_file 20\n");
  write("pids", "pids.current", "3\n");
  write("pids", "pids.max", "max\n");
  write("blkio", "blkio.throttle.io_service_bytes_recursive",
        "8:0 Read 4096\n8:0 Total 4096\nTotal 4096\n");
  std::string mounts;
  for (const char* group : {"cpuacct", "cpu", "memory", "pids", "blkio"})
    mounts += mount(group, "cgroup", group);
  const Cgroups cgroups(mounts);
  BOOST_TEST(cgroups.version() == 1);
  const JsonDocument found = parse_object(usage(cgroups, "/c", 0), "usage");
  BOOST_TEST(number(found, "cpu", "total") == 3'000'000'000u);
  const auto tick = 1'000'000'000u / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  BOOST_TEST(number(found, "cpu", "user") == 100 * tick);
  BOOST_TEST(number(found, "cpu", "kernel") == 200 * tick);
  BOOST_TEST(found["cpu"]["per_cpu"].Size() == 2u);
  BOOST_TEST(number(found, "cpu", "throttled_periods") == 2u);
  BOOST_TEST(number(found, "cpu", "system") > 0u);
  BOOST_TEST(number(found, "memory", "usage") == 4096u);
  BOOST_TEST(number(found, "memory", "failures") == 1u);
  BOOST_TEST(number(found, "memory", "limit") < std::uint64_t{1} << 60);
  BOOST_TEST(found["memory"]["stats"]["total_inactive_file"].GetUint64() == 20u);
  BOOST_TEST(number(found, "pids", "current") == 3u);
  BOOST_TEST(number(found, "pids", "limit") == 0u);
  BOOST_TEST(found["blkio"]["service_bytes"].Size() == 2u);
  BOOST_TEST(found["blkio"]["service_bytes"][0]["op"].GetString() == std::string("Read"));
  BOOST_TEST(!found.HasMember("networks"));
}

BOOST_AUTO_TEST_CASE(version_2_is_read_from_one_directory) {
  write("unified", "cpu.stat",
        "usage_usec 3000\nuser_usec 1000\nsystem_usec 2000\nnr_periods 4\nthrottled_usec 9\n");
  write("unified", "memory.current", "4096\n");
  write("unified", "memory.max", "67108864\n");
  write("unified", "memory.stat", "anon 10\ninactive_file 20\n");
  write("unified", "pids.current", "3\n");
  write("unified", "pids.max", "50\n");
  write("unified", "io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n");
  const Cgroups cgroups(mount("unified", "cgroup2", "nsdelegate"));
  BOOST_TEST(cgroups.version() == 2);
  const JsonDocument found = parse_object(usage(cgroups, "/c", ::getpid()), "usage");
  BOOST_TEST(number(found, "cpu", "total") == 3'000'000u);
  BOOST_TEST(number(found, "cpu", "kernel") == 2'000'000u);
  BOOST_TEST(number(found, "cpu", "throttled") == 9000u);
  BOOST_TEST(number(found, "memory", "limit") == 67108864u);
  BOOST_TEST(found["memory"]["stats"]["inactive_file"].GetUint64() == 20u);
  BOOST_TEST(number(found, "pids", "limit") == 50u);
  const Json& bytes = found["blkio"]["service_bytes"];
  BOOST_TEST_REQUIRE(bytes.Size() == 2u);
  BOOST_TEST(bytes[1]["op"].GetString() == std::string("write"));
  BOOST_TEST(bytes[1]["value"].GetUint64() == 2u);
  BOOST_TEST(found["blkio"]["serviced"][0]["value"].GetUint64() == 3u);
  BOOST_TEST(!found["networks"].HasMember("lo"));
}

BOOST_AUTO_TEST_CASE(a_freeze_that_was_cut_short_is_undone) {
  write("freezer", "freezer.state", "FREEZING\n");
  write("unified", "cgroup.events", "populated 1\nfrozen 0\n");
  write("unified", "cgroup.freeze", "1\n");
  const Cgroups first(mount("freezer", "cgroup", "rw,freezer"));
  const Cgroups second(mount("unified", "cgroup2", "nsdelegate"));
  BOOST_TEST(!first.settle_freeze("/c"));
  BOOST_TEST(content("freezer", "freezer.state").starts_with("THAWED"));
  BOOST_TEST(!second.settle_freeze("/c"));
  BOOST_TEST(content("unified", "cgroup.freeze").starts_with("0"));

  write("freezer", "freezer.state", "FROZEN\n");
  write("unified", "cgroup.events", "populated 1\nfrozen 1\n");
  BOOST_TEST(first.settle_freeze("/c"));
  BOOST_TEST(second.settle_freeze("/c"));
  BOOST_TEST(content("freezer", "freezer.state") == "FROZEN\n");
  BOOST_TEST(!first.settle_freeze("/other"));
}

BOOST_AUTO_TEST_CASE(a_group_that_is_gone_has_no_numbers) {
  const Cgroups cgroups(mount("nowhere", "cgroup2", ""));
  const JsonDocument found = parse_object(usage(cgroups, "/c", 0), "usage");
  BOOST_TEST(!found["cpu"].HasMember("total"));
  BOOST_TEST(!found["memory"].HasMember("usage"));
}

BOOST_AUTO_TEST_SUITE_END()
