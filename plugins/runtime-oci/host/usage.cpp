#include "host/usage.hpp"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <sstream>

#include "base/file.hpp"
#include "base/json.hpp"

namespace gantry::oci {
namespace {

constexpr std::uint64_t kNanos = 1'000'000'000;

std::optional<std::uint64_t> number(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> number_in(const std::string& directory, const char* file) {
  if (directory.empty()) return std::nullopt;
  const auto text = find_text(directory + "/" + file);
  return text ? number(*text) : std::nullopt;
}

// Calls visit(key, value) for each line "key value".
template <class F>
void each_pair(const std::string& directory, const char* file, F&& visit) {
  if (directory.empty()) return;
  std::istringstream lines(find_text(directory + "/" + file).value_or(""));
  std::string key;
  for (std::uint64_t value = 0; lines >> key >> value;) visit(key, value);
}

void put_number(JsonWriter& out, std::string_view key, std::uint64_t value) {
  put_key(out, key);
  out.Uint64(value);
}
void put_number(JsonWriter& out, std::string_view key, std::optional<std::uint64_t> value) {
  if (value) put_number(out, key, *value);
}

// CPU time of all CPUs together, without what guests got (it counts as user's already).
std::uint64_t host_cpu_time() {
  std::istringstream line(find_text("/proc/stat").value_or(""));
  std::string name;
  line >> name;
  std::uint64_t total = 0, value = 0;
  for (int i = 0; i < 8 && line >> value; ++i) total += value;
  return total * (kNanos / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)));
}

void write_cpu_v1(JsonWriter& out, const Cgroups& cgroups, const std::string& path) {
  const std::string accounting = cgroups.group("cpuacct", path);
  put_number(out, "total", number_in(accounting, "cpuacct.usage"));
  const std::uint64_t tick = kNanos / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  each_pair(accounting, "cpuacct.stat", [&](const std::string& key, std::uint64_t value) {
    put_number(out, key == "system" ? "kernel" : key, value * tick);
  });
  std::istringstream each(find_text(accounting + "/cpuacct.usage_percpu").value_or(""));
  put_key(out, "per_cpu");
  out.StartArray();
  for (std::uint64_t value = 0; each >> value;) out.Uint64(value);
  out.EndArray();
  each_pair(cgroups.group("cpu", path), "cpu.stat",
            [&](const std::string& key, std::uint64_t value) {
              if (key == "nr_periods") put_number(out, "periods", value);
              if (key == "nr_throttled") put_number(out, "throttled_periods", value);
              if (key == "throttled_time") put_number(out, "throttled", value);
            });
}

void write_cpu_v2(JsonWriter& out, const std::string& directory) {
  each_pair(directory, "cpu.stat", [&](const std::string& key, std::uint64_t value) {
    if (key == "usage_usec") put_number(out, "total", value * 1000);
    if (key == "user_usec") put_number(out, "user", value * 1000);
    if (key == "system_usec") put_number(out, "kernel", value * 1000);
    if (key == "nr_periods") put_number(out, "periods", value);
    if (key == "nr_throttled") put_number(out, "throttled_periods", value);
    if (key == "throttled_usec") put_number(out, "throttled", value * 1000);
  });
}

std::uint64_t host_memory() {
  struct sysinfo info {};
  return ::sysinfo(&info) == 0 ? std::uint64_t{info.totalram} * info.mem_unit : 0;
}

void write_memory(JsonWriter& out, const Cgroups& cgroups, const std::string& path) {
  const bool v2 = cgroups.version() == 2;
  const std::string directory = cgroups.group("memory", path);
  put_number(out, "usage", number_in(directory, v2 ? "memory.current" : "memory.usage_in_bytes"));
  put_number(out, "max_usage",
             number_in(directory, v2 ? "memory.peak" : "memory.max_usage_in_bytes"));
  if (!v2) put_number(out, "failures", number_in(directory, "memory.failcnt"));
  // "max", or a number near 2^63: no limit but the machine's.
  const auto limit = number_in(directory, v2 ? "memory.max" : "memory.limit_in_bytes");
  const std::uint64_t all = host_memory();
  put_number(out, "limit", limit && (all == 0 || *limit < all) ? *limit : all);
  put_key(out, "stats");
  out.StartObject();
  each_pair(directory, "memory.stat",
            [&](const std::string& key, std::uint64_t value) { put_number(out, key, value); });
  out.EndObject();
}

void write_pids(JsonWriter& out, const Cgroups& cgroups, const std::string& path) {
  const std::string directory = cgroups.group("pids", path);
  put_number(out, "current", number_in(directory, "pids.current"));
  put_number(out, "limit", number_in(directory, "pids.max").value_or(0));
}

void put_device(JsonWriter& out, std::string_view device, std::string_view op,
                std::uint64_t value) {
  const std::size_t colon = device.find(':');
  if (colon == std::string_view::npos) return;
  const auto major = number(device.substr(0, colon)), minor = number(device.substr(colon + 1));
  if (!major || !minor) return;
  out.StartObject();
  put_number(out, "major", *major);
  put_number(out, "minor", *minor);
  out.Key("op"), put(out, op);
  put_number(out, "value", value);
  out.EndObject();
}

// "8:0 Read 4096", and a last line "Total 4096".
void write_blkio_v1(JsonWriter& out, const std::string& directory, const char* key,
                    const char* file) {
  put_key(out, key);
  out.StartArray();
  std::istringstream lines(find_text(directory + "/" + file).value_or(""));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string device, op;
    if (std::uint64_t value = 0; words >> device >> op >> value) put_device(out, device, op, value);
  }
  out.EndArray();
}

