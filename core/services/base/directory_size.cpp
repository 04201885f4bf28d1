#include "core/services/base/directory_size.hpp"

#include <sys/stat.h>

#include <set>
#include <utility>

namespace gantry::services {

std::int64_t directory_size(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::int64_t total = 0;
  std::set<std::pair<dev_t, ino_t>> linked;  // seen inodes that have more than one name
  std::error_code ec;
  const auto options = fs::directory_options::skip_permission_denied;
  for (auto it = fs::recursive_directory_iterator(path, options, ec);
       !ec && it != fs::recursive_directory_iterator(); it.increment(ec)) {
    struct stat st {};
    if (::lstat(it->path().c_str(), &st) != 0 || S_ISDIR(st.st_mode)) continue;
    if (st.st_nlink > 1 && !linked.emplace(st.st_dev, st.st_ino).second) continue;
    total += st.st_size;
  }
  return total;
}

}  // namespace gantry::services
