#include "core/api/model/stats_json.hpp"

#include "core/json/writer.hpp"

namespace gantry::api {
namespace {

/// Go's omitempty.
void field_unless_zero(json::Writer& w, const char* name, const json::Node& value) {
  if (const std::uint64_t number = value.u64(); number != 0) w.field(name, number);
}

void write_cpu(json::Writer& w, const char* key, const json::Node& cpu) {
  w.key(key).begin_object();
  w.key("cpu_usage").begin_object().field("total_usage", cpu["total"].u64());
  if (cpu["per_cpu"].size() > 0) {
    w.key("percpu_usage").begin_array();
    cpu["per_cpu"].each_item([&](json::Node node) { w.u64(node.u64()); });
    w.end_array();
  }
  w.field("usage_in_kernelmode", cpu["kernel"].u64());
  w.field("usage_in_usermode", cpu["user"].u64()).end_object();
  field_unless_zero(w, "system_cpu_usage", cpu["system"]);
  field_unless_zero(w, "online_cpus", cpu["online"]);
  w.key("throttling_data").begin_object().field("periods", cpu["periods"].u64());
  w.field("throttled_periods", cpu["throttled_periods"].u64());
  w.field("throttled_time", cpu["throttled"].u64()).end_object();
  w.end_object();
}

void write_memory(json::Writer& w, const json::Node& memory) {
  w.key("memory_stats").begin_object();
  field_unless_zero(w, "usage", memory["usage"]);
  field_unless_zero(w, "max_usage", memory["max_usage"]);
  if (memory["stats"].size() > 0) {
    w.key("stats").begin_object();
    memory["stats"].each_member(
        [&](std::string_view name, json::Node value) { w.field(name, value.u64()); });
    w.end_object();
  }
  field_unless_zero(w, "failcnt", memory["failures"]);
  field_unless_zero(w, "limit", memory["limit"]);
  w.end_object();
}

void write_blkio(json::Writer& w, const json::Node& blkio) {
  static constexpr std::pair<const char*, const char*> kLists[] = {
      {"io_service_bytes_recursive", "service_bytes"},
      {"io_serviced_recursive", "serviced"},
      {"io_queue_recursive", "queue"},
      {"io_service_time_recursive", "service_time"},
      {"io_wait_time_recursive", "wait_time"},
      {"io_merged_recursive", "merged"},
      {"io_time_recursive", "time"},
      {"sectors_recursive", "sectors"}};
  w.key("blkio_stats").begin_object();
  for (const auto& [name, member] : kLists) {
    w.key(name);
    if (!blkio[member]) {
      w.null();
      continue;
    }
    w.begin_array();
    blkio[member].each_item([&](json::Node entry) {
      w.begin_object().field("major", entry["major"].u64()).field("minor", entry["minor"].u64());
      w.field("op", entry["op"].str()).field("value", entry["value"].u64()).end_object();
    });
    w.end_array();
  }
  w.end_object();
}

void write_networks(json::Writer& w, const json::Node& networks) {
  if (!networks) return;
  w.key("networks").begin_object();
  networks.each_member([&](std::string_view name, json::Node counters) {
    w.key(name).begin_object();
    for (const char* counter : {"rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "tx_bytes",
                                "tx_packets", "tx_errors", "tx_dropped"})
      w.field(counter, counters[counter].u64());
    w.end_object();
  });
  w.end_object();
}

json::Document parse(const services::StatsSample& sample) {
  return json::Document::parse(sample.document.empty() ? "{}" : sample.document);
}

}  // namespace

std::string stats_json(const domain::ContainerRecord& record, const services::StatsSample& now,
                       const services::StatsSample& before) {
  const json::Document now_document = parse(now), before_document = parse(before);
  const json::Node stats = now_document.root();
  json::Writer w;
  w.begin_object().field("name", record.display_name()).field("id", record.id);
  w.field("read", rfc3339_nano(now.read)).field("preread", rfc3339_nano(before.read));
  w.key("pids_stats").begin_object();
  field_unless_zero(w, "current", stats["pids"]["current"]);
  field_unless_zero(w, "limit", stats["pids"]["limit"]);
  w.end_object();
  write_blkio(w, stats["blkio"]);
  w.field("num_procs", 0);
  w.key("storage_stats").begin_object().end_object();
  write_cpu(w, "cpu_stats", stats["cpu"]);
  write_cpu(w, "precpu_stats", before_document.root()["cpu"]);
  write_memory(w, stats["memory"]);
  write_networks(w, stats["networks"]);
  w.end_object();
  return w.take();
}

}  // namespace gantry::api
