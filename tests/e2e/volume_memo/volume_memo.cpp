// A small volume driver: directories under its state directory, each with a note from the option
// "note". Calls for different volumes and list run side by side (gantry/volume.h): one mutex for
// all. A file <state>/trouble/<call> makes that call fail with its content; a named pipe there
// makes it hang until somebody writes to the pipe.
#include <filesystem>
#include <fstream>
#include <gantry/cpp/volume.hpp>
#include <mutex>

namespace fs = std::filesystem;
using gantry::sdk::Error;

class MemoVolume : public gantry::sdk::Volume {
 public:
  explicit MemoVolume(const gantry::sdk::Host& host)
      : host_(host), root_(fs::path(host.state_dir()) / "memos") {
    fs::create_directories(root_);
  }

  void create(const std::string& name, const gantry::sdk::Options& options) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, value] : options)
      if (key != "note") throw Error(GANTRY_INVALID, "memo: unknown option \"" + key + "\"");
    fs::create_directories(root_ / name);
    if (auto note = options.find("note"); note != options.end())
      std::ofstream(root_ / name / "note") << note->second;
    host_.info("memo: created " + name);
  }
  void remove(const std::string& name) override {
    trouble("remove");
    const std::lock_guard lock(mutex_);
    known(name);
    fs::remove_all(root_ / name);
  }
  std::string mount(const std::string& name, const std::string&,
                    const gantry::sdk::Op& op) override {
    trouble("mount");
    const std::lock_guard lock(mutex_);
    op.throw_if_cancelled();
    return known(name);
  }
  void unmount(const std::string& name, const std::string&) override {
    trouble("unmount");
    const std::lock_guard lock(mutex_);
    known(name);
  }
  std::string path(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    return known(name);
  }
  gantry::sdk::VolumeInfo get(const std::string& name) override {
    trouble("get");
    const std::lock_guard lock(mutex_);
    return info_of(name);
  }
  std::vector<gantry::sdk::VolumeInfo> list() override {
    trouble("list");
    const std::lock_guard lock(mutex_);
    std::vector<gantry::sdk::VolumeInfo> all;
    for (const auto& entry : fs::directory_iterator(root_))
      all.push_back(info_of(entry.path().filename()));
    return all;
  }

 private:
  void trouble(const std::string& call) const {
    std::ifstream file(fs::path(host_.state_dir()) / "trouble" / call);
    std::string text;
    if (std::getline(file, text) && !text.empty()) throw Error(GANTRY_UNAVAILABLE, text);
  }
  // Both need the mutex.
  gantry::sdk::VolumeInfo info_of(const std::string& name) const {
    gantry::sdk::VolumeInfo info;
    info.name = name;
    info.mountpoint = known(name);
    info.created_at = 1700000000000000000;
    info.status["kind"] = "memo";
    return info;
  }
  std::string known(const std::string& name) const {
    if (!fs::exists(root_ / name)) throw Error(GANTRY_NOT_FOUND, "memo: no volume " + name);
    return root_ / name;
  }
  gantry::sdk::Host host_;
  fs::path root_;
  std::mutex mutex_;
};

GANTRY_PLUGIN(MemoVolume, "volume-memo", "Directories with a note, for tests")
