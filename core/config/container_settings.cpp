#include "core/config/container_settings.hpp"

#include <algorithm>

#include "core/base/byte_size.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::config {

namespace {

/// Those that a kernel and the docker CLI know.
constexpr std::string_view kUlimits[] = {"core",    "cpu",      "data",   "fsize",      "locks",
                                         "memlock", "msgqueue", "nice",   "nofile",     "nproc",
                                         "rss",     "rtprio",   "rttime", "sigpending", "stack"};

std::optional<std::int64_t> to_limit(const std::string& text) {
  if (text == "unlimited") return -1;
  const auto value = text::to_int(text);
  return value && *value >= -1 ? value : std::nullopt;
}

std::optional<Ulimit> to_ulimit(const std::string& text) {
  const auto colon = text.find(':');
  const auto soft = to_limit(text.substr(0, colon));
  const auto hard = colon == std::string::npos ? soft : to_limit(text.substr(colon + 1));
  if (!soft || !hard) return std::nullopt;
  return Ulimit{*soft, *hard};
}

Fault check_ulimit(const std::string& name, const std::string& value) {
  if (std::find(std::begin(kUlimits), std::end(kUlimits), name) == std::end(kUlimits))
    return "there is no such limit";
  const auto limit = to_ulimit(value);
  if (!limit) return "must be like \"1024\", \"1024:4096\" or \"unlimited\"";
  if (limit->hard != -1 && (limit->soft == -1 || limit->soft > limit->hard))
    return "the soft limit is larger than the hard one";
  return std::nullopt;
}

Fault check_size(const std::string& text) {
  try {
    if (parse_ram_bytes(text) > 0) return std::nullopt;
  } catch (const Error&) {
  }
  return "must be a size such as \"64m\"";
}

Fault check_cgroup_parent(const std::string& text) {
  const auto parts = text::split(text, '/');
  if (std::find(parts.begin(), parts.end(), "..") != parts.end() ||
      text.find('\0') != std::string::npos)
    return "must be a path of cgroups or the name of a slice";
  return std::nullopt;
}

Fault check_profile(const std::string& text) {
  if (text.empty() || text == "unconfined" || text[0] == '/') return std::nullopt;
  return "must be the absolute path of a profile, \"unconfined\" or \"\"";
}

}  // namespace

void read_containers(Section section, Containers& containers) {
  section.boolean("init", containers.init);
  section.boolean("no_new_privileges", containers.no_new_privileges);
  std::map<std::string, std::string> limits;
  if (section.string_table("ulimits", limits, check_ulimit)) {
    containers.ulimits.clear();
    for (const auto& [name, value] : limits) containers.ulimits[name] = *to_ulimit(value);
  }
  if (std::string size; section.string("shm_size", size, check_size))
    containers.shm_size = parse_ram_bytes(size);
  section.string("cgroup_parent", containers.cgroup_parent, check_cgroup_parent);
  const std::vector<std::string> cgroupns = {"", "private", "host"}, ipc = {"private", "shareable"};
  section.choice("cgroupns_mode", cgroupns,
                 [&](size_t i) { containers.cgroupns_mode = cgroupns[i]; });
  section.choice("ipc_mode", ipc, [&](size_t i) { containers.ipc_mode = ipc[i]; });
  section.strings("dns", containers.dns, check_ip_address);
  section.strings("dns_options", containers.dns_options, check_word);
  section.strings("dns_search", containers.dns_search, check_word);
  section.string("seccomp_profile", containers.seccomp_profile, check_profile);
  section.finish();
}

std::string to_text(const Ulimit& limit) {
  const auto text = [](std::int64_t value) {
    return value < 0 ? std::string("unlimited") : std::to_string(value);
  };
  return text(limit.soft) + ":" + text(limit.hard);
}

std::string size_text(std::uint64_t bytes) {
  std::string unit;
  for (const char next : {'k', 'm', 'g'}) {
    if (bytes == 0 || bytes % 1024 != 0) break;
    bytes /= 1024;
    unit = next;
  }
  return std::to_string(bytes) + unit;
}

}  // namespace gantry::config
