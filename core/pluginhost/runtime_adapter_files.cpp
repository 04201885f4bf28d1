// RuntimeAdapter: layers, roots, and the files of containers.
#include "core/json/writer.hpp"
#include "core/pluginhost/runtime_adapter.hpp"
#include "core/pluginhost/runtime_results.hpp"

namespace gantry::pluginhost {

/// A function that an extension has since a later ABI than its first; a plugin may lack it.
#define GANTRY_LATER(table, member, extension_id)                                             \
  later(extension_id, #member,                                                                \
        GANTRY_HAS(&need(table, extension_id), std::remove_cvref_t<decltype(*table)>, member) \
            ? need(table, extension_id).member                                                \
            : nullptr)

std::uint64_t RuntimeAdapter::layer_unpack(const std::string& chain_id, const std::string& parent,
                                           int tar_fd, const Op& op) {
  Sink out;
  const OpBridge bridge(op);
  call(id_, "layer_unpack", rootfs().layer_unpack, self_, chain_id.c_str(), parent.c_str(), tar_fd,
       bridge.get(), out.get());
  return read_size("layer_unpack", out.take());
}

std::optional<std::uint64_t> RuntimeAdapter::layer_size(const std::string& chain_id) {
  Sink out;
  try {
    call(id_, "layer_stat", rootfs().layer_stat, self_, chain_id.c_str(), out.get());
  } catch (const Error& e) {
    if (e.code() == Errc::not_found) return std::nullopt;
    throw;
  }
  return read_size("layer_stat", out.take());
}

void RuntimeAdapter::layer_remove(const std::string& chain_id) {
  call(id_, "layer_remove", rootfs().layer_remove, self_, chain_id.c_str());
}

std::vector<std::string> RuntimeAdapter::layer_list() {
  Sink out;
  call(id_, "layer_list", rootfs().layer_list, self_, out.get());
  return read_strings("layer_list", out.take());
}

void RuntimeAdapter::rootfs_create(const std::string& id, const std::string& chain_id,
                                   std::string_view options) {
  call(id_, "rootfs create", rootfs().create, self_, id.c_str(), chain_id.c_str(),
       as_bytes(options));
}

void RuntimeAdapter::rootfs_remove(const std::string& id, const Op& op) {
  const OpBridge bridge(op);
  call(id_, "rootfs remove", rootfs().remove, self_, id.c_str(), bridge.get());
}

std::string RuntimeAdapter::rootfs_usage(const std::string& id) {
  Sink out;
  call(id_, "rootfs usage", rootfs().usage, self_, id.c_str(), out.get());
  return parse_result(id_, "rootfs usage", out.take()).root().raw();
}

std::vector<std::string> RuntimeAdapter::rootfs_list() {
  Sink out;
  call(id_, "rootfs list", rootfs().list, self_, out.get());
  return read_strings("rootfs list", out.take());
}

std::optional<std::string> RuntimeAdapter::rootfs_find_file(const std::string& id,
                                                            const std::string& path,
                                                            std::uint64_t max_bytes) {
  Sink out;
  try {
    call(id_, "rootfs read_file", rootfs().read_file, self_, id.c_str(), path.c_str(), max_bytes,
         out.get());
  } catch (const Error& e) {
    if (e.code() == Errc::not_found) return std::nullopt;
    throw;
  }
  return out.take();
}

std::string RuntimeAdapter::rootfs_describe(const std::string& id) {
  Sink out;
  call(id_, "rootfs describe", rootfs().describe, self_, id.c_str(), out.get());
  return parse_result(id_, "rootfs describe", out.take()).root().raw();
}

std::optional<std::string> RuntimeAdapter::rootfs_find(const std::string& id,
                                                       const std::string& path) {
  if (!looks_into_roots()) return std::nullopt;
  Sink out;
  try {
    call(id_, "rootfs find", rootfs().find, self_, id.c_str(), path.c_str(), out.get());
  } catch (const Error& e) {
    if (e.code() == Errc::not_found || e.code() == Errc::unsupported) return std::nullopt;
    throw;
  }
  const auto document = parse_result(id_, "rootfs find", out.take());
  return read_result(id_, "rootfs find", [&] { return document.root()["type"].str(); });
}

void RuntimeAdapter::rootfs_copy_out(const std::string& id, const std::string& path,
                                     const std::string& directory, const Op& op) {
  if (!looks_into_roots()) return Runtime::rootfs_copy_out(id, path, directory, op);
  Sink out;
  const OpBridge bridge(op);
  call(id_, "rootfs copy_out", rootfs().copy_out, self_, id.c_str(), path.c_str(),
       directory.c_str(), bridge.get(), out.get());
}

std::optional<std::uint64_t> RuntimeAdapter::layer_adopt(const std::string& chain_id,
                                                         const std::string& parent,
                                                         const std::string& id,
                                                         const std::vector<std::string>& leave_out,
                                                         const Op& op) {
  if (!rootfs_ || !GANTRY_HAS(rootfs_, gantry_ext_rootfs, layer_adopt) || !rootfs_->layer_adopt)
    return std::nullopt;
  json::Writer paths;
  paths.strings(leave_out);
  Sink out;
  const OpBridge bridge(op);
  try {
    call(id_, "layer_adopt", rootfs_->layer_adopt, self_, chain_id.c_str(), parent.c_str(),
         id.c_str(), as_bytes(paths.text()), bridge.get(), out.get());
  } catch (const Error& e) {
    if (e.code() == Errc::conflict || e.code() == Errc::unsupported) return std::nullopt;
    throw;
  }
  return read_size("layer_adopt", out.take());
}

void RuntimeAdapter::export_root(const std::string& id, int fd, const Op& op) {
  const OpBridge bridge(op);
  call(id_, "export_root", need(archive_, GANTRY_EXT_ARCHIVE).export_root, self_, id.c_str(), fd,
       bridge.get());
}

PathInfo RuntimeAdapter::archive_stat(const std::string& id, std::string_view request) {
  Sink out;
  call(id_, "archive stat", GANTRY_LATER(archive_, stat, GANTRY_EXT_ARCHIVE), self_, id.c_str(),
       as_bytes(request), out.get());
  const auto document = parse_result(id_, "archive stat", out.take());
  return read_result(id_, "archive stat", [&] { return read_path_info(document.root()); });
}

void RuntimeAdapter::archive_get(const std::string& id, std::string_view request, int fd,
                                 const Op& op) {
  const OpBridge bridge(op);
  call(id_, "archive get", GANTRY_LATER(archive_, get, GANTRY_EXT_ARCHIVE), self_, id.c_str(),
       as_bytes(request), fd, bridge.get());
}

void RuntimeAdapter::archive_put(const std::string& id, std::string_view request, int fd,
                                 const Op& op) {
  const OpBridge bridge(op);
  call(id_, "archive put", GANTRY_LATER(archive_, put, GANTRY_EXT_ARCHIVE), self_, id.c_str(),
       as_bytes(request), fd, bridge.get());
}

std::vector<PathChange> RuntimeAdapter::changes(const std::string& id, const Op& op) {
  Sink out;
  const OpBridge bridge(op);
  call(id_, "changes", GANTRY_LATER(archive_, changes, GANTRY_EXT_ARCHIVE), self_, id.c_str(),
       bridge.get(), out.get());
  const auto document = parse_result(id_, "changes", out.take());
  return read_result(id_, "changes", [&] { return read_changes(document.root()); });
}

void RuntimeAdapter::diff(const std::string& id, int fd, const Op& op) {
  const OpBridge bridge(op);
  call(id_, "diff", GANTRY_LATER(archive_, diff, GANTRY_EXT_ARCHIVE), self_, id.c_str(), fd,
       bridge.get());
}

}  // namespace gantry::pluginhost
