#include "core/buildkit/file_stat.hpp"

#include "core/buildkit/file_mode.hpp"

namespace gantry::buildkit {

proto::FileStat stat_of(const std::string& path, const build::SourceFile& file) {
  proto::FileStat stat;
  stat.set_path(path);
  stat.set_mode(go_mode(file.entry.kind, file.entry.mode));
  stat.set_uid(file.entry.uid);
  stat.set_gid(file.entry.gid);
  stat.set_size(static_cast<std::int64_t>(file.entry.size));
  stat.set_mtime(file.entry.mtime);
  if (file.is_symlink()) stat.set_link_name(file.entry.link);
  stat.set_device_major(file.entry.major);
  stat.set_device_minor(file.entry.minor);
  for (const auto& [name, value] : file.entry.attributes()) (*stat.mutable_xattrs())[name] = value;
  return stat;
}

}  // namespace gantry::buildkit
