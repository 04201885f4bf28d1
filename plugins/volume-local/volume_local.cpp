// volume-local: a volume is a directory of this machine; with the options type, device and o a
// filesystem that is mounted on it while it is used.
#include <gantry/cpp/volume.hpp>
#include <map>
#include <memory>
#include <set>
#include <shared_mutex>

#include "directory_tree.hpp"
#include "mounting.hpp"
#include "volume_entry.hpp"

namespace volume_local {

namespace sdk = gantry::sdk;

namespace {

/// Names become directories. The host checks them too; here a wrong one would leave the tree.
void check_name(const std::string& name) {
  if (name.empty() || name[0] == '.' || name.size() > 255 || name.find('/') != std::string::npos)
    throw sdk::Error(GANTRY_INVALID, "invalid volume name \"" + name + "\"");
}

}  // namespace

class VolumeLocal final : public sdk::Volume {
 public:
  explicit VolumeLocal(const sdk::Host& host)
      : host_(host), state_dir_(host.state_dir()), run_dir_(host.run_dir()) {
    // It has no settings. One that it was given is no reason to leave all volumes out.
    const sdk::Object config(host.config());
    for (const auto& member : config.document().GetObject())
      host_.warn(std::string("unknown key \"") + member.name.GetString() + "\"");
    std::set<std::uint32_t> projects;
    for (const auto& name : names_in(state_dir_)) {
      if (name[0] == '.') {
        sweep(state_dir_ + "/" + name);
        continue;
      }
      try {
        auto entry = std::make_shared<VolumeEntry>(state_dir_, run_dir_, name);
        if (!entry->damage().empty())
          host_.error("volume " + name + " cannot be used: " + entry->damage());
        if (!projects.insert(entry->project()).second) entry->disown_project();
        volumes_[name] = std::move(entry);
      } catch (const sdk::Error& e) {
        host_.error("volume " + name + " is left out: " + e.what());
      }
    }
  }

  void create(const std::string& name, const sdk::Options& options) override {
    check_name(name);
    if (find(name)) return;
    VolumeEntry::make(state_dir_, name, options);
    auto entry = std::make_shared<VolumeEntry>(state_dir_, run_dir_, name);
    const std::unique_lock lock(mutex_);
    volumes_[name] = std::move(entry);
  }

  void remove(const std::string& name) override {
    get_entry(name)->remove();
    const std::unique_lock lock(mutex_);
    volumes_.erase(name);
  }

  std::string mount(const std::string& name, const std::string& user_id,
                    const sdk::Op& op) override {
    return get_entry(name)->mount(user_id, op);
  }
  void unmount(const std::string& name, const std::string& user_id) override {
    get_entry(name)->unmount(user_id);
  }
  std::string path(const std::string& name) override { return get_entry(name)->data_path(); }
  sdk::VolumeInfo get(const std::string& name) override { return get_entry(name)->info(); }

  std::vector<sdk::VolumeInfo> list() override {
    const std::shared_lock lock(mutex_);
    std::vector<sdk::VolumeInfo> all;
    for (const auto& [name, entry] : volumes_) all.push_back(entry->info());
    return all;
  }

 private:
  /// What a create or remove left half done.
  void sweep(const std::string& path) {
    try {
      if (!has_mounts_below(path)) VolumeEntry::clear(path);
    } catch (const sdk::Error& e) {
      host_.warn(e.what());
    }
  }

  std::shared_ptr<VolumeEntry> find(const std::string& name) const {
    const std::shared_lock lock(mutex_);
    const auto it = volumes_.find(name);
    return it == volumes_.end() ? nullptr : it->second;
  }
  std::shared_ptr<VolumeEntry> get_entry(const std::string& name) const {
    auto entry = find(name);
    if (!entry) throw sdk::Error(GANTRY_NOT_FOUND, "no such volume: " + name);
    return entry;
  }

  const sdk::Host host_;
  const std::string state_dir_, run_dir_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::shared_ptr<VolumeEntry>> volumes_;
};

}  // namespace volume_local

GANTRY_PLUGIN(volume_local::VolumeLocal, "volume-local", "Directories of this machine")
