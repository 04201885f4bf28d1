#include "core/services/build_caches.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/services/directory_size.hpp"

namespace gantry::services {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameDigits = 25;  // as BuildKit's records have
constexpr const char* kData = "data";
constexpr const char* kId = "id";      // written once
constexpr const char* kUsed = "used";  // touched by each use

UnixNanos modified(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
#ifdef __APPLE__
  const timespec time = status.st_mtimespec;
#else
  const timespec time = status.st_mtim;
#endif
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

BuildCaches::Use::Use(Use&& other) noexcept
    : caches_(std::exchange(other.caches_, nullptr)),
      name_(std::move(other.name_)),
      locked_(other.locked_),
      data_(std::move(other.data_)) {}

BuildCaches::Use::~Use() {
  if (caches_ != nullptr) caches_->release(name_, locked_);
}

void BuildCaches::release(const std::string& name, bool locked) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(name);
  if (found == states_.end()) return;
  if (locked) found->second.locked = false;
  if (--found->second.users == 0) states_.erase(found);
  freed_.notify_all();
}

void BuildCaches::share(Use& use) {
  const std::lock_guard lock(mutex_);
  use.locked_ = false;
  states_[use.name_].locked = false;
  freed_.notify_all();
}

BuildCaches::Use BuildCaches::take(const build::RunMount& mount,
                                   const std::function<void(const fs::path&)>& fill,
                                   const std::stop_token& stop) {
  const std::string name = sha256_hex(mount.id).substr(0, kNameDigits);
  const bool locked = mount.sharing == build::RunMount::Sharing::locked;
  bool first = false;
  {
    std::unique_lock lock(mutex_);
    const bool free = freed_.wait(lock, stop, [&] {
      const auto found = states_.find(name);
      return found == states_.end() || (!locked && !found->second.locked);
    });
    if (!free) throw Error(Errc::cancelled, "context canceled");
    State& state = states_[name];
    first = state.users++ == 0;
    // Whoever comes first may have to make it: nobody shares what is half made.
    state.locked = first;
  }
  Use use(*this, name, first, directory_ / name / kData);
  if (first) make(name, mount, fill);
  file::write_atomic(directory_ / name / kUsed, "");
  if (first && !locked) share(use);
  return use;
}

void BuildCaches::make(const std::string& name, const build::RunMount& mount,
                       const std::function<void(const fs::path&)>& fill) {
  const fs::path path = directory_ / name;
  file::make_directories(path, 0700);
  // Written last: what a crash leaves half made is made anew.
  if (!file::find(path / kId)) {
    file::remove_tree(path / kData);
    file::make_directories(path / kData, 0755);
    fill(path / kData);
    if (mount.from.empty() &&
        (::chown((path / kData).c_str(), mount.uid, mount.gid) != 0 ||
         ::chmod((path / kData).c_str(), static_cast<mode_t>(mount.mode)) != 0))
      throw_errno("set owner of build cache " + mount.id);
    file::write_atomic(path / kId, mount.id);
  }
}

std::vector<BuildCaches::Record> BuildCaches::list() const {
  std::vector<Record> records;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory_, error)) {
    if (!entry.is_directory(error)) continue;
    const auto id = file::find(entry.path() / kId);
    if (!id) continue;
    Record record;
    record.id = entry.path().filename();
    record.description = "cached mount " + *id;
    record.size = directory_size(entry.path() / kData);
    record.created = modified(entry.path() / kId);
    record.last_used = modified(entry.path() / kUsed);
    const std::lock_guard lock(mutex_);
    record.in_use = states_.contains(record.id);
    records.push_back(std::move(record));
  }
  return records;
}

bool BuildCaches::remove(const std::string& id) {
  if (id.size() != kNameDigits || !text::is_hex(id)) return false;  // it is part of a path
  {
    // Held like a user's, so that none comes meanwhile.
    const std::lock_guard lock(mutex_);
    if (states_.contains(id)) return false;
    states_[id] = {1, true};
  }
  const Use held(*this, id, true, {});
  std::error_code error;
  if (!fs::exists(directory_ / id / kId, error)) return false;
  // Its name first: a removal that is cut short leaves what the next use makes anew.
  file::remove_tree(directory_ / id / kId);
  file::remove_tree(directory_ / id);
  return true;
}

}  // namespace gantry::services
