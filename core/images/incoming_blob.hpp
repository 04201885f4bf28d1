// A blob on its way into the store: bytes go to a file under partial/, hashed as they come, and the
// file moves to its digest's name when it is whole. Belongs to one thread. Errors: Error{exhausted}
// on a full disk, Error{invalid} when the content is not what its digest says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/digest.hpp"
#include "core/base/unique_fd.hpp"

namespace gantry::images {

class IncomingBlob {
 public:
  IncomingBlob(IncomingBlob&& other) noexcept;
  IncomingBlob& operator=(IncomingBlob&&) = delete;
  /// Removes the file unless it was committed or is to be kept for a later resume.
  ~IncomingBlob();

  /// Bytes there so far, those of an earlier try included.
  std::uint64_t size() const { return size_; }
  void append(const void* data, std::size_t size);
  /// Throws away what came so far.
  void restart();
  /// Waits until what came is on the disk.
  void sync() const;
  /// Digest of what came; nothing can be appended any more, and the descriptor is closed.
  const std::string& finish();
  /// Moves the file to its place among the blobs. Whoever needs it holds its digest before
  /// (Hold::add).
  void commit();
  /// The same when it is `expected`; else throws Error{invalid} "<what> verification failed for
  /// digest …" and drops the content.
  void commit(const std::string& expected, const std::string& what);
  /// The destructor leaves the file, so that BlobStore::resume() finds it.
  void keep() { keep_ = true; }
  /// Hashes what the file holds from an earlier try. Called once, before append.
  void rehash();
  /// Where the bytes are until commit().
  const std::filesystem::path& file() const { return file_; }

 private:
  friend class BlobStore;
  IncomingBlob(std::filesystem::path file, std::filesystem::path blobs, UniqueFd fd);

  std::filesystem::path file_, blobs_;
  UniqueFd fd_;
  Sha256 sha_;
  std::uint64_t size_ = 0;
  std::string digest_;  // after finish()
  bool keep_ = false;
};

}  // namespace gantry::images
