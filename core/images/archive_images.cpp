#include "core/images/archive_images.hpp"

#include <map>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/images/manifest.hpp"
#include "core/images/media_types.hpp"
#include "core/images/platform.hpp"
#include "core/json/reader.hpp"

namespace gantry::images {
namespace {

constexpr std::size_t kMaxImages = 1000;

std::string blob_path(const std::string& digest) { return "blobs/sha256/" + digest.substr(7); }

// A blob by its digest; its content must be what its name says.
IncomingBlob& blob(ArchiveSpool& spool, const std::string& digest) {
  IncomingBlob& file = spool.file(blob_path(digest));
  if (file.finish() != digest)
    refuse_archive("content of blob " + digest + " does not match its digest");
  return file;
}

std::string blob_text(ArchiveSpool& spool, const Descriptor& descriptor) {
  blob(spool, descriptor.digest);
  return spool.text(blob_path(descriptor.digest));
}

// The name an index gives an entry. The OCI annotation may be a bare tag, which names nothing.
std::vector<std::string> names_of(const IndexEntry& entry) {
  const auto full = entry.annotations.find("io.containerd.image.name");
  if (full != entry.annotations.end()) return {full->second};
  const auto name = entry.annotations.find("org.opencontainers.image.ref.name");
  if (name != entry.annotations.end() && name->second.find_first_of("/:") != std::string::npos)
    return {name->second};
  return {};
}

ArchivedImage read_manifest(ArchiveSpool& spool, const Descriptor& descriptor, std::string text,
                            const Manifest& manifest) {
  ArchivedImage image;
  image.config = blob_text(spool, manifest.config);
  for (const Descriptor& layer : manifest.layers) {
    blob(spool, layer.digest);
    image.layers.push_back(blob_path(layer.digest));
  }
  image.manifest = std::move(text);
  image.manifest_blob = descriptor;
  image.manifest_blob.media_type = manifest.media_type;
  image.manifest_blob.size = image.manifest.size();
  return image;
}

const IndexEntry& choose(ArchiveSpool& spool, const Index& index,
                         const std::optional<Platform>& wanted) {
  // Archives made on one platform hold an index of many but the blobs of few.
  std::vector<const IndexEntry*> present;
  std::vector<Platform> offered;
  for (const IndexEntry& entry : index.entries) {
    if (entry.is_attestation() || !spool.has(blob_path(entry.descriptor.digest))) continue;
    present.push_back(&entry);
    offered.push_back(entry.platform.value_or(wanted.value_or(host_platform())));
  }
  if (present.empty()) refuse_archive("no manifest of the index is in it");
  const auto best = choose_platform(wanted.value_or(host_platform()), offered);
  if (!best && wanted)
    throw Error(Errc::not_found,
                "no matching manifest for " + normalised(*wanted).str() + " in the archive");
  return *present[best.value_or(0)];
}

ArchivedImage read_entry(ArchiveSpool& spool, Descriptor descriptor,
                         const std::optional<Platform>& wanted) {
  for (int depth = 0;; ++depth) {
    std::string text = blob_text(spool, descriptor);
    const ManifestDocument document = parse_manifest(text, descriptor.media_type);
    if (document.manifest)
      return read_manifest(spool, descriptor, std::move(text), *document.manifest);
    if (depth == kMaxIndexDepth) refuse_archive("index is nested too deeply");
    descriptor = choose(spool, *document.index, wanted).descriptor;
  }
}

Index read_index(ArchiveSpool& spool) {
  const ManifestDocument document = parse_manifest(spool.text("index.json"), media::kOciIndex);
  if (document.index->entries.size() > kMaxImages) refuse_archive("too many images");
  return *document.index;
}

std::vector<ArchivedImage> read_oci_layout(ArchiveSpool& spool,
                                           const std::optional<Platform>& wanted) {
  // One image under several names has one entry per name.
  std::vector<ArchivedImage> images;
  std::map<std::string, std::size_t> by_digest;
  for (const IndexEntry& entry : read_index(spool).entries) {
    if (entry.is_attestation()) continue;
    const auto [it, fresh] = by_digest.emplace(entry.descriptor.digest, images.size());
    if (fresh) images.push_back(read_entry(spool, entry.descriptor, wanted));
    for (std::string& name : names_of(entry)) images[it->second].names.push_back(std::move(name));
  }
  return images;
}

// New archives are both forms at once: the manifest that belongs to a config is in the layout half.
void add_manifest(ArchiveSpool& spool, ArchivedImage& image) {
  if (!spool.has("index.json")) return;
  const std::string config_digest = "sha256:" + sha256_hex(image.config);
  for (const IndexEntry& entry : read_index(spool).entries) {
    if (!spool.has(blob_path(entry.descriptor.digest))) continue;
    try {
      std::string text = blob_text(spool, entry.descriptor);
      const ManifestDocument document = parse_manifest(text, entry.descriptor.media_type);
      if (!document.manifest || document.manifest->config.digest != config_digest) continue;
      if (document.manifest->layers.size() != image.layers.size()) continue;
      bool same = true;
      for (std::size_t i = 0; i < image.layers.size(); ++i)
        same &= spool.file(image.layers[i]).finish() == document.manifest->layers[i].digest;
      if (!same) continue;
      image.manifest = std::move(text);
      image.manifest_blob = entry.descriptor;
      image.manifest_blob.media_type = document.manifest->media_type;
      image.manifest_blob.size = image.manifest.size();
      return;
    } catch (const Error&) {
      // An entry of a kind that docker's half does not know.
    }
  }
}

std::vector<ArchivedImage> read_docker_archive(ArchiveSpool& spool) {
  const json::Document document =
      json::Document::parse(spool.text("manifest.json"), {.bytes = 8u << 20, .depth = 16});
  if (document.root().size() > kMaxImages) refuse_archive("too many images");
  std::vector<ArchivedImage> images;
  document.root().each_item([&](json::Node node) {
    ArchivedImage image;
    image.config = spool.text(node["Config"].str());
    for (const std::string& path : node["Layers"].strings()) {
      // One that is missing may be here already.
      const std::string normalised_path = archive_path(path);
      if (normalised_path.starts_with("blobs/sha256/") && spool.has(path) &&
          spool.file(path).finish() != "sha256:" + normalised_path.substr(13))
        refuse_archive("content of \"" + path + "\" does not match its digest");
      image.layers.push_back(path);
    }
    image.names = node["RepoTags"].strings();
    add_manifest(spool, image);
    images.push_back(std::move(image));
  });
  return images;
}

}  // namespace

std::vector<ArchivedImage> find_archived_images(ArchiveSpool& spool,
                                                const std::optional<Platform>& wanted) {
  if (spool.has("manifest.json")) return read_docker_archive(spool);
  if (spool.has("index.json")) return read_oci_layout(spool, wanted);
  refuse_archive("it has neither manifest.json nor index.json");
}

}  // namespace gantry::images
