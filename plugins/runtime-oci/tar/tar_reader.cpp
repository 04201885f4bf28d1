#include "tar/tar_reader.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "base/error.hpp"

namespace gantry::oci {
namespace {

constexpr std::size_t kReadBlock = 256 * 1024;
constexpr std::size_t kPage = 4096;

bool all_zero(const char* data, std::size_t size) {
  return data[0] == '\0' && std::memcmp(data, data + 1, size - 1) == 0;
}

std::uint32_t owner_of(la_int64_t number) {
  if (number < 0 || number > std::numeric_limits<std::uint32_t>::max())
    throw Error(GANTRY_INVALID, "invalid owner " + std::to_string(number) + " in an archive");
  return static_cast<std::uint32_t>(number);
}

}  // namespace

// The input: a file, or a pipe that may stall while the caller gives up.
TarReader::Input::Input(int fd, const Operation& op, const std::string& what)
    : fd_(fd), op_(op), what_(what), buffer_(new char[kReadBlock]) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw_errno("stat " + what_);
  regular_ = S_ISREG(status.st_mode);
  if (!regular_) return;
  const off_t at = ::lseek(fd, 0, SEEK_CUR);
  if (at >= 0 && status.st_size > at) total_ = static_cast<std::uint64_t>(status.st_size - at);
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
}

la_ssize_t TarReader::Input::read_input(archive*, void* self, const void** data) {
  return static_cast<Input*>(self)->read(data);
}

// 0 at the end; -1 after a failure, which rethrow() then throws: no exception may cross libarchive.
la_ssize_t TarReader::Input::read(const void** data) noexcept {
  try {
    *data = buffer_.get();
    return static_cast<la_ssize_t>(read_some());
  } catch (...) {
    failure_ = std::current_exception();
    return -1;
  }
}

std::size_t TarReader::Input::read_some() {
  for (;;) {
    op_.check();
    if (!regular_) {
      pollfd ready{fd_, POLLIN, 0};
      const int count = ::poll(&ready, 1, 100);
      if (count == 0 || (count < 0 && errno == EINTR)) continue;
    }
    const ssize_t got = ::read(fd_, buffer_.get(), kReadBlock);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) throw_errno("read " + what_);
    done_ += static_cast<std::uint64_t>(got);
    op_.progress(done_, total_);
    return static_cast<std::size_t>(got);
  }
}

TarReader::TarReader(int fd, const Operation& op, std::string what)
    : what_(std::move(what)), op_(op), input_(fd, op, what_), archive_(::archive_read_new()) {
  archive* a = archive_.get();
  if (a == nullptr) throw Error(GANTRY_EXHAUSTED, "out of memory");
  ::archive_read_support_filter_gzip(a);
  ::archive_read_support_filter_zstd(a);
  ::archive_read_support_filter_bzip2(a);
  ::archive_read_support_filter_xz(a);
  ::archive_read_support_format_tar(a);
  ::archive_read_support_format_empty(a);
  check(::archive_read_open(a, &input_, nullptr, Input::read_input, nullptr));
}

archive_entry* TarReader::next() {
  op_.check();
  archive_entry* entry = nullptr;
  const int result = ::archive_read_next_header(archive_.get(), &entry);
  if (result == ARCHIVE_EOF) {
    input_.drain();
    return nullptr;
  }
  check(result);
  return entry;
}

// ARCHIVE_WARN is about names that are not in the locale's charset: we take the bytes.
void TarReader::check(int result) {
  if (result >= ARCHIVE_WARN) return;
  input_.rethrow();
  const char* why = ::archive_error_string(archive_.get());
  throw Error(GANTRY_INVALID, "invalid " + what_ + ": " + (why != nullptr ? why : "damaged"));
}

std::string TarReader::name(archive_entry* entry) const {
  const char* name = ::archive_entry_pathname(entry);
  if (name == nullptr)
    throw Error(GANTRY_INVALID, "invalid " + what_ + ": an entry without a name");
  return name;
}

std::uint64_t TarReader::copy_data(archive_entry* entry, int file) {
  const void* data = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0, end = 0;
  for (;;) {
    const int result = ::archive_read_data_block(archive_.get(), &data, &size, &offset);
    if (result == ARCHIVE_EOF) break;
    check(result);
    write_block(file, static_cast<const char*>(data), size, offset);
    end = offset + static_cast<la_int64_t>(size);
  }
  end = std::max(end, ::archive_entry_size(entry));
  // A file may end in a hole.
  if (end > 0 && ::ftruncate(file, end) != 0) throw_errno("write " + what_);
  return static_cast<std::uint64_t>(end);
}

// The file is new: what is not written reads as zeros, and takes no room.
void TarReader::write_block(int file, const char* data, std::size_t size, la_int64_t offset) const {
  while (size > 0) {
    // To the next boundary of a page, which is what a hole is made of; then as far as all pages
    // are of the same kind.
    std::size_t piece = std::min(kPage - static_cast<std::size_t>(offset) % kPage, size);
    const bool hole = all_zero(data, piece);
    while (piece < size) {
      const std::size_t more = std::min(kPage, size - piece);
      if (all_zero(data + piece, more) != hole) break;
      piece += more;
    }
    ssize_t put = static_cast<ssize_t>(piece);
    if (!hole) put = ::pwrite(file, data, piece, offset);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw_errno("write " + what_);
    data += put;
    size -= static_cast<std::size_t>(put);
    offset += put;
  }
}

Attributes attributes_of(archive_entry* entry) {
  Attributes result;
  result.uid = owner_of(::archive_entry_uid(entry));
  result.gid = owner_of(::archive_entry_gid(entry));
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

}  // namespace gantry::oci
