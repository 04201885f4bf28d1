// A volume driver in C++: every volume is a directory below the one that gantry.toml names.
//     [volume]
//     plugins = ["volume-local", "volume-example"]
//     [plugins.volume-example]
//     directory = "/srv/volumes"
// Then: docker volume create -d example -o label=books shelf
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <gantry/cpp/volume.hpp>

namespace fs = std::filesystem;
namespace sdk = gantry::sdk;

class ExampleVolume : public sdk::Volume {
 public:
  // [init]: throw to refuse; the engine logs the message and goes on without the driver.
  explicit ExampleVolume(const sdk::Host& host) : host_(host) {
    const sdk::Object config(host.config());
    root_ = config.string("directory", host.state_dir() + "/volumes");
    if (!root_.is_absolute())
      throw sdk::Error(GANTRY_INVALID, "directory must be an absolute path");
    fs::create_directories(root_);
  }

  void create(const std::string& name, const sdk::Options& options) override {
    // Check everything before you make anything: a failed create leaves nothing.
    for (const auto& [key, value] : options)
      if (key != "label") throw sdk::Error(GANTRY_INVALID, "unknown option \"" + key + "\"");
    const fs::path directory = root_ / name;
    if (fs::exists(directory)) return;  // existing name: success
    fs::create_directories(directory / "data");
    const auto label = options.find("label");
    std::ofstream(directory / "label") << (label == options.end() ? "" : label->second);
    host_.info("volume " + name + " created");
  }

  void remove(const std::string& name) override { fs::remove_all(directory_of(name)); }

  std::string mount(const std::string& name, const std::string& /*user_id*/,
                    const sdk::Op& op) override {
    op.throw_if_cancelled();
    // A real driver connects to its server here for the first user, and remembers user_id in
    // run_dir().
    return (directory_of(name) / "data").string();
  }

  void unmount(const std::string& /*name*/, const std::string& /*user_id*/) override {}

  std::string path(const std::string& name) override {
    return (directory_of(name) / "data").string();
  }

  sdk::VolumeInfo get(const std::string& name) override {
    const fs::path directory = directory_of(name);
    sdk::VolumeInfo info;
    info.name = name;
    info.mountpoint = (directory / "data").string();
    struct stat st {};
    if (::stat((directory / "label").c_str(), &st) != 0) throw sdk::os_error("stat " + name);
    info.created_at = std::int64_t{st.st_mtime} * 1'000'000'000;
    std::ifstream label(directory / "label");
    std::getline(label, info.status["label"]);
    return info;
  }

  std::vector<sdk::VolumeInfo> list() override {
    std::vector<sdk::VolumeInfo> all;
    for (const auto& entry : fs::directory_iterator(root_)) {
      try {
        all.push_back(get(entry.path().filename().string()));
      } catch (const sdk::Error&) {
        // Another thread has just made or removed it.
      }
    }
    return all;
  }

 private:
  fs::path directory_of(const std::string& name) const {
    fs::path directory = root_ / name;
    if (!fs::exists(directory)) throw sdk::Error(GANTRY_NOT_FOUND, "no such volume: " + name);
    return directory;
  }

  const sdk::Host host_;
  fs::path root_;
};

GANTRY_PLUGIN(ExampleVolume, "volume-example", "Example: directories below one of your choice")
