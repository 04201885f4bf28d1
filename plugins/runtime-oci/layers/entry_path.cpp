#include "layers/entry_path.hpp"

#include <limits.h>

#include "base/error.hpp"
#include "layers/overlay_tree.hpp"

namespace gantry::oci {
namespace {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kWhiteoutMeta = ".wh..wh.";
constexpr std::string_view kWhiteoutOpaque = ".wh..wh..opq";

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

// false: the path climbs above where it started.
bool clean(std::string_view path, std::vector<std::string>& parts) {
  for (const std::string_view part : split_path(path)) {
    if (part != "..") {
      parts.emplace_back(part);
    } else if (parts.empty()) {
      return false;
    } else {
      parts.pop_back();
    }
  }
  return true;
}

void check_lengths(const std::vector<std::string>& parts, std::string_view name) {
  for (const std::string& part : parts)
    if (part.size() > NAME_MAX)
      throw Error(GANTRY_INVALID, "invalid layer entry " + quoted(name) + ": name too long");
}

}  // namespace

std::vector<std::string> entry_components(std::string_view name) {
  std::vector<std::string> parts;
  if (!clean(name, parts))
    throw Error(GANTRY_INVALID, "invalid layer entry " + quoted(name) + ": outside of the root");
  check_lengths(parts, name);
  return parts;
}

std::vector<std::string> link_components(std::string_view name, std::string_view target) {
  std::vector<std::string> parts;
  if (!clean(target, parts) || parts.empty())
    throw Error(GANTRY_INVALID, "invalid hardlink " + quoted(name) + " -> " + quoted(target));
  check_lengths(parts, target);
  return parts;
}

EntryKind kind_of(std::string_view last_component) {
  if (!last_component.starts_with(kWhiteout)) return EntryKind::plain;
  if (last_component == kWhiteoutOpaque) return EntryKind::opaque;
  if (last_component.starts_with(kWhiteoutMeta)) return EntryKind::ignored;
  return EntryKind::whiteout;
}

std::string whiteout_target(std::string_view name, std::string_view last_component) {
  const std::string target(last_component.substr(kWhiteout.size()));
  if (target.empty() || target == "." || target == "..")
    throw Error(GANTRY_INVALID, "invalid layer entry " + quoted(name) + ": no such whiteout");
  return target;
}

}  // namespace gantry::oci
