// What a specification of the Container Device Interface says: devices of one kind, and what each
// changes in the OCI spec of a container that asks for it. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gantry::devices {

/// A device node of the container. Type and number that are not given are the host's node's at a
/// start.
struct Node {
  std::string path;       // in the container
  std::string host_path;  // the same as `path` unless the file says otherwise
  char type = 0;          // b, c, u, p; 0: as on the host
  std::int64_t major = 0, minor = 0;
  std::optional<std::uint32_t> mode, uid, gid;  // of everybody, of the container's user
  std::string access = "rwm";                   // empty: the control group lets nothing through
};

struct Mount {
  std::string host_path, container_path, type;
  std::vector<std::string> options;
};

/// A program that the OCI runtime runs at `stage` of the container's life ("createContainer").
struct Hook {
  std::string stage, path;
  std::vector<std::string> args, env;
  std::optional<std::int64_t> timeout_seconds;
};

struct IntelRdt {
  std::string clos_id, l3_cache_schema, mem_bw_schema;
  std::vector<std::string> schemata;
  bool enable_cmt = false, enable_mbm = false, enable_monitoring = false;
};

struct Edits {
  std::vector<std::string> env;
  std::vector<Node> nodes;
  std::vector<Mount> mounts;
  std::vector<Hook> hooks;
  std::vector<std::uint32_t> gids;  // 0 adds nothing
  std::optional<IntelRdt> intel_rdt;

  bool empty() const;
  /// Adds what `other` asks for behind what is there.
  void append(const Edits& other);
};

struct Device {
  std::string name;
  Edits edits;
};

struct CdiSpec {
  std::string kind;  // "vendor.com/class"
  Edits edits;       // of every container that has one of the devices
  std::vector<Device> devices;
};

}  // namespace gantry::devices
