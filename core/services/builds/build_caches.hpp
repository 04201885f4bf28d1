// Directories that RUN --mount=type=cache keeps between builds: <directory>/<name>/. What `docker
// builder prune` removes. Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/build/run_mount.hpp"

namespace gantry::services {

class BuildCaches {
 public:
  explicit BuildCaches(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// A cache while a command uses it.
  class Use {
   public:
    Use(Use&& other) noexcept;
    Use& operator=(Use&&) = delete;
    ~Use();
    const std::filesystem::path& data() const { return data_; }

   private:
    friend class BuildCaches;
    Use(BuildCaches& caches, std::string name, bool locked, std::filesystem::path data)
        : caches_(&caches), name_(std::move(name)), locked_(locked), data_(std::move(data)) {}
    BuildCaches* caches_;
    std::string name_;
    bool locked_;
    std::filesystem::path data_;
  };

  /// A hash of the id, of an owner and a mode that are not the usual ones, and of what a new cache
  /// is filled with: `content`, empty for nothing.
  static std::string name_of(const build::RunMount& mount, const std::string& content);
  /// Makes the cache when it is new: `fill` gets its empty directory. One that is locked, or being
  /// made, is waited for. Who takes several takes them in the order of their names, each once.
  /// Throws Error{cancelled}.
  Use take(const std::string& name, const build::RunMount& mount,
           const std::function<void(const std::filesystem::path&)>& fill,
           const std::stop_token& stop);

  static constexpr const char* kType = "exec.cachemount";  // BuildKit's name for them

  struct Record {
    std::string id;  // 25 hex digits
    std::string type = kType;
    std::string description;  // what the Dockerfile calls it
    std::uint64_t size = 0;   // bytes
    UnixNanos created = 0, last_used = 0;
    std::int64_t use_count = 0;
    bool in_use = false;
  };
  std::vector<Record> list() const;
  /// Removes a cache that is not in use; false: it is, or there is none.
  bool remove(const std::string& id);

 private:
  struct State {
    int users = 0;
    bool locked = false;
  };
  void release(const std::string& name, bool locked) noexcept;
  bool is_made(const std::string& name) const;
  void make(const std::string& name, const build::RunMount& mount,
            const std::function<void(const std::filesystem::path&)>& fill);
  void note_use(const std::string& name);

  const std::filesystem::path directory_;
  mutable std::mutex mutex_;
  std::condition_variable_any freed_;
  std::map<std::string, State> states_;  // of those in use, by name
};

}  // namespace gantry::services
