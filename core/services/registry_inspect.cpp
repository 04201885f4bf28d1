#include "core/services/registry_inspect.hpp"

#include "core/base/error.hpp"
#include "core/images/image_config.hpp"
#include "core/images/manifest.hpp"
#include "core/images/registry_client.hpp"
#include "core/images/registry_session.hpp"

namespace gantry::services {

RegistryImage RegistryInspect::run(const images::Reference& name, const images::RegistryAuth& auth,
                                   const std::stop_token& stop) const {
  const images::Reference reference = name.with_default_tag();
  images::RegistrySession session(reference, auth, options_, stop);
  images::RegistryClient client(session);
  images::FetchedManifest fetched =
      client.manifest(reference.digest.empty() ? reference.tag : reference.digest, reference);
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

}  // namespace gantry::services
