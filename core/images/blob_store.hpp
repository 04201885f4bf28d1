// Content-addressed files in an OCI image layout: <root>/blobs/sha256/<hex>, whole and verified;
// and <root>/partial/, what a broken pull left for the next try. Which blobs are needed is the
// ImageStore's knowledge, not this class's. Any thread. Errors: gantry::Error.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/images/image.hpp"
#include "core/images/incoming_blob.hpp"

namespace gantry::images {

class BlobStore {
 public:
  /// Makes the directories.
  explicit BlobStore(const std::filesystem::path& root);

  std::filesystem::path path(const std::string& digest) const;
  std::optional<std::uint64_t> find_size(const std::string& digest) const;
  /// Whether all of it is there: a power cut may have left a part.
  bool has(const std::string& digest, std::uint64_t size) const;
  UniqueFd open(const std::string& digest) const;
  /// Whole content, for manifests and configs; throws when larger than `limit`.
  std::string read(const std::string& digest, std::uint64_t limit) const;
  /// What put() will return: for holding the digest before the blob is there.
  static Descriptor describe(std::string_view content, std::string_view media_type);
  /// Stores small content and says what it is. It is on the disk then: without its configuration
  /// nothing can be done with an image, be its layers there or not.
  Descriptor put(std::string_view content, std::string_view media_type);

  /// For content whose digest will be known at its end.
  IncomingBlob begin();
  /// For content of a known digest: continues what an earlier try left. One at a time per digest
  /// (the caller holds its lease).
  IncomingBlob resume(const std::string& digest);

  /// Removes a blob and returns its size (0 when it was not there).
  std::uint64_t remove(const std::string& digest);
  /// Puts a whole blob back among the partial ones: its pull failed, the next may use it.
  void set_aside(const std::string& digest);
  std::vector<std::string> list() const;
  /// Removes partial files not written to for `age`. Returns the bytes freed.
  std::uint64_t clean_partial(std::chrono::seconds age);
  /// Removes what no one can resume: at boot, when nothing is being written.
  std::uint64_t clean_temporary();
  /// Removes one partial file.
  void remove_partial(const std::string& digest);

 private:
  std::uint64_t remove_partial_if(
      const std::function<bool(const std::string& name, const struct stat&)>& condition);

  std::filesystem::path blobs_, partial_;
};

}  // namespace gantry::images