// "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0"
void write_blkio_v2(JsonWriter& out, const std::string& directory, const char* key,
                    std::string_view read, std::string_view write) {
  put_key(out, key);
  out.StartArray();
  std::istringstream lines(find_text(directory + "/io.stat").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string device;
    words >> device;
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos) continue;
      const std::string_view name = std::string_view(word).substr(0, equals);
      const auto value = number(std::string_view(word).substr(equals + 1));
      if (value && name == read) put_device(out, device, "read", *value);
      if (value && name == write) put_device(out, device, "write", *value);
    }
  }
  out.EndArray();
}

void write_blkio(JsonWriter& out, const Cgroups& cgroups, const std::string& path) {
  const std::string directory = cgroups.group("blkio", path);
  if (directory.empty()) return;
  if (cgroups.version() == 2) {
    write_blkio_v2(out, directory, "service_bytes", "rbytes", "wbytes");
    write_blkio_v2(out, directory, "serviced", "rios", "wios");
    return;
  }
  // The throttling layer counts whatever the scheduler is; the schedulers' own files may be empty.
  write_blkio_v1(out, directory, "service_bytes", "blkio.throttle.io_service_bytes_recursive");
  write_blkio_v1(out, directory, "serviced", "blkio.throttle.io_serviced_recursive");
}

// "  eth0:  rx_bytes packets errs drop fifo frame compressed multicast  tx_bytes packets errs drop
// …"
void write_networks(JsonWriter& out, pid_t pid) {
  std::istringstream lines(find_text("/proc/" + std::to_string(pid) + "/net/dev").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string name =
        line.substr(line.find_first_not_of(' '), colon - line.find_first_not_of(' '));
    std::uint64_t values[16] = {};
    std::istringstream words(line.substr(colon + 1));
    for (std::uint64_t& value : values) words >> value;
    if (name == "lo") continue;
    put_key(out, name);
    out.StartObject();
    constexpr const char* kNames[] = {"bytes", "packets", "errors", "dropped"};
    for (int i = 0; i < 4; ++i) put_number(out, std::string("rx_") + kNames[i], values[i]);
    for (int i = 0; i < 4; ++i) put_number(out, std::string("tx_") + kNames[i], values[8 + i]);
    out.EndObject();
  }
}

template <class F>
void object(JsonWriter& out, const char* key, F&& members) {
  put_key(out, key);
  out.StartObject();
  members();
  out.EndObject();
}

}  // namespace

std::string usage(const Cgroups& cgroups, const std::string& path, pid_t pid) {
  rapidjson::StringBuffer buffer;
  JsonWriter out(buffer);
  out.StartObject();
  object(out, "cpu", [&] {
    if (cgroups.version() == 2)
      write_cpu_v2(out, cgroups.group("cpu", path));
    else
      write_cpu_v1(out, cgroups, path);
    put_number(out, "system", host_cpu_time());
    put_number(out, "online", static_cast<std::uint64_t>(::sysconf(_SC_NPROCESSORS_ONLN)));
  });
  object(out, "memory", [&] { write_memory(out, cgroups, path); });
  object(out, "pids", [&] { write_pids(out, cgroups, path); });
  object(out, "blkio", [&] { write_blkio(out, cgroups, path); });
  if (pid != 0) object(out, "networks", [&] { write_networks(out, pid); });
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace gantry::oci
