// Names inside a layer's tar: where an entry belongs, or that it leaves the tree. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gantry::oci {

/// The components of an entry's name, cleaned of ".", "" and "..". A leading "/" is the layer's
/// root, as Docker has it. Empty: the root itself. Throws GANTRY_INVALID naming the entry when ".."
/// would leave the tree or a component is too long.
std::vector<std::string> entry_components(std::string_view name);

/// The same for the target of a hard link; the error names both.
std::vector<std::string> link_components(std::string_view name, std::string_view target);

/// What the last component means.
enum class EntryKind {
  plain,
  whiteout,  // ".wh.x": x of the layers below is gone
  opaque,    // ".wh..wh..opq": nothing of the layers below shows in this directory
  ignored    // other ".wh..wh." names: bookkeeping of aufs
};
EntryKind kind_of(std::string_view last_component);
/// Whether it means something else: no layer has a file of that name.
inline bool is_reserved(std::string_view last_component) {
  return kind_of(last_component) != EntryKind::plain;
}
/// "x" of ".wh.x"; throws GANTRY_INVALID for ".wh.", ".wh.." and ".wh...".
std::string whiteout_target(std::string_view name, std::string_view last_component);

}  // namespace gantry::oci
