#include "layers/layer_unpack.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "base/error.hpp"
#include "layers/entry_path.hpp"
#include "tar/tar_reader.hpp"

namespace gantry::oci {
namespace {

class Unpacking {
 public:
  Unpacking(int fd, LayerWriter& writer, const Operation& op)
      : tar_(fd, op, "layer"), writer_(writer) {}

  void run() {
    while (archive_entry* entry = tar_.next()) unpack(entry);
    writer_.finish();
  }

 private:
  void unpack(archive_entry* entry) {
    const std::string name = tar_.name(entry);
    auto path = entry_components(name);
    if (!path.empty() && unpack_whiteout(name, path)) return;
    if (const char* target = ::archive_entry_hardlink(entry)) {
      if (path.empty()) throw Error(GANTRY_INVALID, "invalid hardlink \"" + name + '"');
      return writer_.make_hardlink(path, link_components(name, target));
    }
    const Attributes attributes = attributes_of(entry);
    const mode_t type = ::archive_entry_filetype(entry);
    if (type == S_IFDIR) return writer_.make_directory(path, attributes);
    if (path.empty()) throw Error(GANTRY_INVALID, "invalid layer: the root is not a directory");
    switch (type) {
      case S_IFREG: {
        const UniqueFd file = writer_.open_file(path);
        const std::uint64_t size = tar_.copy_data(entry, file.get());
        return writer_.finish_file(file.get(), attributes, size);
      }
      case S_IFLNK: {
        // Wherever it leads: whoever follows it does so inside the root.
        const char* target = ::archive_entry_symlink(entry);
        if (target == nullptr || *target == '\0')
          throw Error(GANTRY_INVALID, "invalid symlink \"" + name + '"');
        return writer_.make_symlink(path, target, attributes);
      }
      case S_IFCHR:
      case S_IFBLK:
      case S_IFIFO:
        return writer_.make_node(path, type, ::archive_entry_rdev(entry), attributes);
      default:
        throw Error(GANTRY_INVALID, "invalid layer entry \"" + name + "\": unknown type");
    }
  }

  bool unpack_whiteout(const std::string& name, LayerWriter::Path& path) {
    const EntryKind kind = kind_of(path.back());
    if (kind == EntryKind::plain) {
      for (const std::string& part : path)  // what lies below aufs' bookkeeping is bookkeeping too
        if (kind_of(part) == EntryKind::ignored) return true;
      return false;
    }
    const std::string last = path.back();
    path.pop_back();
    if (kind == EntryKind::whiteout) writer_.make_whiteout(path, whiteout_target(name, last));
    if (kind == EntryKind::opaque) writer_.make_opaque(path);
    return true;
  }

  TarReader tar_;
  LayerWriter& writer_;
};

}  // namespace

void unpack_layer(int fd, LayerWriter& writer, const Operation& op) {
  Unpacking(fd, writer, op).run();
}

}  // namespace gantry::oci
