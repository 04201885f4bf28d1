#include "volume_entry.hpp"

#include <sys/stat.h>

#include <ctime>
#include <utility>

#include "device_address.hpp"
#include "directory_tree.hpp"
#include "mounting.hpp"
#include "quota.hpp"
#include "users_file.hpp"

namespace volume_local {

namespace sdk = gantry::sdk;

namespace {

void write_record(const std::string& directory, std::int64_t created_at,
                  const sdk::Options& options, std::uint32_t project) {
  sdk::JsonWriter writer;
  writer.begin().field("created_at", created_at);
  if (project != 0) writer.field("project", std::int64_t{project});
  writer.key("options").begin();
  for (const auto& [key, value] : options) writer.field(key, value);
  writer.end().end();
  // On the disk before its volume is used: with an empty one after a power cut nobody would know
  // what belongs on it.
  write_file(directory + "/volume.json", writer.text());
  sync_file(directory + "/volume.json");
}

std::uint32_t project_in(const sdk::Object& record) {
  return static_cast<std::uint32_t>(record.integer("project"));
}

void require_quotas(const std::string& directory) {
  if (!quota::is_enforced(directory))
    throw sdk::Error(GANTRY_INVALID, "quota size requested but no quota support");
}

}  // namespace

void VolumeEntry::make(const std::string& state_dir, const std::string& name,
                       const sdk::Options& options) {
  const MountOptions parsed = parse_options(options);
  // Names of volumes do not begin with a dot, so this one is never taken for a volume.
  const std::string cradle = state_dir + "/" + prefixed_name(".new-", name);
  const std::string data = cradle + "/_data";
  clear(cradle);
  make_directory(cradle, 0701);
  try {
    make_directory(data, 0755);
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    if (parsed.size != 0) require_quotas(data);
    const std::uint32_t project = parsed.size == 0 ? 0 : quota::find_free_project(data);
    // The record first: whoever finds it after a crash takes the limit off.
    write_record(cradle, std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec, options, project);
    if (project != 0) {
      quota::limit_project(data, project, parsed.size);
      quota::join_project(data, project);
    }
    rename_path(cradle, state_dir + "/" + name);
  } catch (...) {
    try {
      clear(cradle);
    } catch (const sdk::Error&) {
      // Swept at the next start; why it was not made says more.
    }
    throw;
  }
}

VolumeEntry::VolumeEntry(const std::string& state_dir, const std::string& run_dir,
                         const std::string& name)
    : name_(name),
      directory_(state_dir + "/" + name),
      data_path_(directory_ + "/_data"),
      users_path_(run_dir + "/" + prefixed_name("users-", name)),
      grave_(state_dir + "/" + prefixed_name(".gone-", name)) {
  try {
    read_record();
  } catch (const sdk::Error& error) {
    damage_ = directory_ + "/volume.json: " + error.what();
    return;
  }
  if (!options_.needs_mount()) return;
  // After a reboot nothing is mounted, whatever a run directory on a disk still says.
  const bool is_there = is_mounted(data_path_);
  if (is_there)
    users_ = read_users(users_path_);
  else
    write_users(users_path_, {});
  if (is_there && users_.empty()) unmount_leftover();
}

// The daemon died between the mount and the note of its user, or before it was unmounted.
void VolumeEntry::unmount_leftover() {
  try {
    unmount_filesystem(data_path_);
  } catch (const sdk::Error&) {
    // Somebody is in there: it is unmounted with the next use.
  }
}

void VolumeEntry::read_record() {
  const auto text = find_file(directory_ + "/volume.json");
  if (text && text->empty()) throw sdk::Error(GANTRY_INTERNAL, "empty");
  const sdk::Object object(text ? *text : "{}");
  sdk::Options options;
  const auto it = object.document().FindMember("options");
  if (it != object.document().MemberEnd() && it->value.IsObject())
    for (const auto& option : it->value.GetObject())
      options[option.name.GetString()] = sdk::Object::string_in(it->value, option.name.GetString());
  created_at_ = object.integer("created_at");
  options_ = parse_options(options);
  given_ = std::move(options);
  project_ = project_in(object);
}

std::string VolumeEntry::mount(const std::string& user_id, const sdk::Op& op) {
  if (!damage_.empty()) throw sdk::Error(GANTRY_INTERNAL, damage_);
  if (!options_.needs_mount()) {
    if (options_.size != 0) keep_limit();
    return data_path_;
  }
  const std::lock_guard lock(mutex_);
  op.throw_if_cancelled();
  const bool first = users_.empty();
  if (!is_mounted(data_path_)) mount_filesystem_here();
  try {
    users_.insert(user_id);
    write_users(users_path_, users_);
  } catch (...) {
    users_.erase(user_id);
    if (first) unmount_filesystem(data_path_);
    throw;
  }
  return data_path_;
}

// The filesystem may have been mounted without its quotas since, the tree restored from a copy, or
// its owner in a container have put it somewhere else.
void VolumeEntry::keep_limit() {
  const std::lock_guard lock(mutex_);
  require_quotas(data_path_);
  if (project_ != 0 && quota::project_of(data_path_) == project_)
    return quota::limit_project(data_path_, project_, options_.size);
  const std::uint32_t project = quota::find_free_project(data_path_);
  write_record(directory_, created_at_, given_, project);
  const std::uint32_t former = std::exchange(project_, project);
  quota::limit_project(data_path_, project, options_.size);
  try {
    quota::join_project(data_path_, project);
  } catch (...) {
    quota::release_project(directory_, project);  // the next attempt takes another one
    throw;
  }
  if (former != 0) quota::release_project(directory_, former);
}

void VolumeEntry::mount_filesystem_here() {
  const MountOptions options = with_addresses(options_);
  try {
    mount_filesystem(options.device, data_path_, options.type, options.options);
  } catch (const sdk::Error& e) {
    throw sdk::Error(
        e.code(),
        without_password(std::string("failed to mount local volume: ") + e.what(), options.options),
        e.os_errno());
  }
}

void VolumeEntry::unmount(const std::string& user_id) {
  if (!options_.needs_mount()) return;
  const std::lock_guard lock(mutex_);
  if (users_.erase(user_id) == 0) return;  // a second unmount after a crash of the daemon
  write_users(users_path_, users_);
  if (users_.empty() && is_mounted(data_path_)) unmount_filesystem(data_path_);
}

void VolumeEntry::remove() {
  const std::lock_guard lock(mutex_);
  if (!users_.empty())
    throw sdk::Error(GANTRY_CONFLICT, "volume " + name_ + " is mounted for " + *users_.begin());
  if (options_.needs_mount() && is_mounted(data_path_)) unmount_filesystem(data_path_);
  // Deleting through a mount would delete what is mounted: another volume, a host's directory.
  if (has_mounts_below(directory_))
    throw sdk::Error(GANTRY_CONFLICT, "something is mounted in " + directory_);
  clear(grave_);
  try {
    rename_path(directory_, grave_);  // gone at once; deleting a large tree takes its time
  } catch (const sdk::Error& error) {
    if (error.code() != GANTRY_NOT_FOUND) throw;  // somebody has deleted it by hand
  }
  write_users(users_path_, {});
  // By what is known, not by the record, which may be a copy of another volume's.
  if (project_ != 0) quota::release_project(grave_, project_);
  remove_tree(grave_);
}

void VolumeEntry::clear(const std::string& directory) {
  try {
    const auto text = find_file(directory + "/volume.json");
    if (const std::uint32_t project = project_in(sdk::Object(text ? *text : "{}")); project != 0)
      quota::release_project(directory, project);
  } catch (const sdk::Error&) {
    // A record that cannot be read names no project.
  }
  remove_tree(directory);
}

sdk::VolumeInfo VolumeEntry::info() const { return {name_, data_path_, created_at_}; }

}  // namespace volume_local
