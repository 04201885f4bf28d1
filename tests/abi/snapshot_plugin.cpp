// Built from the headers of v1.0/ by another compiler and C++ standard than the host. Today's host
// must run it, now and in ten years.
#include <filesystem>
#include <fstream>
#include <gantry/cpp/volume.hpp>
#include <mutex>

namespace fs = std::filesystem;
namespace sdk = gantry::sdk;

class SnapshotVolume : public sdk::Volume {
 public:
  explicit SnapshotVolume(const sdk::Host& host) : root_(host.state_dir()) {}

  void create(const std::string& name, const sdk::Options&) override {
    fs::create_directories(fs::path(root_) / name);
  }
  void remove(const std::string& name) override { fs::remove_all(need(name)); }
  std::string mount(const std::string& name, const std::string&, const sdk::Op& op) override {
    op.throw_if_cancelled();
    return need(name);
  }
  void unmount(const std::string&, const std::string&) override {}
  std::string path(const std::string& name) override { return need(name); }
  sdk::VolumeInfo get(const std::string& name) override { return {name, need(name), 1, {}}; }
  std::vector<sdk::VolumeInfo> list() override {
    std::vector<sdk::VolumeInfo> all;
    for (const auto& entry : fs::directory_iterator(root_))
      all.push_back({entry.path().filename().string(), entry.path().string(), 1, {}});
    return all;
  }

 private:
  std::string need(const std::string& name) const {
    const std::string path = root_ + "/" + name;
    if (!fs::exists(path)) throw sdk::Error(GANTRY_NOT_FOUND, "no such volume: " + name);
    return path;
  }
  const std::string root_;
};

GANTRY_PLUGIN(SnapshotVolume, "volume-snapshot", "Built from the headers of ABI 1.0")
