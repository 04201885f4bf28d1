#include "tar/tar_writer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "layers/attributes.hpp"

namespace gantry::oci {
namespace {

constexpr std::size_t kWriteBlock = 256 * 1024;

std::string link_target(int link, const std::string& name) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlinkat(link, "", target.data(), target.size());
  if (size < 0) throw_errno("read link " + name);
  target.resize(static_cast<std::size_t>(size));
  return target;
}

// O_PATH descriptors can't be read; what this opens is the same file for sure.
UniqueFd reopen(int file, int flags, const std::string& name) {
  UniqueFd fd(::open(("/proc/self/fd/" + std::to_string(file)).c_str(),
                     flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) throw_errno("open " + name);
  return fd;
}

}  // namespace

TarWriter::NoPipeSignal::NoPipeSignal() {
  ::sigemptyset(&pipe_);
  ::sigaddset(&pipe_, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
}

TarWriter::NoPipeSignal::~NoPipeSignal() {
  const timespec now{};
  if (::sigismember(&before_, SIGPIPE) == 0)
    while (::sigtimedwait(&pipe_, nullptr, &now) > 0) {
    }
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

TarWriter::TarWriter(int fd, const Operation& op)
    : fd_(fd),
      op_(op),
      buffer_(kWriteBlock),
      entry_(::archive_entry_new()),
      archive_(::archive_write_new()) {
  ::archive_write_set_format_pax_restricted(archive_.get());
  ::archive_write_set_bytes_per_block(archive_.get(), static_cast<int>(kWriteBlock));
  ::archive_write_set_bytes_in_last_block(archive_.get(), 1);
  check(::archive_write_open(archive_.get(), this, nullptr, write_callback, nullptr));
}

// No exception may cross libarchive: kept for check(). It does not hear of a failure either before
// it is freed: it would not free its buffer then.
la_ssize_t TarWriter::write_callback(archive*, void* self, const void* data, std::size_t size) {
  auto& writer = *static_cast<TarWriter*>(self);
  if (writer.abandoned_) return -1;  // else it would write all that an entry's head promised
  if (writer.failure_) return static_cast<la_ssize_t>(size);
  try {
    return static_cast<la_ssize_t>(writer.write_some(static_cast<const char*>(data), size));
  } catch (...) {
    writer.failure_ = std::current_exception();
    return static_cast<la_ssize_t>(size);
  }
}

ssize_t TarWriter::write_some(const char* data, std::size_t size) const {
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

void TarWriter::check(long result) {
  if (failure_) std::rethrow_exception(failure_);
  if (result >= ARCHIVE_WARN) return;
  const char* why = ::archive_error_string(archive_.get());
  throw Error(GANTRY_INTERNAL, std::string("write archive: ") + (why != nullptr ? why : "failed"));
}

void TarWriter::add(int file, const struct stat& status, const std::string& name) {
  op_.check();
  if (S_ISSOCK(status.st_mode)) return;
  archive_entry* entry = ::archive_entry_clear(entry_.get());
  ::archive_entry_copy_stat(entry, &status);
  ::archive_entry_set_pathname(entry, name.c_str());
  if (S_ISLNK(status.st_mode)) ::archive_entry_set_symlink(entry, link_target(file, name).c_str());
  if (!S_ISDIR(status.st_mode) && status.st_nlink > 1 && add_link(status, name)) return;
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
    return check(::archive_write_header(archive_.get(), entry));
  const UniqueFd open = reopen(file, O_RDONLY, name);
  for (const auto& [key, value] : read_attributes(open.get()).xattrs)
    if (key == "security.capability" || key.starts_with("user."))
      ::archive_entry_xattr_add_entry(entry, key.c_str(), value.data(), value.size());
  check(::archive_write_header(archive_.get(), entry));
  if (S_ISREG(status.st_mode)) copy(open.get(), name, static_cast<std::uint64_t>(status.st_size));
}

bool TarWriter::add_link(const struct stat& status, const std::string& name) {
  const auto [first, added] = links_.try_emplace({status.st_dev, status.st_ino}, name);
  if (added) return false;
  ::archive_entry_set_hardlink(entry_.get(), first->second.c_str());
  ::archive_entry_unset_size(entry_.get());
  check(::archive_write_header(archive_.get(), entry_.get()));
  return true;
}

void TarWriter::add_marker(const std::string& name) {
  archive_entry* entry = ::archive_entry_clear(entry_.get());
  ::archive_entry_set_pathname(entry, name.c_str());
  ::archive_entry_set_filetype(entry, AE_IFREG);
  ::archive_entry_set_perm(entry, 0600);
  ::archive_entry_set_size(entry, 0);
  check(::archive_write_header(archive_.get(), entry));
}

void TarWriter::finish() { check(::archive_write_close(archive_.get())); }

// The header promised `size`: a file that shrinks meanwhile is filled up with zeros (libarchive
// does that at the next entry), one that grows is cut.
void TarWriter::copy(int file, const std::string& name, std::uint64_t size) {
  while (size > 0) {
    const ssize_t got = ::read(file, buffer_.data(), std::min<std::uint64_t>(size, kWriteBlock));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("read " + name);
    if (got == 0) break;
    check(::archive_write_data(archive_.get(), buffer_.data(), static_cast<std::size_t>(got)));
    size -= static_cast<std::uint64_t>(got);
  }
}

}  // namespace gantry::oci
