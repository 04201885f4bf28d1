#include "core/buildkit/known_files.hpp"

#include <algorithm>
#include <utility>

#include "core/base/digest.hpp"
#include "core/buildkit/timestamp.hpp"

namespace gantry::buildkit {
namespace {

// The coarsest times that files have today are of two seconds.
constexpr UnixNanos kSettled = 2 * kSecond;

}  // namespace

KnownFiles::Key KnownFiles::key_of(const File& file) {
  std::string text = file.directory;
  text.append(1, '\0').append(file.path).append(1, '\0');
  text += std::to_string(file.size) + ' ' + std::to_string(file.changed);
  Key key;  // half of it: 128 bits
  std::copy_n(sha256_hex(text).begin(), key.size(), key.begin());
  return key;
}

void KnownFiles::keep(const Key& key, const Digest& digest) {
  recent_[key] = digest;
  if (recent_.size() >= capacity_) older_ = std::exchange(recent_, {});
}

std::optional<std::string> KnownFiles::digest(const File& file) {
  const Key key = key_of(file);
  const std::scoped_lock lock(mutex_);
  if (const auto found = recent_.find(key); found != recent_.end())
    return std::string(found->second.begin(), found->second.end());
  const auto found = older_.find(key);
  if (found == older_.end()) return std::nullopt;
  const Digest digest = found->second;
  keep(key, digest);
  return std::string(digest.begin(), digest.end());
}

void KnownFiles::remember(const File& file, const std::string& digest, UnixNanos now) {
  if (file.changed % kSecond == 0 || file.changed > now - kSettled) return;
  Digest kept;
  if (digest.size() != kept.size()) return;
  std::copy(digest.begin(), digest.end(), kept.begin());
  const Key key = key_of(file);
  const std::scoped_lock lock(mutex_);
  keep(key, kept);
}

}  // namespace gantry::buildkit
