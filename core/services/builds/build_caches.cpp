#include "core/services/builds/build_caches.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/services/base/directory_size.hpp"

namespace gantry::services {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameDigits = 25;  // as BuildKit's records have
constexpr const char* kData = "data";
constexpr const char* kId = "id";      // written once
constexpr const char* kUsed = "used";  // how often; written by each use

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

std::int64_t use_count(const fs::path& cache) {
  const auto text = file::find(cache / kUsed);
  return text ? text::to_int(*text).value_or(0) : 0;
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

std::string BuildCaches::name_of(const build::RunMount& mount, const std::string& content) {
  std::string key = mount.id;
  // Who wants it for another user gets another one, as with BuildKit. No id has a zero in it.
  const build::RunMount usual;
  if (mount.uid != usual.uid || mount.gid != usual.gid || mount.mode != usual.mode)
    key += '\0' + std::to_string(mount.uid) + ":" + std::to_string(mount.gid) + ":" +
           std::to_string(mount.mode);
  if (!content.empty()) key += '\0' + content;
  return sha256_hex(key).substr(0, kNameDigits);
}

BuildCaches::Use BuildCaches::take(const std::string& name, const build::RunMount& mount,
                                   const std::function<void(const fs::path&)>& fill,
                                   const std::stop_token& stop) {
  const bool wants_lock = mount.sharing == build::RunMount::Sharing::locked;
  bool locked = wants_lock;
  {
    std::unique_lock lock(mutex_);
    const bool free = freed_.wait(lock, stop, [&] {
      const auto found = states_.find(name);
      // The one who makes it has it alone.
      locked = wants_lock || !is_made(name);
      return found == states_.end() || (!locked && !found->second.locked);
    });
    if (!free) throw Error(Errc::cancelled, "context canceled");
    State& state = states_[name];
    ++state.users;
    state.locked = locked;
  }
  Use use(*this, name, locked, directory_ / name / kData);
  if (!is_made(name)) make(name, mount, fill);
  note_use(name);
  if (locked && !wants_lock) {
    const std::lock_guard lock(mutex_);
    use.locked_ = states_[name].locked = false;
    freed_.notify_all();
  }
  return use;
}

// Written last: what a crash leaves half made is made anew.
bool BuildCaches::is_made(const std::string& name) const {
  std::error_code error;
  return fs::exists(directory_ / name / kId, error);
}

void BuildCaches::make(const std::string& name, const build::RunMount& mount,
                       const std::function<void(const fs::path&)>& fill) {
  const fs::path path = directory_ / name;
  file::make_directories(path, 0700);
  file::remove_tree(path / kData);
  file::make_directories(path / kData, 0755);
  fill(path / kData);
  if (mount.from.empty() && (::chown((path / kData).c_str(), mount.uid, mount.gid) != 0 ||
                             ::chmod((path / kData).c_str(), static_cast<mode_t>(mount.mode)) != 0))
    throw_errno("set owner of build cache " + mount.id);
  file::write_atomic(path / kId, mount.id);
}

void BuildCaches::note_use(const std::string& name) {
  const std::lock_guard lock(mutex_);
  file::write_atomic(directory_ / name / kUsed, std::to_string(use_count(directory_ / name) + 1));
}

std::vector<BuildCaches::Record> BuildCaches::list() const {
  std::vector<Record> records;
  std::error_code error;
  fs::directory_iterator at(directory_, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const fs::directory_entry& entry = *at;
    std::error_code ignored;
    if (!entry.is_directory(ignored)) continue;
    const auto id = file::find(entry.path() / kId);
    if (!id) continue;
    Record record;
    record.id = entry.path().filename();
    record.description = "cached mount " + *id;
    record.size = static_cast<std::uint64_t>(directory_size(entry.path() / kData));
    record.created = modified(entry.path() / kId);
    record.last_used = modified(entry.path() / kUsed);
    record.use_count = use_count(entry.path());
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
