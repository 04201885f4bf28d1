#include "core/domain/container_update.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/domain/host_config.hpp"
#include "core/domain/host_config_fields.hpp"

namespace gantry::domain {
namespace {

constexpr const char* kNumbers[] = {
    "BlkioWeight",       "CpuShares",          "NanoCpus", "CpuPeriod",         "CpuQuota",
    "CpuRealtimePeriod", "CpuRealtimeRuntime", "Memory",   "MemoryReservation", "MemorySwap"};
constexpr const char* kTexts[] = {"CpusetCpus", "CpusetMems"};
// Of HostConfig, what a running container cannot get.
constexpr const char* kFixed[] = {"BlkioWeightDevice",
                                  "BlkioDeviceReadBps",
                                  "BlkioDeviceWriteBps",
                                  "BlkioDeviceReadIOps",
                                  "BlkioDeviceWriteIOps",
                                  "Devices",
                                  "DeviceCgroupRules",
                                  "DeviceRequests",
                                  "Ulimits",
                                  "Init"};
// Of these clients send zeroes.
constexpr const char* kFixedNumbers[] = {"CpuCount", "CpuPercent", "IOMaximumIOps",
                                         "IOMaximumBandwidth", "KernelMemoryTCP"};

[[noreturn]] void conflict(const std::string& message) { throw Error(Errc::conflict, message); }

bool sent(const json::Node& node) {
  if (!node) return false;
  return node.is_array() ? node.size() > 0 : true;
}

void refuse_fixed(const json::Node& body) {
  for (const char* name : kFixed)
    if (sent(body[name]))
      throw Error(Errc::invalid, std::string(name) + " cannot be changed after create");
  if (body["OomKillDisable"].boolean())
    throw Error(Errc::invalid, "OomKillDisable cannot be changed after create");
  if (!body["CgroupParent"].str().empty())
    throw Error(Errc::invalid, "CgroupParent cannot be changed after create");
  if (body["StorageOpt"].size() > 0)
    throw Error(Errc::invalid, "StorageOpt cannot be changed after create");
  for (const char* name : kFixedNumbers)
    if (body[name].i64() != 0)
      throw Error(Errc::invalid, std::string(name) + " cannot be changed after create");
  if (body["MemorySwappiness"].i64(-1) != -1)
    throw Error(Errc::invalid, "MemorySwappiness cannot be changed after create");
  if (body["KernelMemory"].i64() > 0)
    throw Error(Errc::unsupported,
                "KernelMemory is not supported: kernels no longer limit it; limit Memory instead");
}

void check_cpu_conflicts(const json::Node& now, const ContainerUpdate& update) {
  const std::string prefix = "Conflicting options: ";
  if (update.number("NanoCpus") > 0 && now["CpuPeriod"].i64() > 0)
    conflict(prefix + "Nano CPUs cannot be updated as CPU Period has already been set");
  if (update.number("NanoCpus") > 0 && now["CpuQuota"].i64() > 0)
    conflict(prefix + "Nano CPUs cannot be updated as CPU Quota has already been set");
  if (update.number("CpuPeriod") > 0 && now["NanoCpus"].i64() > 0)
    conflict(prefix + "CPU Period cannot be updated as NanoCPUs has already been set");
  if (update.number("CpuQuota") > 0 && now["NanoCpus"].i64() > 0)
    conflict(prefix + "CPU Quota cannot be updated as NanoCPUs has already been set");
}

bool write_updated(const Field& field, const ContainerUpdate& update, json::Writer& out) {
  const std::string_view name = field.name;
  if (const auto number = update.numbers.find(name); number != update.numbers.end()) {
    out.field(name, number->second);
  } else if (const auto text = update.texts.find(name); text != update.texts.end()) {
    out.field(name, text->second);
  } else if (name == "PidsLimit" && update.pids_limit) {
    out.field(name, *update.pids_limit);
  } else if (name == "RestartPolicy" && update.restart_policy) {
    out.key(name).begin_object().field("Name", update.restart_policy->name);
    out.field("MaximumRetryCount", update.restart_policy->maximum_retry_count).end_object();
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::int64_t ContainerUpdate::number(std::string_view name) const {
  const auto found = numbers.find(name);
  return found == numbers.end() ? 0 : found->second;
}

ContainerUpdate parse_container_update(const json::Node& body, int api_minor) {
  refuse_fixed(body);
  check_resources(body, ResourceCheck::update);
  ContainerUpdate update;
  for (const char* name : kNumbers)
    if (const std::int64_t value = body[name].i64(); value != 0) update.numbers[name] = value;
  for (const char* name : kTexts)
    if (std::string value = body[name].str(); !value.empty()) update.texts[name] = std::move(value);
  if (const auto pids = body["PidsLimit"].find_i64(); pids && api_minor >= 40)
    update.pids_limit = std::max<std::int64_t>(*pids, 0);
  const json::Node policy = body["RestartPolicy"];
  RestartPolicy restart_policy = parse_restart_policy(policy);
  if (!policy["Name"].str().empty()) update.restart_policy = std::move(restart_policy);
  return update;
}

HostConfig apply_update(const HostConfig& now, const ContainerUpdate& update) {
  const auto document = now.document();
  const json::Node current = document.root();
  check_cpu_conflicts(current, update);
  const std::int64_t memory = update.number("Memory");
  if (memory != 0 && update.number("MemorySwap") == 0 && memory > current["MemorySwap"].i64())
    conflict(
        "Memory limit should be smaller than already set memoryswap limit, update the memoryswap "
        "at the same time");
  HostConfig updated = now;
  if (update.restart_policy) {
    if (now.auto_remove && update.restart_policy->name != "no")
      conflict("Restart policy cannot be updated because AutoRemove is enabled for the container");
    updated.restart_policy = *update.restart_policy;
  }
  json::Writer out;
  out.begin_object();
  copy_fields(current, host_config_fields::kHostConfig, out, [&](const Field& field, auto& w) {
    if (std::string_view(field.name) != "ConsoleSize") return write_updated(field, update, w);
    w.key(field.name).raw(current[field.name].raw());
    return true;
  });
  out.end_object();
  updated.json = out.take();
  return updated;
}

}  // namespace gantry::domain
