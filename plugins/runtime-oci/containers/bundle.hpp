// The directory of one container that has been created: <run_dir>/bundles/<id>/. Files of the
// supervisor are named in protocol/wire.hpp; ours:
//   config.json   the OCI spec as the runtime gets it
//   ports.json    published ports (write_ports() of network/port_reservation.hpp), if any
#pragma once

#include <optional>
#include <string>

namespace gantry::oci {

class Bundle {
 public:
  Bundle(const std::string& run_dir, const std::string& id) : path_(run_dir + "/bundles/" + id) {}
  explicit Bundle(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string rootfs() const;
  /// Makes it new: what an earlier container of this id left is removed.
  void create() const;
  bool exists() const;
  void remove() const;

  void write_config(const std::string& json) const;
  std::string config() const;  // GANTRY_NOT_FOUND
  void write_ports(const std::string& json) const;
  std::optional<std::string> ports() const;
  void remove_ports() const;

 private:
  std::string path_;
};

}  // namespace gantry::oci
