#include "core/services/world/bind_policy.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/base/error.hpp"

namespace gantry::services {
namespace {

namespace fs = std::filesystem;

/// With one of these a container owns the host. Single files and subdirectories of them are
/// everyday binds (/etc/localtime, /dev/snd, /sys/fs/cgroup) and stay allowed.
constexpr std::array<const char*, 12> kSensitive = {"/",     "/bin", "/boot",  "/dev",
                                                    "/etc",  "/lib", "/lib64", "/proc",
                                                    "/sbin", "/sys", "/usr",   "/var"};

bool lies_in(const std::string& path, const std::string& directory) {
  if (directory == "/" || path == directory) return true;
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

std::string real_path(const fs::path& path) {
  std::error_code error;
  std::string real = fs::weakly_canonical(path, error).string();
  if (error) real = path.lexically_normal().string();
  while (real.size() > 1 && real.back() == '/') real.pop_back();
  return real;
}

/// Where /lib leads to /usr/lib, either name is the same system directory.
bool is_sensitive(const std::string& real) {
  return std::ranges::any_of(kSensitive, [&](const char* path) { return real == real_path(path); });
}

bool meets(const std::string& real, const ContainerSettings& settings) {
  const std::string engine = real_path(settings.root);
  return lies_in(real, engine) || lies_in(engine, real);
}

}  // namespace

bool meets_engine(const std::string& source, const ContainerSettings& settings) {
  return meets(real_path(source), settings);
}

void check_bind_source(const std::string& source, const ContainerSettings& settings) {
  const std::string real = real_path(source);
  for (const std::string& allowed : settings.allow_host_binds)
    if (lies_in(real, real_path(allowed))) return;
  if (!meets(real, settings) && !is_sensitive(real)) return;
  throw Error(Errc::permission,
              "binding the host path \"" + source +
                  "\" is not allowed; to permit it, put this line into the section "
                  "[daemon] of gantry.toml and restart the engine: "
                  "allow_host_binds = [\"" +
                  real + "\"]");
}

}  // namespace gantry::services
