#include "core/services/builds/build_bases.hpp"

#include "core/base/error.hpp"
#include "core/build/context_name.hpp"

namespace gantry::services {

images::PinnedImage BuildBases::find(const std::string& wanted, const images::Platform& platform,
                                     BuildOutput& output) {
  const auto named = request_.named_images.find(build::context_name(wanted));
  const std::string& name = named == request_.named_images.end() ? wanted : named->second;
  std::unique_lock all(mutex_);
  Name& known = names_[name];
  all.unlock();
  const std::lock_guard lock(known.mutex);
  images::PinnedImage& found = known.found[platform.str()];
  if (found.image) return world_.images.store.pin(found->id);
  const bool by_request = request_.platform || platform != platform_;
  const auto fits = [&](const images::PinnedImage& image) {
    return image.image &&
           (!by_request || images::platform_runs(images::normalised(platform),
                                                 images::normalised(image->platform)));
  };
  images::PinnedImage base;
  // The result of another build is in no registry.
  const bool is_made_here = images::is_digest(name);
  if (!request_.pull || is_made_here) base = world_.images.store.find_pinned(name);
  if (!fits(base)) {
    if (is_made_here) throw Error(Errc::not_found, wanted + ": there is no such image here");
    pull(name, platform, output);
    base = world_.images.store.pin(name);
    if (!fits(base))
      throw Error(Errc::conflict, wanted + ": another platform of it was pulled in this moment");
  }
  found = world_.images.store.pin(base->id);
  return base;
}

// One that is not there, or not to be had, is no cache; that is all.
void BuildBases::pull_caches(BuildOutput& output) {
  for (const std::string& name : request_.cache_from) {
    try {
      if (world_.images.store.find_pinned(name).image) continue;
      output.warn("importing cache from " + name);
      pull(name, platform_, output);
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) throw;
      output.warn("cache " + name + ": " + error.what());
    }
  }
}

void BuildBases::pull(const std::string& name, const images::Platform& platform,
                      BuildOutput& output) {
  ImagePull::Request request;
  request.reference = images::parse_reference(name).with_default_tag();
  if (request_.platform || platform != platform_) request.platform = platform;
  if (request_.login) request.auth = request_.login(request.reference.domain);
  const auto write = [&output](std::string_view line) {
    output.progress(line);
    return true;
  };
  world_.images.pull.run(request, {write, Peer()}, stop_);
}

}  // namespace gantry::services
