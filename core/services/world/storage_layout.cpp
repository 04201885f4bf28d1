#include "core/services/world/storage_layout.hpp"

#include "core/base/file.hpp"
#include "core/json/reader.hpp"

namespace gantry::services {

namespace fs = std::filesystem;

void link_storage_layout(const fs::path& root) {
  const fs::path layers = root / "image/overlay2/layerdb";
  if (fs::is_symlink(layers / "mounts")) return;
  file::make_directories(layers);
  // Relative: the tools see the host's file system from inside a container.
  fs::create_symlink("../../../containers", layers / "mounts");
}

std::string mount_id(const fs::path& root, const std::string& description) {
  const json::Document document = json::Document::parse(description);
  if (document.root()["name"].str() != "overlay2") return {};
  const fs::path written = document.root()["data"]["UpperDir"].str();
  if (written.filename() != "diff") return {};
  return written.parent_path().lexically_relative(root / "overlay2");
}

}  // namespace gantry::services
