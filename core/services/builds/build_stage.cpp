#include "core/services/builds/build_stage.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/images/manifest.hpp"

namespace gantry::services {
namespace {

// What Docker's builder gives to images that have none.
constexpr std::string_view kDefaultPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

images::ImageConfig read_config(Images& images, const images::ImageRecord& image) {
  return images::parse_image_config(
      images.blobs.read(image.config.digest, images::kMaxConfigBytes));
}

bool same_past(const images::ImageConfig& shorter, const images::ImageConfig& longer) {
  const auto same = [](const images::HistoryEntry& a, const images::HistoryEntry& b) {
    return a.created_by == b.created_by && a.empty_layer == b.empty_layer;
  };
  return longer.history.size() > shorter.history.size() &&
         longer.diff_ids.size() >= shorter.diff_ids.size() &&
         std::equal(shorter.history.begin(), shorter.history.end(), longer.history.begin(), same) &&
         std::equal(shorter.diff_ids.begin(), shorter.diff_ids.end(), longer.diff_ids.begin());
}

/// What `look` finds; false when there is no such image, or its name is none: clients name caches
/// that they only hope for.
template <class Look>
bool unless_unnamed(const Look& look) {
  try {
    return look();
  } catch (const Error& error) {
    if (error.code() != Errc::not_found && error.code() != Errc::invalid) throw;
    return false;
  }
}

}  // namespace

void BuildStage::begin(images::PinnedImage base, const images::Platform& platform) {
  image_ = std::move(base);
  missed_ = false;
  words_.has_command = false;
  config_ = image_.image ? read_config(images_, *image_.image) : images::ImageConfig();
  if (!image_.image) config_.platform = platform;
  std::vector<std::string>& env = config_.defaults.env;
  const bool has_path = std::any_of(env.begin(), env.end(), [](const std::string& variable) {
    return variable.starts_with("PATH=");
  });
  if (!has_path) env.emplace_back(kDefaultPath);
}

// The shell would see a comment.
std::string BuildStage::told(const images::ImageDefaults& defaults, const std::string& what) {
  const std::string shell = defaults.shell.empty() ? "/bin/sh -c" : text::join(defaults.shell, " ");
  return shell + " #(nop) " + what;
}

// What leads to one of the images that count, and was made here.
bool BuildStage::may_use(const images::ImageRecord& child) const {
  if (!cache_.only_from) return true;
  const auto leads_to = [&](const std::string& reference) {
    for (images::ImagePtr image = images_.store.find(reference); image;
         image = images_.store.find_base(*image))
      if (image->id == child.id) return true;
    return false;
  };
  return std::any_of(cache_.from.begin(), cache_.from.end(), [&](const std::string& reference) {
    return unless_unnamed([&] { return leads_to(reference); });
  });
}

images::ImagePtr BuildStage::find_child(const Step& step) const {
  images::ImagePtr newest;
  const std::string wanted = images::write_defaults(step.defaults);
  for (const images::ImagePtr& child : images_.store.steps_from(image_id())) {
    if (child->built_by != key_of(step) || child->platform != config_.platform) continue;
    if (images::write_defaults(child->defaults) != wanted) continue;
    if (!step.author.empty() && child->author != step.author) continue;
    if (newest && child->created <= newest->created) continue;
    if (may_use(*child)) newest = child;
  }
  return newest;
}

void BuildStage::go_on_from(images::PinnedImage image) {
  config_ = read_config(images_, *image.image);
  image_ = std::move(image);
}

bool BuildStage::use_cached(const Step& step, const std::stop_token& stop) {
  turn_.reset();
  if (!cache_.use) return false;
  if (!missed_ && find_cached(step, stop)) return true;
  if (turns_ != nullptr) {
    turn_.emplace(turns_->take(image_id() + "\n" + key_of(step), stop));
    // Whether it was waited for or not: another may just have made it.
    if (find_cached(step, stop)) {
      turn_.reset();
      return true;
    }
  }
  missed_ = true;
  return false;
}

std::string BuildStage::key_of(const Step& step) const {
  return step.key() + (created_ ? " # created " + std::to_string(*created_) : "");
}

bool BuildStage::find_cached(const Step& step, const std::stop_token& stop) {
  const bool found = unless_unnamed([&] {
    const images::ImagePtr child = find_child(step);
    // It may have been removed in this moment: then its layers may be gone, too.
    if (child) go_on_from(images_.store.pin(child->id));
    return child != nullptr;
  });
  return found ||
         std::any_of(cache_.from.begin(), cache_.from.end(), [&](const std::string& reference) {
           return unless_unnamed([&] { return take_from(reference, step, stop) != nullptr; });
         });
}

images::ImageConfig BuildStage::config_after(const Step& step, UnixNanos created,
                                             bool empty_layer) const {
  images::ImageConfig config = config_;
  config.defaults = step.defaults;
  config.created = created;
  config.comment.clear();
  config.docker_version.clear();
  if (!step.author.empty()) config.author = step.author;
  images::HistoryEntry entry;
  entry.created = config.created;
  entry.created_by = step.built_by;
  entry.author = config.author;
  entry.empty_layer = empty_layer;
  config.history.push_back(std::move(entry));
  return config;
}

void BuildStage::assemble(ImageAssembly::Request request, const Step& step, UnixNanos created,
                          const std::stop_token& stop) {
  request.config = config_after(step, created, !request.layer && !request.ready_layer);
  request.parent = image_.image.get();
  request.built_by = key_of(step);
  if (turns_ != nullptr) request.buildkit = images::BuildKitRole::step;
  go_on_from(images_.assembly.run(std::move(request), stop));
}

void BuildStage::commit(const Step& step, std::optional<RootLayer> layer,
                        const std::stop_token& stop) {
  ImageAssembly::Request request;
  if (layer) request.layer.emplace(std::move(*layer));
  // The classic builder tells of each image that it makes, BuildKit of the one it was asked for.
  if (turns_ == nullptr) request.event = "create";
  assemble(std::move(request), step, created_.value_or(now_nanos()), stop);
  turn_.reset();
}

// An image that went through the same steps elsewhere, and through this one.
images::ImagePtr BuildStage::take_from(const std::string& reference, const Step& step,
                                       const std::stop_token& stop) {
  const images::PinnedImage source = images_.store.find_pinned(reference);
  if (!source.image || source->platform != config_.platform) return nullptr;
  const images::ImageConfig config = read_config(images_, *source.image);
  if (!same_past(config_, config)) return nullptr;
  const images::HistoryEntry& entry = config.history[config_.history.size()];
  // Without words it could be any step.
  if (step.built_by.empty() || entry.created_by != step.built_by) return nullptr;
  const bool is_last = config.history.size() == config_.history.size() + 1;
  if (is_last && !created_ &&
      images::write_defaults(source->defaults) == images::write_defaults(step.defaults))
    return adopt(*source.image, step);
  ImageAssembly::Request request;
  if (!entry.empty_layer) {
    if (source->layers.size() <= config_.diff_ids.size()) return nullptr;
    request.ready_layer = source->layers[config_.diff_ids.size()];
  }
  assemble(std::move(request), step, created_.value_or(entry.created), stop);
  return image_.image;
}

// This step was its last one: it is the image, made from the one before.
images::ImagePtr BuildStage::adopt(images::ImageRecord record, const Step& step) {
  record.parent = image_id();
  record.built_by = key_of(step);
  if (turns_ != nullptr) record.buildkit = images::BuildKitRole::result;
  images_.store.commit(record, {});
  go_on_from(images_.store.pin(record.id));
  return image_.image;
}

}  // namespace gantry::services
