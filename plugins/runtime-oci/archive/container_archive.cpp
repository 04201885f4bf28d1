#include "archive/container_archive.hpp"

#include <cerrno>

#include "archive/archive_request.hpp"
#include "archive/tree_tar.hpp"
#include "archive/unpack.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace gantry::oci {
namespace {

RootedTree::Place find_existing(const RootedTree& tree, const std::string& path, bool follow) {
  RootedTree::Place place = tree.find(path, follow);
  if (!place.exists())
    throw Error(GANTRY_NOT_FOUND, "lstat " + path + ": no such file or directory", ENOENT);
  return place;
}

}  // namespace

ContainerView ContainerArchive::view(const std::string& id, const std::vector<ViewMount>& mounts,
                                     ContainerView::Access access) const {
  while (const pid_t pid = find_pid_(id)) {
    try {
      ContainerView running = ContainerView::running(pid);
      // Still its process: the number was not given to another one meanwhile.
      if (find_pid_(id) == pid) return running;
    } catch (const Error& error) {
      if (error.code() != GANTRY_CONFLICT) throw;
      if (find_pid_(id) != pid) continue;
      // It is ending, and its supervisor still has the root mounted: good enough for reading.
      if (access == ContainerView::Access::write) throw;
      break;
    }
  }
  return ContainerView::stopped(roots_, id, mounts, access);
}

std::string ContainerArchive::stat(const std::string& id, std::string_view request_json) const {
  const ArchiveRequest request = parse_archive_request(request_json);
  const ContainerView container = view(id, request.mounts, ContainerView::Access::read);
  const RootedTree& tree = container.tree();
  const RootedTree::Place place = find_existing(tree, request.path, request.follow);
  rapidjson::StringBuffer buffer;
  JsonWriter out(buffer);
  out.StartObject();
  out.Key("path"), oci::put(out, place.path);
  out.Key("size"), out.Int64(place.status.st_size);
  out.Key("mode"), out.Uint(place.status.st_mode);
  out.Key("mtime"),
      out.Int64(place.status.st_mtim.tv_sec * 1'000'000'000 + place.status.st_mtim.tv_nsec);
  out.Key("link_target"), oci::put(out, place.is_link() ? tree.resolve(request.path) : "");
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

void ContainerArchive::get(const std::string& id, std::string_view request_json, int fd,
                           const Operation& op) const {
  const ArchiveRequest request = parse_archive_request(request_json);
  const ContainerView container = request.image_only
                                      ? ContainerView::image(roots_, id)
                                      : view(id, request.mounts, ContainerView::Access::read);
  const RootedTree::Place place = find_existing(container.tree(), request.path, false);
  TarWriter tar(fd, op);
  add_tree(tar, place.file.get(), request.name, Crossing::all_but_kernels);
  tar.finish();
}

void ContainerArchive::put(const std::string& id, std::string_view request_json, int fd,
                           const Operation& op) const {
  const ArchiveRequest request = parse_archive_request(request_json);
  const ContainerView container = view(id, request.mounts, ContainerView::Access::write);
  const RootedTree::Place place = find_existing(container.tree(), request.path, true);
  if (!place.is_directory())
    throw Error(GANTRY_INVALID, "extraction point is not a directory", ENOTDIR);
  TreeWriter writer(container.tree(), place.path, {request.owner, request.keep_kinds});
  unpack_into(fd, writer, place.path, op);
}

}  // namespace gantry::oci
