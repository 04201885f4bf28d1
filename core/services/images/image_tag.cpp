#include "core/services/images/image_tag.hpp"

#include "core/base/error.hpp"
#include "core/services/images/image_events.hpp"

namespace gantry::services {

std::optional<images::Reference> parse_repo_tag(const std::string& repo, const std::string& tag) {
  if (repo.empty()) return std::nullopt;
  images::Reference reference = images::parse_reference(repo);
  if (!reference.digest.empty()) throw Error(Errc::invalid, "cannot import digest reference");
  if (!tag.empty()) {
    if (!images::is_tag(tag)) throw Error(Errc::invalid, "invalid tag format");
    reference.tag = tag;
  }
  return reference.with_default_tag();
}

void ImageTag::run(const std::string& image, const std::string& repo, const std::string& tag) {
  if (repo.empty()) throw Error(Errc::invalid, "invalid reference format");
  if (images::parse_reference(repo).digest.size() > 0)
    throw Error(Errc::invalid, "refusing to create a tag with a digest reference");
  const auto name = parse_repo_tag(repo, tag);
  if (name->familiar_name() == "sha256")
    throw Error(Errc::invalid,
                "refusing to create an ambiguous tag using digest algorithm as name");
  const images::PinnedImage pinned = store_.pin(image);
  store_.tag(pinned->id, *name);
  publish_image_event(events_, "tag", pinned->id, name->familiar(), pinned.image.get());
}

}  // namespace gantry::services
