// Checks of structs that a plugin filled, before any function in them is called. Each failure is
// one Error{unavailable} that names the fault. Private to core/pluginhost. Pure: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace gantry::pluginhost {

/// One function pointer of a C table.
struct Slot {
  const char* name;
  size_t offset;
};

/// `what`: "table of gantry.volume/1". The struct's first member is its uint32_t size; all slots
/// must lie inside it and be set. `table` must not be null.
void check_slots(const std::string& what, const void* table, std::span<const Slot> slots);

/// The required functions of a kind; empty when the kind is not known to this host.
std::span<const Slot> slots_of_kind(const std::string& kind);
bool is_known_kind(const std::string& kind);
/// The functions of an extension; empty when this host does not use it.
std::span<const Slot> slots_of_extension(const std::string& id);

}  // namespace gantry::pluginhost
