// What is known of files that clients have sent before: a client tells of a file's size and time,
// and whoever has the same of it already need not ask for its content to know the digest. Any
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/time.hpp"

namespace gantry::buildkit {

class KnownFiles {
 public:
  /// `capacity`: how many are kept at least; no more than twice as many are.
  explicit KnownFiles(std::size_t capacity = 64u << 10) : capacity_(capacity) {}

  struct File {
    const std::string& directory;  // of which client, and which of its directories
    const std::string& path;
    std::uint64_t size;  // bytes
    UnixNanos changed;
  };
  /// 64 hex digits; nullopt: it may have changed, or was never here.
  std::optional<std::string> digest(const File& file);
  /// Does nothing for a file whose time does not say enough: one of whole seconds was given to it
  /// by a program, and within the clock's step of `now` its content can change once more.
  void remember(const File& file, const std::string& digest, UnixNanos now);

 private:
  using Key = std::array<char, 32>;
  using Digest = std::array<char, 64>;
  static Key key_of(const File& file);
  void keep(const Key& key, const Digest& digest);

  const std::size_t capacity_;
  std::mutex mutex_;
  std::map<Key, Digest> recent_, older_;  // those not asked for since `recent_` was full go
};

}  // namespace gantry::buildkit
