#include "core/services/registry_inspect.hpp"

#include "core/base/error.hpp"
#include "core/images/manifest.hpp"
#include "core/images/registry_client.hpp"
#include "core/images/registry_session.hpp"

namespace gantry::services {

namespace {
constexpr int kMaxIndexDepth = 3;

std::string version_of(const images::Reference& reference) {
  return reference.digest.empty() ? reference.tag : reference.digest;
}
}  // namespace

RegistryImage RegistryInspect::run(const images::Reference& name, const images::RegistryAuth& auth,
                                   const std::stop_token& stop) const {
  const images::Reference reference = name.with_default_tag();
  images::RegistrySession session(reference, auth, options_, stop);
  images::RegistryClient client(session);
  images::FetchedManifest fetched = client.manifest(version_of(reference), reference);
  const images::ManifestDocument document =
      images::parse_manifest(fetched.content, fetched.descriptor.media_type);
  RegistryImage image;
  image.descriptor = fetched.descriptor;
  if (document.index) {
    image.descriptor.media_type = document.index->media_type;
    for (const images::IndexEntry& entry : document.index->entries)
      if (entry.platform && !entry.is_attestation()) image.platforms.push_back(*entry.platform);
    return image;
  }
  image.descriptor.media_type = document.manifest->media_type;
  // What is no image, a chart say, has no platform.
  try {
    const std::string config = client.config(document.manifest->config, reference);
    image.platforms.push_back(images::parse_image_config(config).platform);
  } catch (const Error& error) {
    if (error.code() != Errc::invalid) throw;
  }
  return image;
}

images::ImageConfig RegistryInspect::config(const images::Reference& name,
                                            const images::Platform& platform,
                                            const images::RegistryAuth& auth,
                                            const std::stop_token& stop) const {
  const images::Reference reference = name.with_default_tag();
  images::RegistrySession session(reference, auth, options_, stop);
  images::RegistryClient client(session);
  images::FetchedManifest fetched = client.manifest(version_of(reference), reference);
  for (int depth = 0;; ++depth) {
    const images::ManifestDocument document =
        images::parse_manifest(fetched.content, fetched.descriptor.media_type);
    if (document.manifest)
      return images::parse_image_config(client.config(document.manifest->config, reference));
    if (depth == kMaxIndexDepth) throw Error(Errc::internal, "image index is nested too deeply");
    const images::IndexEntry& entry = images::choose_entry(*document.index, platform);
    fetched = client.manifest(entry.descriptor.digest, reference);
  }
}

}  // namespace gantry::services
