// Manifests and indexes of both families, read from untrusted bytes and written. Pure, any thread.
// Errors: Error{invalid}.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/images/image.hpp"

namespace gantry::images {

/// Indexes within indexes that are followed.
inline constexpr int kMaxIndexDepth = 3;

struct Manifest {
  std::string media_type;
  Descriptor config;
  std::vector<Descriptor> layers;  // lowest first
};

struct IndexEntry {
  Descriptor descriptor;
  std::optional<Platform> platform;
  std::map<std::string, std::string> annotations;
  /// "attestation-manifest" entries and the like, which are no images.
  bool is_attestation() const;
};

struct Index {
  std::string media_type;
  std::vector<IndexEntry> entries;
};

/// What a registry or a layout holds under a manifest's digest: exactly one of the two is set.
struct ManifestDocument {
  std::optional<Manifest> manifest;
  std::optional<Index> index;
};

inline constexpr std::size_t kMaxManifestBytes = 4u << 20;  // as registries limit it
inline constexpr std::size_t kMaxConfigBytes = 8u << 20;
inline constexpr std::size_t kMaxLayers = 500;

/// `media_type`: what the carrier said (Content-Type, descriptor); the document's own mediaType
/// wins when the carrier's is empty or generic, and contradicting ones are refused (one text, two
/// meanings).
ManifestDocument parse_manifest(std::string_view text, std::string_view media_type);
/// The image of an index that suits a platform best. Throws Error{not_found} in Docker's words.
const IndexEntry& choose_entry(const Index& index, const Platform& wanted);
/// A manifest of OCI's family for layers that came without one (load, import, commit).
std::string write_manifest(const Descriptor& config, const std::vector<Descriptor>& layers);

}  // namespace gantry::images
