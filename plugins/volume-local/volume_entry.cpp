#include "volume_entry.hpp"

#include <sys/stat.h>

#include <ctime>

#include "device_address.hpp"
#include "directory_tree.hpp"
#include "mounting.hpp"
#include "quota.hpp"
#include "users_file.hpp"

namespace volume_local {

namespace sdk = gantry::sdk;

void VolumeEntry::make(const std::string& state_dir, const std::string& name,
                       const sdk::Options& options) {
  const MountOptions parsed = parse_options(options);
  // Names of volumes do not begin with a dot, so this one is never taken for a volume.
  const std::string cradle = state_dir + "/" + prefixed_name(".new-", name);
  remove_tree(cradle);
  make_directory(cradle, 0701);
  make_directory(cradle + "/_data", 0755);
  try {
    if (parsed.size != 0) limit_directory(cradle + "/_data", parsed.size);
  } catch (...) {
    remove_tree(cradle);
    throw;
  }
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  sdk::JsonWriter writer;
  writer.begin()
      .field("created_at", std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec)
      .key("options")
      .begin();
  for (const auto& [key, value] : options) writer.field(key, value);
  writer.end().end();
  write_file(cradle + "/volume.json", writer.text());
  rename_path(cradle, state_dir + "/" + name);
}

VolumeEntry::VolumeEntry(const std::string& state_dir, const std::string& run_dir,
                         const std::string& name)
    : name_(name),
      directory_(state_dir + "/" + name),
      data_path_(directory_ + "/_data"),
      users_path_(run_dir + "/" + prefixed_name("users-", name)),
      grave_(state_dir + "/" + prefixed_name(".gone-", name)) {
  const auto text = find_file(directory_ + "/volume.json");
  const sdk::Object object(text ? *text : "{}");
  created_at_ = object.integer("created_at");
  sdk::Options options;
  const auto it = object.document().FindMember("options");
  if (it != object.document().MemberEnd() && it->value.IsObject())
    for (const auto& option : it->value.GetObject())
      options[option.name.GetString()] = sdk::Object::string_in(it->value, option.name.GetString());
  options_ = parse_options(options);
  if (!options_.needs_mount()) return;
  // After a reboot nothing is mounted, whatever a run directory on a disk still says.
  if (is_mounted(data_path_))
    users_ = read_users(users_path_);
  else
    write_users(users_path_, {});
}

std::string VolumeEntry::mount(const std::string& user_id, const sdk::Op& op) {
  if (!options_.needs_mount()) {
    // The filesystem may have been mounted without its quotas since.
    if (options_.size != 0) limit_directory(data_path_, options_.size);
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
  rename_path(directory_, grave_);  // gone at once; deleting a large tree takes its time
  write_users(users_path_, {});
  clear(grave_);
}

void VolumeEntry::clear(const std::string& directory) {
  unlimit_directory(directory + "/_data");
  remove_tree(directory);
}

sdk::VolumeInfo VolumeEntry::info() const { return {name_, data_path_, created_at_}; }

}  // namespace volume_local
