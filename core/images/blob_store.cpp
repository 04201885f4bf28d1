#include "core/images/blob_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <ctime>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/random.hpp"
#include "core/images/reference.hpp"

namespace gantry::images {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporary = "tmp-";

std::string hex_of(const std::string& digest) {
  // The name becomes part of a path: never trust the caller's check alone.
  if (!is_digest(digest)) throw Error(Errc::invalid, "invalid digest \"" + digest + "\"");
  return digest.substr(7);
}

std::optional<struct stat> find_stat(const fs::path& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return std::nullopt;
  return st;
}

}  // namespace

BlobStore::BlobStore(const fs::path& root)
    : blobs_(root / "blobs" / "sha256"), partial_(root / "partial") {
  file::make_directories(blobs_);
  file::make_directories(partial_);
  const fs::path marker = root / "oci-layout";
  if (!fs::exists(marker)) file::write_atomic(marker, "{\"imageLayoutVersion\":\"1.0.0\"}\n", 0644);
}

fs::path BlobStore::path(const std::string& digest) const { return blobs_ / hex_of(digest); }

std::optional<std::uint64_t> BlobStore::find_size(const std::string& digest) const {
  const auto st = find_stat(path(digest));
  if (!st) return std::nullopt;
  return static_cast<std::uint64_t>(st->st_size);
}

bool BlobStore::has(const std::string& digest, std::uint64_t size) const {
  return find_size(digest) == size;
}

UniqueFd BlobStore::open(const std::string& digest) const {
  return file::open(path(digest), O_RDONLY);
}

std::string BlobStore::read(const std::string& digest, std::uint64_t limit) const {
  const auto size = find_size(digest);
  if (size && *size > limit) throw Error(Errc::invalid, "blob " + digest + " is too large");
  return file::read(path(digest));
}

Descriptor BlobStore::describe(std::string_view content, std::string_view media_type) {
  return {std::string(media_type), "sha256:" + sha256_hex(content), content.size()};
}

Descriptor BlobStore::put(std::string_view content, std::string_view media_type) {
  IncomingBlob blob = begin();
  blob.append(content.data(), content.size());
  blob.sync();
  blob.commit();
  return {std::string(media_type), blob.finish(), content.size()};
}

IncomingBlob BlobStore::begin() {
  const fs::path name = partial_ / (std::string(kTemporary) + random_hex(16));
  return {name, blobs_, file::open(name, O_RDWR | O_CREAT | O_EXCL, 0644)};
}

IncomingBlob BlobStore::resume(const std::string& digest) {
  const fs::path name = partial_ / hex_of(digest);
  IncomingBlob blob(name, blobs_, file::open(name, O_RDWR | O_CREAT, 0644));
  blob.rehash();
  return blob;
}

std::uint64_t BlobStore::remove(const std::string& digest) {
  const std::uint64_t size = find_size(digest).value_or(0);
  if (::unlink(path(digest).c_str()) != 0 && errno != ENOENT) throw_errno("remove blob " + digest);
  return size;
}

void BlobStore::set_aside(const std::string& digest) {
  const fs::path target = partial_ / hex_of(digest);
  if (::rename(path(digest).c_str(), target.c_str()) != 0 && errno != ENOENT)
    throw_errno("rename to " + target.string());
  ::utimensat(AT_FDCWD, target.c_str(), nullptr, 0);  // its age counts from now on
}

std::vector<std::string> BlobStore::list() const {
  std::vector<std::string> digests;
  for (const auto& entry : fs::directory_iterator(blobs_)) {
    std::string digest = "sha256:" + entry.path().filename().string();
    if (is_digest(digest)) digests.push_back(std::move(digest));
  }
  return digests;
}

std::uint64_t BlobStore::clean_partial(std::chrono::seconds age) {
  // Not time(2), whose clock may be some milliseconds behind that of the files' times.
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return remove_partial_if(
      [&](const std::string&, const struct stat& st) { return now - st.st_mtime >= age.count(); });
}

std::uint64_t BlobStore::clean_temporary() {
  return remove_partial_if(
      [](const std::string& name, const struct stat&) { return name.starts_with(kTemporary); });
}

std::uint64_t BlobStore::remove_partial_if(
    const std::function<bool(const std::string&, const struct stat&)>& condition) {
  std::uint64_t freed = 0;
  for (const auto& entry : fs::directory_iterator(partial_)) {
    const auto st = find_stat(entry.path());
    if (!st || !condition(entry.path().filename().string(), *st)) continue;
    if (::unlink(entry.path().c_str()) == 0) freed += static_cast<std::uint64_t>(st->st_size);
  }
  return freed;
}

void BlobStore::remove_partial(const std::string& digest) {
  ::unlink((partial_ / hex_of(digest)).c_str());
}

}  // namespace gantry::images
