#include "core/pluginhost/table_gate.hpp"

#include <gantry/ext/archive.h>
#include <gantry/ext/exec.h>
#include <gantry/ext/network.h>
#include <gantry/ext/pause.h>
#include <gantry/ext/rootfs.h>
#include <gantry/ext/top.h>
#include <gantry/network.h>
#include <gantry/runtime.h>
#include <gantry/volume.h>

#include <algorithm>
#include <cstring>

#include "core/base/error.hpp"

namespace gantry::pluginhost {

namespace {

#define GANTRY_SLOT(type, member) \
  Slot { #member, offsetof(type, member) }

constexpr Slot kRuntime[] = {
    GANTRY_SLOT(gantry_runtime, info),   GANTRY_SLOT(gantry_runtime, create),
    GANTRY_SLOT(gantry_runtime, attach), GANTRY_SLOT(gantry_runtime, start),
    GANTRY_SLOT(gantry_runtime, signal), GANTRY_SLOT(gantry_runtime, resize),
    GANTRY_SLOT(gantry_runtime, remove), GANTRY_SLOT(gantry_runtime, state),
    GANTRY_SLOT(gantry_runtime, list)};

constexpr Slot kNetwork[] = {
    GANTRY_SLOT(gantry_network, network_added), GANTRY_SLOT(gantry_network, network_removed),
    GANTRY_SLOT(gantry_network, endpoint_added), GANTRY_SLOT(gantry_network, endpoint_removed),
    GANTRY_SLOT(gantry_network, container_files)};

constexpr Slot kVolume[] = {
    GANTRY_SLOT(gantry_volume, capabilities), GANTRY_SLOT(gantry_volume, create),
    GANTRY_SLOT(gantry_volume, remove),       GANTRY_SLOT(gantry_volume, mount),
    GANTRY_SLOT(gantry_volume, unmount),      GANTRY_SLOT(gantry_volume, path),
    GANTRY_SLOT(gantry_volume, get),          GANTRY_SLOT(gantry_volume, list)};

constexpr Slot kExec[] = {GANTRY_SLOT(gantry_ext_exec, start), GANTRY_SLOT(gantry_ext_exec, resize),
                          GANTRY_SLOT(gantry_ext_exec, signal), GANTRY_SLOT(gantry_ext_exec, list)};

constexpr Slot kRootfs[] = {
    GANTRY_SLOT(gantry_ext_rootfs, layer_unpack), GANTRY_SLOT(gantry_ext_rootfs, layer_stat),
    GANTRY_SLOT(gantry_ext_rootfs, layer_remove), GANTRY_SLOT(gantry_ext_rootfs, layer_list),
    GANTRY_SLOT(gantry_ext_rootfs, create),       GANTRY_SLOT(gantry_ext_rootfs, remove),
    GANTRY_SLOT(gantry_ext_rootfs, usage),        GANTRY_SLOT(gantry_ext_rootfs, list),
    GANTRY_SLOT(gantry_ext_rootfs, read_file),    GANTRY_SLOT(gantry_ext_rootfs, describe)};

constexpr Slot kDataPlane[] = {
    GANTRY_SLOT(gantry_ext_network, network_up),    GANTRY_SLOT(gantry_ext_network, network_down),
    GANTRY_SLOT(gantry_ext_network, used_subnets),  GANTRY_SLOT(gantry_ext_network, sandbox_up),
    GANTRY_SLOT(gantry_ext_network, sandbox_down),  GANTRY_SLOT(gantry_ext_network, endpoint_up),
    GANTRY_SLOT(gantry_ext_network, endpoint_down), GANTRY_SLOT(gantry_ext_network, publish),
    GANTRY_SLOT(gantry_ext_network, unpublish)};

constexpr Slot kArchive[] = {GANTRY_SLOT(gantry_ext_archive, export_root)};
constexpr Slot kTop[] = {GANTRY_SLOT(gantry_ext_top, pids)};
constexpr Slot kPause[] = {GANTRY_SLOT(gantry_ext_pause, pause),
                           GANTRY_SLOT(gantry_ext_pause, resume)};

#undef GANTRY_SLOT

}  // namespace

void check_slots(const std::string& what, const void* table, std::span<const Slot> slots) {
  std::uint32_t size = 0;
  std::memcpy(&size, table, sizeof size);
  using Function = void (*)();
  size_t needed = 0;
  for (const Slot& slot : slots) needed = std::max(needed, slot.offset + sizeof(Function));
  if (size < needed)
    throw Error(Errc::unavailable, what + " is too short: " + std::to_string(size) + " bytes, " +
                                       std::to_string(needed) + " are required");
  for (const Slot& slot : slots) {
    Function function = nullptr;
    std::memcpy(&function, static_cast<const char*>(table) + slot.offset, sizeof function);
    if (!function)
      throw Error(Errc::unavailable, what + " misses the function \"" + slot.name + "\"");
  }
}

std::span<const Slot> slots_of_kind(const std::string& kind) {
  if (kind == GANTRY_KIND_RUNTIME) return kRuntime;
  if (kind == GANTRY_KIND_NETWORK) return kNetwork;
  if (kind == GANTRY_KIND_VOLUME) return kVolume;
  return {};
}

bool is_known_kind(const std::string& kind) { return !slots_of_kind(kind).empty(); }

std::span<const Slot> slots_of_extension(const std::string& id) {
  if (id == GANTRY_EXT_EXEC) return kExec;
  if (id == GANTRY_EXT_ROOTFS) return kRootfs;
  if (id == GANTRY_EXT_NETWORK) return kDataPlane;
  if (id == GANTRY_EXT_ARCHIVE) return kArchive;
  if (id == GANTRY_EXT_TOP) return kTop;
  if (id == GANTRY_EXT_PAUSE) return kPause;
  return {};
}

}  // namespace gantry::pluginhost
