#include "core/services/start/oci_resources.hpp"

#include <algorithm>

#include "core/domain/device_rule.hpp"
#include "core/json/writer.hpp"

namespace gantry::services {
namespace {

constexpr std::int64_t kUnlimited = -1;
constexpr std::int64_t kCpuPeriod = 100'000;  // microseconds, the kernel's default

void write_memory(json::Writer& out, const json::Node& hc) {
  out.key("memory").begin_object();
  if (const auto v = hc["Memory"].i64(); v > 0) out.field("limit", v);
  if (const auto v = hc["MemoryReservation"].i64(); v > 0) out.field("reservation", v);
  if (const auto v = hc["MemorySwap"].i64(); v != 0) out.field("swap", std::max(v, kUnlimited));
  if (const auto v = hc["KernelMemoryTCP"].i64(); v > 0) out.field("kernelTCP", v);
  if (const auto v = hc["MemorySwappiness"].find_i64(); v && *v >= 0) out.field("swappiness", *v);
  if (hc["OomKillDisable"].boolean()) out.field("disableOOMKiller", true);
  out.end_object();
}

void write_cpu(json::Writer& out, const json::Node& hc) {
  out.key("cpu").begin_object();
  if (const auto v = hc["CpuShares"].i64(); v > 0) out.field("shares", v);
  if (const auto nano = hc["NanoCpus"].i64(); nano > 0) {
    out.field("period", kCpuPeriod).field("quota", nano * kCpuPeriod / 1'000'000'000);
  } else {
    if (const auto v = hc["CpuPeriod"].i64(); v > 0) out.field("period", v);
    if (const auto v = hc["CpuQuota"].i64(); v != 0) out.field("quota", v);
  }
  if (const auto v = hc["CpuRealtimePeriod"].i64(); v > 0) out.field("realtimePeriod", v);
  if (const auto v = hc["CpuRealtimeRuntime"].i64(); v > 0) out.field("realtimeRuntime", v);
  if (const auto v = hc["CpusetCpus"].str(); !v.empty()) out.field("cpus", v);
  if (const auto v = hc["CpusetMems"].str(); !v.empty()) out.field("mems", v);
  out.end_object();
}

void write_rates(json::Writer& out, const char* key, const char* value_name,
                 const std::vector<PlannedRate>& rates) {
  if (rates.empty()) return;
  out.key(key).begin_array();
  for (const PlannedRate& rate : rates)
    out.begin_object()
        .field("major", rate.major)
        .field("minor", rate.minor)
        .field(value_name, rate.value)
        .end_object();
  out.end_array();
}

void write_block_io(json::Writer& out, const StartPlan& plan, const json::Node& hc) {
  const PlannedBlkio& io = plan.blkio;
  out.key("blockIO").begin_object();
  if (const auto v = hc["BlkioWeight"].i64(); v > 0) out.field("weight", v);
  write_rates(out, "weightDevice", "weight", io.weight);
  write_rates(out, "throttleReadBpsDevice", "rate", io.read_bps);
  write_rates(out, "throttleWriteBpsDevice", "rate", io.write_bps);
  write_rates(out, "throttleReadIOPSDevice", "rate", io.read_iops);
  write_rates(out, "throttleWriteIOPSDevice", "rate", io.write_iops);
  out.end_object();
}

void write_rule(json::Writer& out, bool allow, const domain::DeviceRule& rule) {
  out.begin_object().field("allow", allow).field("type", std::string_view(&rule.type, 1));
  if (rule.major) out.field("major", *rule.major);
  if (rule.minor) out.field("minor", *rule.minor);
  out.field("access", rule.access).end_object();
}

void write_device_rules(json::Writer& out, const StartPlan& plan, const json::Node& hc) {
  out.key("devices").begin_array();
  if (hc["Privileged"].boolean()) {
    write_rule(out, true, {'a', std::nullopt, std::nullopt, "rwm"});
    out.end_array();
    return;
  }
  write_rule(out, false, {'a', std::nullopt, std::nullopt, "rwm"});
  // null, zero, full, random, urandom, tty, console; the runtime itself adds pts, ptmx and mknod.
  constexpr std::pair<int, int> kCharacter[] = {{1, 3}, {1, 5}, {1, 7}, {1, 8},
                                                {1, 9}, {5, 0}, {5, 1}};
  for (const auto& [major, minor] : kCharacter) write_rule(out, true, {'c', major, minor, "rwm"});
  for (const PlannedDevice& device : plan.devices)
    if ((device.type == 'c' || device.type == 'b') && !device.access.empty())
      write_rule(out, true, {device.type, device.major, device.minor, device.access});
  for (const std::string& rule : hc["DeviceCgroupRules"].strings())
    write_rule(out, true, domain::parse_device_rule(rule));
  out.end_array();
}

}  // namespace

std::string oci_resources(const StartPlan& plan, const json::Node& hc) {
  json::Writer out;
  out.begin_object();
  write_device_rules(out, plan, hc);
  write_memory(out, hc);
  write_cpu(out, hc);
  if (const auto v = hc["PidsLimit"].i64(); v > 0)
    out.key("pids").begin_object().field("limit", v).end_object();
  write_block_io(out, plan, hc);
  out.end_object();
  return out.take();
}

std::string oci_update(const domain::ContainerUpdate& update) {
  json::Writer out;
  const auto number = [&](const char* key, const char* name) {
    if (const std::int64_t value = update.number(name); value != 0) out.field(key, value);
  };
  const auto text = [&](const char* key, const char* name) {
    if (const auto found = update.texts.find(name); found != update.texts.end())
      out.field(key, found->second);
  };
  out.begin_object();
  out.key("memory").begin_object();
  number("limit", "Memory");
  number("reservation", "MemoryReservation");
  if (const std::int64_t swap = update.number("MemorySwap"); swap != 0)
    out.field("swap", std::max(swap, kUnlimited));
  out.end_object();
  out.key("cpu").begin_object();
  number("shares", "CpuShares");
  if (const std::int64_t nano = update.number("NanoCpus"); nano > 0) {
    out.field("period", kCpuPeriod).field("quota", nano * kCpuPeriod / 1'000'000'000);
  } else {
    number("period", "CpuPeriod");
    number("quota", "CpuQuota");
  }
  number("realtimePeriod", "CpuRealtimePeriod");
  number("realtimeRuntime", "CpuRealtimeRuntime");
  text("cpus", "CpusetCpus");
  text("mems", "CpusetMems");
  out.end_object();
  if (update.pids_limit) {
    const std::int64_t limit = *update.pids_limit > 0 ? *update.pids_limit : -1;
    out.key("pids").begin_object().field("limit", limit).end_object();
  }
  out.key("blockIO").begin_object();
  number("weight", "BlkioWeight");
  out.end_object();
  out.end_object();
  return out.take();
}

std::string oci_devices(const StartPlan& plan) {
  json::Writer out;
  out.begin_array();
  for (const PlannedDevice& device : plan.devices)
    out.begin_object()
        .field("type", std::string_view(&device.type, 1))
        .field("path", device.path)
        .field("major", device.major)
        .field("minor", device.minor)
        .field("fileMode", device.mode)
        .field("uid", device.uid)
        .field("gid", device.gid)
        .end_object();
  out.end_array();
  return out.take();
}

}  // namespace gantry::services
