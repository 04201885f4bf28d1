#include "archive/unpack.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "base/error.hpp"
#include "layers/overlay_tree.hpp"
#include "tar/tar_reader.hpp"

namespace gantry::oci {
namespace {

// An entry's place below the directory; false: it climbs out of it.
bool split(const std::string& name, TreeWriter::Path& path) {
  for (const std::string_view part : split_path(name)) {
    if (part != "..") {
      path.emplace_back(part);
    } else if (path.empty()) {
      return false;
    } else {
      path.pop_back();
    }
  }
  return true;
}

void unpack(TarReader& tar, archive_entry* entry, TreeWriter& writer,
            const std::string& directory) {
  const std::string name = tar.name(entry);
  TreeWriter::Path path;
  if (!split(name, path))
    throw Error(GANTRY_INVALID, '"' + name + "\" is outside of \"" + directory + '"');
  if (path.empty()) return;  // the directory itself keeps what it has
  if (const char* target = ::archive_entry_hardlink(entry)) {
    TreeWriter::Path from;
    if (!split(target, from) || from.empty())
      throw Error(GANTRY_INVALID, "invalid hardlink \"" + name + "\" -> \"" + target + '"');
    return writer.make_hardlink(path, from);
  }
  const Attributes attributes = attributes_of(entry);
  const mode_t type = ::archive_entry_filetype(entry);
  switch (type) {
    case S_IFDIR:
      return writer.make_directory(path, attributes);
    case S_IFREG: {
      const UniqueFd file = writer.open_file(path);
      tar.copy_data(entry, file.get());
      return writer.finish_file(file.get(), attributes);
    }
    case S_IFLNK: {
      // Wherever it leads: whoever follows it does so inside the container.
      const char* target = ::archive_entry_symlink(entry);
      if (target == nullptr || *target == '\0')
        throw Error(GANTRY_INVALID, "invalid symlink \"" + name + '"');
      return writer.make_symlink(path, target, attributes);
    }
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
      return writer.make_node(path, type, ::archive_entry_rdev(entry), attributes);
    default:
      throw Error(GANTRY_INVALID, "invalid archive entry \"" + name + "\": unknown type");
  }
}

}  // namespace

void unpack_into(int fd, TreeWriter& writer, const std::string& directory, const Operation& op) {
  TarReader tar(fd, op, "archive");
  while (archive_entry* entry = tar.next()) unpack(tar, entry, writer, directory);
  writer.finish();
}

}  // namespace gantry::oci
