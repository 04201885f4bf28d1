// A runtime whose layers live in memory: enough of pluginhost::Runtime for the image services. It
// reads each tar as a real one does, checks parents and paths, and can be told to fail or to be
// slow.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/pluginhost/runtime.hpp"

namespace gantry::test {

class MemoryRuntime final : public pluginhost::Runtime {
 public:
  struct Layer {
    std::string parent;
    std::vector<std::string> paths;
    std::uint64_t size = 0;
  };

  std::map<std::string, Layer> layers;
  std::set<std::string> in_use;  // chain ids a container stands on
  int unpacked = 0;              // successful unpacks
  std::function<void(const std::string& chain_id)> before_unpack;
  mutable std::mutex mutex;

  bool has(const std::string& chain_id) const {
    const std::lock_guard lock(mutex);
    return layers.count(chain_id) > 0;
  }

  const std::string& id() const override { return id_; }
  std::string info() override { return "{}"; }

  std::uint64_t layer_unpack(const std::string& chain_id, const std::string& parent, int tar_fd,
                             const pluginhost::Op&) override {
    if (before_unpack) before_unpack(chain_id);
    {
      const std::lock_guard lock(mutex);
      if (const auto it = layers.find(chain_id); it != layers.end()) return it->second.size;
      if (!parent.empty() && layers.count(parent) == 0)
        throw Error(Errc::not_found, "parent layer " + parent + " does not exist");
    }
    Layer layer = read_tar(tar_fd);
    layer.parent = parent;
    const std::lock_guard lock(mutex);
    ++unpacked;
    return (layers[chain_id] = layer).size;
  }
  std::optional<std::uint64_t> layer_size(const std::string& chain_id) override {
    const std::lock_guard lock(mutex);
    const auto it = layers.find(chain_id);
    if (it == layers.end()) return std::nullopt;
    return it->second.size;
  }
  void layer_remove(const std::string& chain_id) override {
    const std::lock_guard lock(mutex);
    bool used = in_use.count(chain_id) > 0;
    for (const auto& [id, layer] : layers) used |= layer.parent == chain_id;
    if (used) throw Error(Errc::conflict, "layer " + chain_id + " is in use");
    layers.erase(chain_id);
  }
  std::vector<std::string> layer_list() override {
    const std::lock_guard lock(mutex);
    std::vector<std::string> ids;
    for (const auto& [id, layer] : layers) ids.push_back(id);
    return ids;
  }

  // What image services never call.
  void create(const std::string&, std::string_view, const pluginhost::ContainerOptions&,
              const pluginhost::Op&) override {
    none();
  }
  void attach(const std::string&, const pluginhost::ClientStream&) override { none(); }
  pluginhost::Started start(const std::string&, const pluginhost::Op&) override { none(); }
  void signal(const std::string&, int, bool) override { none(); }
  void resize(const std::string&, std::uint32_t, std::uint32_t) override { none(); }
  void remove(const std::string&, const pluginhost::Op&) override { none(); }
  std::optional<pluginhost::RuntimeState> find_state(const std::string&) override { none(); }
  std::vector<pluginhost::RuntimeState> list() override { none(); }
  void rootfs_create(const std::string&, const std::string&, std::string_view) override { none(); }
  void rootfs_remove(const std::string&, const pluginhost::Op&) override { none(); }
  std::string rootfs_usage(const std::string&) override { none(); }
  std::vector<std::string> rootfs_list() override { none(); }
  std::optional<std::string> rootfs_find_file(const std::string&, const std::string&,
                                              std::uint64_t) override {
    none();
  }
  std::string rootfs_describe(const std::string&) override { none(); }
  int exec_start(const std::string&, const std::string&, std::string_view,
                 const pluginhost::ClientStream*, bool, const pluginhost::Op&) override {
    none();
  }
  void exec_resize(const std::string&, const std::string&, std::uint32_t, std::uint32_t) override {
    none();
  }
  void exec_signal(const std::string&, const std::string&, int) override { none(); }
  std::vector<pluginhost::ExecState> exec_list(const std::string&) override { none(); }
  bool has_network() const override { return false; }
  void network_up(std::string_view) override { none(); }
  void network_down(std::string_view) override { none(); }
  std::vector<std::string> used_subnets() override { none(); }
  void sandbox_up(const std::string&, std::string_view) override { none(); }
  void sandbox_down(const std::string&) override { none(); }
  void endpoint_up(const std::string&, std::string_view) override { none(); }
  void endpoint_down(const std::string&, std::string_view) override { none(); }
  bool can_publish() const override { return false; }
  std::string publish(const std::string&, std::string_view) override { none(); }
  void unpublish(const std::string&) override { none(); }
  void export_root(const std::string&, int, const pluginhost::Op&) override { none(); }
  pluginhost::PathInfo archive_stat(const std::string&, std::string_view) override { none(); }
  void archive_get(const std::string&, std::string_view, int, const pluginhost::Op&) override {
    none();
  }
  void archive_put(const std::string&, std::string_view, int, const pluginhost::Op&) override {
    none();
  }
  std::vector<pluginhost::PathChange> changes(const std::string&, const pluginhost::Op&) override {
    none();
  }
  void diff(const std::string&, int, const pluginhost::Op&) override { none(); }
  std::string stats(const std::string&) override { none(); }
  void update(const std::string&, std::string_view) override { none(); }
  std::vector<int> pids(const std::string&) override { none(); }
  bool can_open_inside() const override { return false; }
  void open_inside(const std::string&, const std::string&, std::uint32_t,
                   const std::function<void(const pluginhost::InsideSockets&)>&) override {
    none();
  }
  bool can_pause() const override { return false; }
  void pause(const std::string&) override { none(); }
  void resume(const std::string&) override { none(); }

 private:
  [[noreturn]] static void none() { throw Error(Errc::unsupported, "not in this runtime"); }

  static Layer read_tar(int fd) {
    Layer layer;
    archive* a = archive_read_new();
    archive_read_support_format_tar(a);
    archive_read_support_format_empty(a);
    std::string failure;
    if (archive_read_open_fd(a, fd, 65536) != ARCHIVE_OK) failure = archive_error_string(a);
    archive_entry* entry = nullptr;
    while (failure.empty()) {
      const int status = archive_read_next_header(a, &entry);
      if (status == ARCHIVE_EOF) break;
      if (status < ARCHIVE_WARN) {
        failure = archive_error_string(a);
        break;
      }
      const std::string path = archive_entry_pathname(entry);
      if (path.find("..") != std::string::npos) failure = "entry \"" + path + "\" leaves the layer";
      layer.paths.push_back(path);
      layer.size += static_cast<std::uint64_t>(archive_entry_size(entry));
      if (archive_read_data_skip(a) < ARCHIVE_WARN) failure = archive_error_string(a);
    }
    archive_read_free(a);
    if (!failure.empty()) throw Error(Errc::invalid, failure);
    return layer;
  }

  std::string id_ = "memory";
};

}  // namespace gantry::test
