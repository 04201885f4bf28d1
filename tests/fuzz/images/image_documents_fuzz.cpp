// Manifests, indexes and image configs from anywhere: refused with Error{invalid}, or read into
// something that is written and read back as the same.
#include <cstdint>
#include <string>

#include "core/base/error.hpp"
#include "core/images/image_document.hpp"
#include "core/images/manifest.hpp"
#include "core/images/media_types.hpp"
#include "core/images/reference.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const std::string_view type :
       {std::string_view(), images::media::kOciManifest, images::media::kDockerList}) {
    try {
      const images::ManifestDocument document = images::parse_manifest(text, type);
      FUZZ_CHECK(document.manifest.has_value() != document.index.has_value());
      if (document.manifest) {
        for (const images::Descriptor& layer : document.manifest->layers)
          FUZZ_CHECK(images::is_digest(layer.digest));
        const std::string again =
            images::write_manifest(document.manifest->config, document.manifest->layers);
        const auto back = images::parse_manifest(again, images::media::kOciManifest);
        FUZZ_CHECK(back.manifest->layers.size() == document.manifest->layers.size());
      }
    } catch (const Error& e) {
      FUZZ_CHECK(e.code() == Errc::invalid);
    }
  }
  try {
    const images::ImageConfig config = images::parse_image_config(text);
    const std::string once = images::write_image_config(config);
    FUZZ_CHECK(images::write_image_config(images::parse_image_config(once)) == once);
    const images::ImageRecord record =
        images::make_record({"t", "sha256:" + std::string(64, 'a'), 1}, config);
    const std::string document = images::write_image_document(record);
    FUZZ_CHECK(images::write_image_document(images::read_image_document(document)) == document);
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
  }
  return 0;
}
