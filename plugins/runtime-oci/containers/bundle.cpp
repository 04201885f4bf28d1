#include "containers/bundle.hpp"

#include <unistd.h>

#include "base/directory.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "protocol/wire.hpp"

namespace gantry::oci {

std::string Bundle::rootfs() const { return path_ + "/" + shim::kRootfsName; }

void Bundle::create() const {
  remove_tree(path_);
  make_directory(path_);
  make_directory(rootfs());
}

bool Bundle::exists() const { return oci::exists(path_); }

void Bundle::remove() const { remove_tree(path_); }

void Bundle::write_config(const std::string& json) const {
  replace_file(path_ + "/" + shim::kConfigName, json);
}

std::string Bundle::config() const {
  auto text = find_text(path_ + "/" + shim::kConfigName);
  if (!text) throw Error(GANTRY_NOT_FOUND, "container has no configuration");
  return std::move(*text);
}

void Bundle::write_ports(const std::string& json) const {
  replace_file(path_ + "/ports.json", json);
}

std::optional<std::string> Bundle::ports() const { return find_text(path_ + "/ports.json"); }

void Bundle::remove_ports() const { ::unlink((path_ + "/ports.json").c_str()); }

}  // namespace gantry::oci
