#include "core/services/images/registry_inspect.hpp"

#include "core/base/error.hpp"
#include "core/images/manifest.hpp"
#include "core/images/registry_client.hpp"
#include "core/images/registry_session.hpp"
#include "core/services/images/read_from_any.hpp"

namespace gantry::services {
namespace {

std::string version_of(const images::Reference& reference) {
  return reference.digest.empty() ? reference.tag : reference.digest;
}

RegistryImage read_image(images::RegistrySession& session, const images::Reference& reference) {
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

images::ImageConfig read_config(images::RegistrySession& session,
                                const images::Reference& reference,
                                const images::Platform& platform) {
  images::RegistryClient client(session);
  images::FetchedManifest fetched = client.manifest(version_of(reference), reference);
  for (int depth = 0;; ++depth) {
    const images::ManifestDocument document =
        images::parse_manifest(fetched.content, fetched.descriptor.media_type);
    if (document.manifest)
      return images::parse_image_config(client.config(document.manifest->config, reference));
    if (depth == images::kMaxIndexDepth)
      throw Error(Errc::internal, "image index is nested too deeply");
    const images::IndexEntry& entry = images::choose_entry(*document.index, platform);
    fetched = client.manifest(entry.descriptor.digest, reference);
  }
}

}  // namespace

RegistryImage RegistryInspect::run(const images::Reference& name, const images::RegistryAuth& auth,
                                   const std::stop_token& stop) const {
  const images::Reference reference = name.with_default_tag();
  return read_from_any(reference, options_, [&](const images::RegistryEndpoint& endpoint) {
    images::RegistrySession session(endpoint, reference, auth, options_, stop);
    return read_image(session, reference);
  });
}

images::ImageConfig RegistryInspect::config(const images::Reference& name,
                                            const images::Platform& platform,
                                            const images::RegistryAuth& auth,
                                            const std::stop_token& stop) const {
  const images::Reference reference = name.with_default_tag();
  return read_from_any(reference, options_, [&](const images::RegistryEndpoint& endpoint) {
    images::RegistrySession session(endpoint, reference, auth, options_, stop);
    return read_config(session, reference, platform);
  });
}

}  // namespace gantry::services
