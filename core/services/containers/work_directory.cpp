#include "core/services/containers/work_directory.hpp"

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/build/image_path.hpp"
#include "core/images/archive_writer.hpp"
#include "core/json/writer.hpp"
#include "core/services/base/piped_call.hpp"
#include "core/services/images/build_root.hpp"

namespace gantry::services {
namespace {

void make_directories(const std::string& id, const build::CopyTarget& target,
                      pluginhost::Runtime& runtime) {
  json::Writer request;
  request.begin_object().field("path", "/");
  request.key("mounts").begin_array().end_array().end_object();
  images::ArchiveEntry entry;
  entry.kind = images::ArchiveEntry::Kind::directory;
  entry.mode = 0755;
  entry.mtime = now_nanos();
  write_through(
      [&](int fd, const pluginhost::Op& op) { runtime.archive_put(id, request.text(), fd, op); },
      [&](const TakePiece& take) {
        images::ArchiveWriter tar(take);
        for (const std::string& parent : target.missing_parents)
          tar.add(parent.substr(1), entry, -1, 0);
        tar.add(target.path.substr(1), entry, -1, 0);
        tar.finish();
      });
}

}  // namespace

void make_work_directory(const domain::ContainerRecord& record, pluginhost::Runtime& runtime) {
  if (record.config.working_dir.empty()) return;
  const std::string path = build::image_path(record.config.working_dir, "/");
  const auto type = runtime.rootfs_find(record.id, path);
  if (type == "directory") return;
  const auto refuse = [&] {
    throw Error(Errc::invalid,
                "Cannot mkdir: " + record.config.working_dir + " is not a directory");
  };
  if (type) refuse();
  try {
    // Not every runtime knows what is in a root; its archive does.
    const build::CopyTarget target = find_in_root(runtime, record.id, path);
    if (target.exists && !target.is_directory) refuse();
    if (!target.exists) make_directories(record.id, target, runtime);
  } catch (const Error& error) {
    if (error.code() != Errc::unsupported) throw;  // else the runtime makes it at the start
  }
}

}  // namespace gantry::services
