// One volume: <state_dir>/<name>/volume.json (creation time, options, and the project that limits
// its size) and <state_dir>/<name>/_data. With options its filesystem is mounted on _data while
// somebody uses it. The host serialises create, remove, mount and unmount of one name; path and
// info are read by any thread. Throws gantry::sdk::Error.
#pragma once

#include <gantry/cpp/volume.hpp>
#include <mutex>
#include <set>
#include <string>

#include "options.hpp"

namespace volume_local {

class VolumeEntry {
 public:
  /// Makes the directories; a crash in between leaves nothing that load() would take for a volume.
  static void make(const std::string& state_dir, const std::string& name,
                   const gantry::sdk::Options& options);
  /// Deletes what a create or a remove left half done.
  static void clear(const std::string& directory);
  /// An existing one, as a former daemon left it. One whose record cannot be read is damaged: it
  /// can be removed, not mounted.
  VolumeEntry(const std::string& state_dir, const std::string& run_dir, const std::string& name);

  std::string mount(const std::string& user_id, const gantry::sdk::Op& op);
  void unmount(const std::string& user_id);
  /// Deletes everything; refuses while it is mounted for somebody.
  void remove();
  const std::string& data_path() const { return data_path_; }
  /// Why it cannot be mounted; empty: it can.
  const std::string& damage() const { return damage_; }
  /// Of its size; 0: none.
  std::uint32_t project() const { return project_; }
  /// Its record is a copy of another volume's: that one keeps the project.
  void disown_project() { project_ = 0; }
  gantry::sdk::VolumeInfo info() const;

 private:
  void read_record();
  void unmount_leftover();
  void mount_filesystem_here();
  /// Its files are in its project, and the project has its limit.
  void keep_limit();

  const std::string name_, directory_, data_path_, users_path_, grave_;
  MountOptions options_;
  std::string damage_;
  std::int64_t created_at_ = 0;
  gantry::sdk::Options given_;  // what options_ was read from
  std::uint32_t project_ = 0;   // 0: none
  std::mutex mutex_;
  std::set<std::string> users_;  // only of volumes that are mounted
};

}  // namespace volume_local
