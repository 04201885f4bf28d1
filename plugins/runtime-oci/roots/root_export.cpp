#include "roots/root_export.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <exception>
#include <map>
#include <memory>
#include <vector>

#include "base/directory.hpp"
#include "base/error.hpp"
#include "layers/attributes.hpp"

namespace gantry::oci {
namespace {

constexpr std::size_t kBlock = 256 * 1024;

// A reader that went away must show as EPIPE, whatever the host does with SIGPIPE.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal() {
    const timespec now{};
    if (::sigismember(&before_, SIGPIPE) == 0)
      while (::sigtimedwait(&pipe_, nullptr, &now) > 0) {
      }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;

 private:
  sigset_t pipe_, before_;
};

// Names are bytes, mostly UTF-8: in this locale the pax writer passes valid UTF-8 on as it is.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) before_ = ::uselocale(locale_);
  }
  ~Utf8Locale() {
    if (locale_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t locale_;
  locale_t before_ = nullptr;
};

struct FreeArchive {
  void operator()(archive* a) const { ::archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { ::archive_entry_free(e); }
};

class Export {
 public:
  Export(int fd, const Operation& op)
      : fd_(fd),
        op_(op),
        archive_(::archive_write_new()),
        entry_(::archive_entry_new()),
        buffer_(kBlock) {
    ::archive_write_set_format_pax_restricted(archive_.get());
    ::archive_write_set_bytes_per_block(archive_.get(), static_cast<int>(kBlock));
    ::archive_write_set_bytes_in_last_block(archive_.get(), 1);
    check(::archive_write_open(archive_.get(), this, nullptr, write_callback, nullptr));
  }

  void run(int root) {
    struct stat status {};
    if (::fstat(root, &status) != 0) throw_errno("stat root");
    device_ = status.st_dev;
    directory(root, "");
    check(::archive_write_close(archive_.get()));
  }

 private:
  static la_ssize_t write_callback(archive*, void* self, const void* data, std::size_t size) {
    return static_cast<Export*>(self)->write(static_cast<const char*>(data), size);
  }

  // No exception may cross libarchive: kept for check().
  la_ssize_t write(const char* data, std::size_t size) noexcept {
    try {
      const ssize_t put = write_some(data, size);
      return static_cast<la_ssize_t>(put);
    } catch (...) {
      failure_ = std::current_exception();
      return -1;
    }
  }

  ssize_t write_some(const char* data, std::size_t size) {
    for (;;) {
      op_.check();
      pollfd ready{fd_, POLLOUT, 0};
      const int count = ::poll(&ready, 1, 100);
      if (count == 0 || (count < 0 && errno == EINTR)) continue;
      const ssize_t put = ::write(fd_, data, size);
      if (put >= 0) return put;
      if (errno == EINTR || errno == EAGAIN) continue;
      if (errno == EPIPE || errno == ECONNRESET)
        throw Error(GANTRY_CANCELLED, "the reader went away", errno);
      throw_errno("write archive");
    }
  }

  void check(long result) {
    if (result >= ARCHIVE_WARN) return;
    if (failure_) std::rethrow_exception(failure_);
    const char* why = ::archive_error_string(archive_.get());
    throw Error(GANTRY_INTERNAL,
                std::string("write archive: ") + (why != nullptr ? why : "failed"));
  }

  void directory(int dir, const std::string& prefix) {
    for (const std::string& name : entry_names(dir)) {
      op_.check();
      struct stat status {};
      if (::fstatat(dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;  // gone meanwhile
        throw_errno("stat " + prefix + name);
      }
      one(dir, name, prefix + name, status);
    }
  }

  void one(int dir, const std::string& name, const std::string& path, const struct stat& status) {
    if (S_ISSOCK(status.st_mode)) return;
    archive_entry* entry = ::archive_entry_clear(entry_.get());
    ::archive_entry_copy_stat(entry, &status);
    ::archive_entry_set_pathname(entry, path.c_str());
    if (S_ISDIR(status.st_mode)) return one_directory(dir, name, path, status);
    if (S_ISLNK(status.st_mode)) {
      std::string target(PATH_MAX, '\0');
      const ssize_t size = ::readlinkat(dir, name.c_str(), target.data(), target.size());
      if (size < 0) throw_errno("read link " + path);
      target.resize(static_cast<std::size_t>(size));
      ::archive_entry_set_symlink(entry, target.c_str());
    }
    if (status.st_nlink > 1) {
      const auto [first, added] = links_.try_emplace({status.st_dev, status.st_ino}, path);
      if (!added) {
        ::archive_entry_set_hardlink(entry, first->second.c_str());
        ::archive_entry_unset_size(entry);
        return check(::archive_write_header(archive_.get(), entry));
      }
    }
    if (!S_ISREG(status.st_mode)) return check(::archive_write_header(archive_.get(), entry));
    const UniqueFd file = find_at(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!file) return;
    add_xattrs(file.get(), entry);
    check(::archive_write_header(archive_.get(), entry));
    copy(file.get(), path, static_cast<std::uint64_t>(status.st_size));
  }

  void one_directory(int dir, const std::string& name, const std::string& path,
                     const struct stat& status) {
    const UniqueFd sub = find_at(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!sub) return;
    add_xattrs(sub.get(), entry_.get());
    check(::archive_write_header(archive_.get(), entry_.get()));
    // overlayfs gives every directory its own device number or that of the mount; what is mounted
    // below has another file system. The shim's namespace has no such mounts, so this is only a
    // safeguard.
    if (status.st_dev == device_) directory(sub.get(), path + "/");
  }

  static void add_xattrs(int fd, archive_entry* entry) {
    for (const auto& [name, value] : read_attributes(fd).xattrs)
      if (name == "security.capability" || name.starts_with("user."))
        ::archive_entry_xattr_add_entry(entry, name.c_str(), value.data(), value.size());
  }

  // The header promised `size`: a file that shrinks meanwhile is filled up with zeros, one that
  // grows is cut.
  void copy(int file, const std::string& path, std::uint64_t size) {
    while (size > 0) {
      const ssize_t got = ::read(file, buffer_.data(), std::min<std::uint64_t>(size, kBlock));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw_errno("read " + path);
      if (got == 0) break;
      check(::archive_write_data(archive_.get(), buffer_.data(), static_cast<std::size_t>(got)));
      size -= static_cast<std::uint64_t>(got);
    }
    // libarchive pads the rest of an entry with zeros in the next call.
  }

  int fd_;
  const Operation& op_;
  std::unique_ptr<archive, FreeArchive> archive_;
  std::unique_ptr<archive_entry, FreeEntry> entry_;
  std::vector<char> buffer_;
  std::exception_ptr failure_;
  dev_t device_ = 0;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;
};

}  // namespace

void export_tree(int root, int fd, const Operation& op) {
  const NoPipeSignal no_signal;
  const Utf8Locale locale;
  Export(fd, op).run(root);
}

}  // namespace gantry::oci
