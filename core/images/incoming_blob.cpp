#include "core/images/incoming_blob.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/file.hpp"

namespace gantry::images {

IncomingBlob::IncomingBlob(std::filesystem::path file, std::filesystem::path blobs, UniqueFd fd)
    : file_(std::move(file)), blobs_(std::move(blobs)), fd_(std::move(fd)) {}

IncomingBlob::IncomingBlob(IncomingBlob&& other) noexcept
    : file_(std::exchange(other.file_, {})),
      blobs_(std::move(other.blobs_)),
      fd_(std::move(other.fd_)),
      sha_(std::move(other.sha_)),
      size_(other.size_),
      digest_(std::move(other.digest_)),
      keep_(other.keep_) {}

IncomingBlob::~IncomingBlob() {
  if (!file_.empty() && !keep_) ::unlink(file_.c_str());
}

void IncomingBlob::rehash() {
  std::vector<char> buffer(256u << 10);
  for (;;) {
    const ssize_t n = ::pread(fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(size_));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("read " + file_.string());
    if (n == 0) break;
    sha_.update(buffer.data(), static_cast<size_t>(n));
    size_ += static_cast<std::uint64_t>(n);
  }
  if (::lseek(fd_.get(), static_cast<off_t>(size_), SEEK_SET) < 0)
    throw_errno("seek " + file_.string());
}

void IncomingBlob::append(const void* data, size_t size) {
  file::write_all(fd_.get(), {static_cast<const char*>(data), size});
  sha_.update(data, size);
  size_ += size;
}

void IncomingBlob::restart() {
  if (::ftruncate(fd_.get(), 0) != 0) throw_errno("truncate " + file_.string());
  if (::lseek(fd_.get(), 0, SEEK_SET) < 0) throw_errno("seek " + file_.string());
  sha_ = Sha256();
  size_ = 0;
}

void IncomingBlob::sync() const {
  if (::fsync(fd_.get()) != 0) throw_errno("sync " + file_.string());
}

const std::string& IncomingBlob::finish() {
  if (digest_.empty()) {
    digest_ = "sha256:" + sha_.finish();
    fd_.reset();
  }
  return digest_;
}

void IncomingBlob::commit() {
  const std::filesystem::path target = blobs_ / finish().substr(7);
  if (::rename(file_.c_str(), target.c_str()) != 0) throw_errno("rename to " + target.string());
  file_.clear();
}

void IncomingBlob::commit(const std::string& expected, const std::string& what) {
  const std::string hex = sha_.finish();
  if ("sha256:" + hex != expected) {
    restart();
    throw Error(Errc::invalid, what + " verification failed for digest " + expected);
  }
  digest_ = expected;
  fd_.reset();
  commit();
}

}  // namespace gantry::images
