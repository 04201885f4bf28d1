#include "containers/bind_options.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "containers/mount_sources.hpp"

namespace gantry::oci {
namespace {

constexpr std::array kPropagations = {"rprivate", "rshared", "rslave", "runbindable"};

bool is_file(const Json& mount) {
  const std::string below = text_of(mount, kSubpath);
  const std::string path = text_of(mount, "source") + (below.empty() ? "" : "/" + below);
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode);
}

}  // namespace

void simplify_bind_options(JsonDocument& spec) {
  Json* mounts = find_member(spec, "mounts");
  if (mounts == nullptr || !mounts->IsArray()) return;
  for (Json& mount : mounts->GetArray()) {
    if (!mount.IsObject()) continue;
    Json* options = find_member(mount, "options");
    if (options == nullptr || !options->IsArray()) continue;
    const std::vector<std::string> given = texts_of(mount, "options");
    const bool alone = std::ranges::count(given, "bind") > 0;
    for (rapidjson::SizeType i = 0; i < options->Size(); ++i) {
      const std::string& option = given[i];
      const bool propagation = std::ranges::count(kPropagations, option) > 0;
      if ((alone && propagation) || (option == "rro" && is_file(mount)))
        (*options)[i] = copy_text(option.substr(1), spec.GetAllocator());
    }
  }
}

}  // namespace gantry::oci
