#include "core/images/platform.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <array>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/json/reader.hpp"

namespace gantry::images {
namespace {

struct Machine {
  std::string_view machine, architecture, variant;
};

constexpr std::array<Machine, 17> kMachines{{{"x86_64", "amd64", ""},
                                             {"amd64", "amd64", ""},
                                             {"x86-64", "amd64", ""},
                                             {"aarch64", "arm64", ""},
                                             {"arm64", "arm64", ""},
                                             {"armv7l", "arm", "v7"},
                                             {"armhf", "arm", "v7"},
                                             {"armel", "arm", "v6"},
                                             {"armv6l", "arm", "v6"},
                                             {"armv8l", "arm", "v7"},
                                             {"i686", "386", ""},
                                             {"i386", "386", ""},
                                             {"i586", "386", ""},
                                             {"ppc64le", "ppc64le", ""},
                                             {"s390x", "s390x", ""},
                                             {"riscv64", "riscv64", ""},
                                             {"loongarch64", "loong64", ""}}};

bool is_known_os(std::string_view os) {
  return os == "linux" || os == "windows" || os == "darwin" || os == "freebsd";
}

bool is_known_architecture(std::string_view name) {
  return std::any_of(kMachines.begin(), kMachines.end(),
                     [&](const Machine& m) { return m.machine == name || m.architecture == name; });
}

bool is_word(std::string_view word) {
  return !word.empty() &&
         word.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
             std::string_view::npos;
}

// Which variants of `arm` a CPU runs, as a number that may only go down.
int arm_level(std::string_view variant) {
  if (variant == "v5") return 5;
  if (variant == "v6") return 6;
  if (variant == "v7") return 7;
  if (variant == "v8") return 8;
  return 0;
}

void set_architecture(Platform& platform, std::string_view name) {
  const std::string architecture = text::lower(name);
  const Platform known = platform_of_machine(architecture);
  platform.architecture = known.architecture;
  platform.variant = known.variant;
}

}  // namespace

std::string Platform::str() const {
  std::string text = os + "/" + architecture;
  if (!variant.empty()) text += "/" + variant;
  return text;
}

Platform platform_of_machine(std::string_view machine) {
  Platform platform;
  for (const Machine& m : kMachines)
    if (m.machine == machine) {
      platform.architecture = m.architecture;
      platform.variant = m.variant;
      return platform;
    }
  platform.architecture = machine;
  return platform;
}

const Platform& host_platform() {
  // The containers' platform: on Apple's hosts too they run Linux.
  static const Platform host = [] {
    utsname name{};
    ::uname(&name);
    return platform_of_machine(name.machine);
  }();
  return host;
}

Platform normalised(Platform platform) {
  if (platform.os.empty()) platform.os = "linux";
  if (platform.architecture == "x86_64") platform.architecture = "amd64";
  if (platform.architecture == "aarch64") platform.architecture = "arm64";
  if (platform.architecture == "arm64" && (platform.variant == "v8" || platform.variant == "8"))
    platform.variant.clear();
  if (platform.architecture == "arm" && platform.variant.empty()) platform.variant = "v7";
  if (platform.architecture == "amd64" && platform.variant == "v1") platform.variant.clear();
  return platform;
}

Platform parse_platform(std::string_view given) {
  const auto parts = text::split(given, '/');
  if (!is_word(parts.front()) || parts.front().find('.') != std::string::npos)
    throw Error(Errc::invalid, "\"" + parts.front() + "\" is an invalid OS component of \"" +
                                   std::string(given) +
                                   "\": OSAndVersion specifier component must match "
                                   "\"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.-]*)\\\\))?$\": "
                                   "invalid argument");
  for (const std::string& part : parts)
    if (!is_word(part))
      throw Error(Errc::invalid, "\"" + part + "\" is an invalid component of \"" +
                                     std::string(given) +
                                     "\": platform specifier component must match "
                                     "\"^[A-Za-z0-9_.-]+$\": invalid argument");
  if (parts.size() > 3)
    throw Error(Errc::invalid, "\"" + std::string(given) +
                                   "\": cannot parse platform specifier: invalid argument");
  Platform platform = host_platform();
  const std::string os = text::lower(parts[0]) == "macos" ? "darwin" : text::lower(parts[0]);
  if (parts.size() == 1) {
    if (is_known_os(os)) {
      platform.os = os;
      return platform;
    }
    if (!is_known_architecture(text::lower(parts[0])))
      throw Error(Errc::invalid,
                  "\"" + std::string(given) +
                      "\": unknown operating system or architecture: invalid argument");
    set_architecture(platform, parts[0]);
    return normalised(platform);
  }
  platform.os = os;
  set_architecture(platform, parts[1]);
  if (parts.size() == 3) platform.variant = text::lower(parts[2]);
  return normalised(platform);
}

Platform parse_platform_json(std::string_view text) {
  json::Document document;
  try {
    document = json::Document::parse(std::string(text), {.bytes = 4096, .depth = 8});
  } catch (const Error& e) {
    throw Error(Errc::invalid, std::string("failed to parse platform: ") + e.what());
  }
  const json::Node root = document.root();
  Platform platform;
  platform.os = root["os"].str();
  platform.architecture = root["architecture"].str();
  platform.variant = root["variant"].str();
  platform.os_version = root["os.version"].str();
  if (platform.architecture.empty() != platform.os.empty())
    throw Error(Errc::invalid, "both OS and Architecture must be provided");
  return platform;
}

bool platform_runs(const Platform& wanted_, const Platform& offered_) {
  const Platform wanted = normalised(wanted_), offered = normalised(offered_);
  if (wanted.os != offered.os) return false;
  if (wanted.architecture != offered.architecture) return false;
  if (wanted.architecture == "arm" && arm_level(wanted.variant) && arm_level(offered.variant))
    return arm_level(offered.variant) <= arm_level(wanted.variant);
  return wanted.variant == offered.variant || offered.variant.empty();
}

bool runs_natively(const Platform& host, const Platform& offered_) {
  Platform offered = normalised(offered_);
  if (host.architecture == "amd64" && offered.architecture == "386") offered.architecture = "amd64";
  if (host.architecture == "arm64" && offered.architecture == "arm") offered.architecture = "arm64";
  if (offered.architecture != "arm") offered.variant.clear();
  return platform_runs(host, offered);
}

std::string platform_mismatch(std::string_view reference, const Platform& offered,
                              const Platform& wanted) {
  return "image with reference " + std::string(reference) + " was found but its platform (" +
         normalised(offered).str() + ") does not match the specified platform (" +
         normalised(wanted).str() + ")";
}

void require_platform(std::string_view reference, const Platform& offered, const Platform& wanted) {
  if (!platform_runs(wanted, offered))
    throw Error(Errc::not_found, platform_mismatch(reference, offered, wanted));
}

std::optional<size_t> choose_platform(const Platform& wanted,
                                      const std::vector<Platform>& offered) {
  std::optional<size_t> best;
  for (size_t i = 0; i < offered.size(); ++i) {
    if (!platform_runs(wanted, offered[i])) continue;
    const Platform candidate = normalised(offered[i]);
    if (candidate.variant == normalised(wanted).variant) return i;
    // Among older variants of arm the newest is the fastest.
    if (!best || arm_level(candidate.variant) > arm_level(normalised(offered[*best]).variant))
      best = i;
  }
  return best;
}

}  // namespace gantry::images
