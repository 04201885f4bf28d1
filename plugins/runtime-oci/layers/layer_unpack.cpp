#include "layers/layer_unpack.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/error.hpp"
#include "layers/entry_path.hpp"

namespace gantry::oci {
namespace {

constexpr std::size_t kBlock = 256 * 1024;

// Names in a tar are bytes. In the C locale libarchive gives them as they are; in another one it
// may recode or normalize them.
class BytesLocale {
 public:
  BytesLocale() : locale_(::newlocale(LC_ALL_MASK, "C", nullptr)), before_(::uselocale(locale_)) {}
  ~BytesLocale() {
    ::uselocale(before_);
    if (locale_ != nullptr) ::freelocale(locale_);
  }
  BytesLocale(const BytesLocale&) = delete;
  BytesLocale& operator=(const BytesLocale&) = delete;

 private:
  locale_t locale_;
  locale_t before_;
};

// The input: a file, or a pipe that may stall while the caller gives up.
class Input {
 public:
  Input(int fd, const Operation& op) : fd_(fd), op_(op), buffer_(new char[kBlock]) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) throw_errno("stat layer");
    regular_ = S_ISREG(status.st_mode);
    if (!regular_) return;
    const off_t at = ::lseek(fd, 0, SEEK_CUR);
    if (at >= 0 && status.st_size > at) total_ = static_cast<std::uint64_t>(status.st_size - at);
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  }

  // 0 at the end; -1 after a failure, which rethrow() then throws: no exception may cross
  // libarchive.
  la_ssize_t read(const void** data) noexcept {
    try {
      *data = buffer_.get();
      return static_cast<la_ssize_t>(read_some());
    } catch (...) {
      failure_ = std::current_exception();
      return -1;
    }
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }
  void drain() {
    while (read_some() > 0) {
    }
  }

 private:
  std::size_t read_some() {
    for (;;) {
      op_.check();
      if (!regular_) {
        pollfd ready{fd_, POLLIN, 0};
        const int count = ::poll(&ready, 1, 100);
        if (count == 0 || (count < 0 && errno == EINTR)) continue;
      }
      const ssize_t got = ::read(fd_, buffer_.get(), kBlock);
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got < 0) throw_errno("read layer");
      done_ += static_cast<std::uint64_t>(got);
      op_.progress(done_, total_);
      return static_cast<std::size_t>(got);
    }
  }

  int fd_;
  const Operation& op_;
  std::unique_ptr<char[]> buffer_;
  bool regular_ = false;
  std::uint64_t done_ = 0, total_ = 0;
  std::exception_ptr failure_;
};

la_ssize_t read_input(archive*, void* input, const void** data) {
  return static_cast<Input*>(input)->read(data);
}

struct FreeArchive {
  void operator()(archive* a) const { ::archive_read_free(a); }
};

class Unpacking {
 public:
  Unpacking(int fd, LayerWriter& writer, const Operation& op)
      : input_(fd, op), writer_(writer), op_(op), archive_(::archive_read_new()) {
    archive* a = archive_.get();
    if (a == nullptr) throw Error(GANTRY_EXHAUSTED, "out of memory");
    ::archive_read_support_filter_gzip(a);
    ::archive_read_support_filter_zstd(a);
    ::archive_read_support_filter_bzip2(a);
    ::archive_read_support_filter_xz(a);
    ::archive_read_support_format_tar(a);
    ::archive_read_support_format_empty(a);
    check(::archive_read_open(a, &input_, nullptr, read_input, nullptr));
  }

  void run() {
    archive_entry* entry = nullptr;
    for (;;) {
      op_.check();
      const int result = ::archive_read_next_header(archive_.get(), &entry);
      if (result == ARCHIVE_EOF) break;
      check(result);
      unpack(entry);
    }
    input_.drain();
    writer_.finish();
  }

 private:
  // ARCHIVE_WARN is about names that are not in the locale's charset: we take the bytes.
  void check(int result) {
    if (result >= ARCHIVE_WARN) return;
    input_.rethrow();
    const char* why = ::archive_error_string(archive_.get());
    throw Error(GANTRY_INVALID,
                std::string("invalid layer: ") + (why != nullptr ? why : "damaged"));
  }

  void unpack(archive_entry* entry) {
    const char* raw_name = ::archive_entry_pathname(entry);
    if (raw_name == nullptr) throw Error(GANTRY_INVALID, "invalid layer: an entry without a name");
    const std::string name(raw_name);
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
      case S_IFREG:
        return unpack_file(entry, path, attributes);
      case S_IFLNK: {
        const char* target = ::archive_entry_symlink(entry);
        if (target == nullptr || *target == '\0')
          throw Error(GANTRY_INVALID, "invalid symlink \"" + name + '"');
        check_symlink(path, name, target);
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

  void unpack_file(archive_entry* entry, const LayerWriter::Path& path,
                   const Attributes& attributes) {
    const UniqueFd file = writer_.open_file(path);
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0, end = 0;
    for (;;) {
      const int result = ::archive_read_data_block(archive_.get(), &data, &size, &offset);
      if (result == ARCHIVE_EOF) break;
      check(result);
      write_block(file.get(), static_cast<const char*>(data), size, offset);
      end = offset + static_cast<la_int64_t>(size);
    }
    // A sparse file may end in a hole, which comes as an empty block or not at all.
    const la_int64_t declared = ::archive_entry_size(entry);
    if (declared > end && ::ftruncate(file.get(), declared) != 0)
      throw_errno("write " + path.back());
    writer_.finish_file(file.get(), attributes,
                        static_cast<std::uint64_t>(std::max(declared, end)));
  }

  static void write_block(int fd, const char* data, std::size_t size, la_int64_t offset) {
    while (size > 0) {
      const ssize_t put = ::pwrite(fd, data, size, offset);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) throw_errno("write layer");
      data += put;
      size -= static_cast<std::size_t>(put);
      offset += put;
    }
  }

  static Attributes attributes_of(archive_entry* entry) {
    Attributes result;
    result.uid = static_cast<uid_t>(::archive_entry_uid(entry));
    result.gid = static_cast<gid_t>(::archive_entry_gid(entry));
    result.mode = ::archive_entry_perm(entry) & 07777;
    if (::archive_entry_mtime_is_set(entry) != 0)
      result.modified = {::archive_entry_mtime(entry), ::archive_entry_mtime_nsec(entry)};
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    ::archive_entry_xattr_reset(entry);
    while (::archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
      if (!is_private_xattr(name))
        result.xattrs.emplace_back(name, std::string(static_cast<const char*>(value), size));
    return result;
  }

  Input input_;
  LayerWriter& writer_;
  const Operation& op_;
  std::unique_ptr<archive, FreeArchive> archive_;
};

}  // namespace

void unpack_layer(int fd, LayerWriter& writer, const Operation& op) {
  const BytesLocale bytes;
  Unpacking(fd, writer, op).run();
}

}  // namespace gantry::oci
