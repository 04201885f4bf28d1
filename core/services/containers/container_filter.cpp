#include "core/services/containers/container_filter.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/container_request.hpp"
#include "core/domain/mount_request.hpp"

namespace gantry::services {
namespace {

constexpr std::string_view kRegexCharacters = "\\^$.|?*+()[]{}";

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool is_built_on(const images::ImageRecord& image, const images::ImageRecord& base) {
  if (base.layers.empty() || image.layers.size() <= base.layers.size()) return false;
  return std::equal(base.layers.begin(), base.layers.end(), image.layers.begin(),
                    [](const auto& a, const auto& b) { return a.diff_id == b.diff_id; });
}

bool is_made_from(const images::ImageStore& images, images::ImagePtr image,
                  const std::string& ancestor) {
  while (image && image->id != ancestor) image = images.find_parent(*image);
  return image != nullptr;
}

std::set<std::string> ports_of(const std::vector<std::string>& specs) {
  std::set<std::string> ports;
  for (const std::string& spec : specs)
    for (std::string& port : domain::expand_port(spec)) ports.insert(std::move(port));
  return ports;
}

}  // namespace

ContainerFilter::ContainerFilter(const ContainerWorld& world, const ListOptions& options)
    : world_(world), filters_(options.filters) {
  filters_.allow({"ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation",
                  "label", "name", "network", "publish", "since", "status", "volume"});
  prepare_names();
  prepare_status();
  prepare_exit_codes();
  if (filters_.has("ancestor")) prepare_ancestors(world.images);
  published_ = ports_of(filters_.get("publish"));
  exposed_ = ports_of(filters_.get("expose"));
  for (const std::string& value : filters_.get("network")) {
    const auto network = world.networks.find(value);
    networks_.insert(network ? network->name : value);
  }
  prepare_times(options);
  for (const std::string& value : filters_.get("health"))
    if (!contains({"none", "starting", "healthy", "unhealthy"}, value))
      throw Error(Errc::invalid, "invalid filter 'health=" + value +
                                     "': invalid value for health (" + value +
                                     "): must be one of none, starting, healthy, unhealthy");
  filters_.boolean("is-task", false);
}

void ContainerFilter::prepare_names() {
  for (const std::string& value : filters_.get("name")) {
    if (value.find_first_of(kRegexCharacters) == std::string::npos) {
      plain_names_.push_back(value);
      continue;
    }
    if (auto pattern = domain::Pattern::parse(value))
      names_.push_back(std::move(*pattern));
    else
      plain_names_.push_back(value);  // matches only literally
  }
}

void ContainerFilter::prepare_status() {
  for (const std::string& value : filters_.get("status")) {
    const auto status = domain::parse_status(value);
    if (!status)
      throw Error(Errc::invalid,
                  "invalid filter 'status=" + value + "': invalid value for state (" + value +
                      "): must be one of created, running, paused, restarting, removing, exited, "
                      "dead");
    statuses_.insert(*status);
    implies_all_ = true;
  }
}

void ContainerFilter::prepare_exit_codes() {
  for (const std::string& value : filters_.get("exited")) {
    const auto code = text::to_int(value);
    if (!code || *code < INT32_MIN || *code > INT32_MAX)
      throw Error(Errc::invalid, "invalid filter 'exited=" + value + "'");
    exit_codes_.insert(static_cast<int>(*code));
  }
}

void ContainerFilter::prepare_ancestors(const images::ImageStore& images) {
  images_.emplace();
  for (const std::string& value : filters_.get("ancestor")) {
    images::ImagePtr base;
    try {
      base = images.find(value);
    } catch (const Error&) {
      continue;  // not even a name: no container comes from it
    }
    if (!base) continue;
    // What was made elsewhere says by its layers where it comes from; another step may add none.
    for (const images::ImagePtr& image : images.list())
      if (is_made_from(images, image, base->id) || is_built_on(*image, *base))
        images_->insert(image->id);
  }
}

void ContainerFilter::prepare_times(const ListOptions& options) {
  const auto created = [&](const std::string& reference) {
    return world_.store.get(reference)->record.created;
  };
  std::vector<std::string> since = filters_.get("since"), before = filters_.get("before");
  if (!options.since.empty()) since.push_back(options.since);
  if (!options.before.empty()) before.push_back(options.before);
  for (const std::string& reference : since)
    created_after_ = std::max(created_after_, created(reference));
  for (const std::string& reference : before)
    created_before_ = std::min(created_before_, created(reference));
}

bool ContainerFilter::name_matches(const domain::ContainerRecord& record) const {
  if (names_.empty() && plain_names_.empty()) return true;
  // With and without the slash: "^/web$" of Compose and "^web$" of people both mean "/web".
  const std::string with_slash = record.display_name();
  for (const std::string& name : plain_names_)
    if (with_slash.find(name) != std::string::npos) return true;
  return std::any_of(names_.begin(), names_.end(), [&](const domain::Pattern& pattern) {
    return pattern.found_in(with_slash) || pattern.found_in(record.name);
  });
}

bool ContainerFilter::id_matches(const std::string& id) const {
  const auto& wanted = filters_.get("id");
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& value) {
           return id.starts_with(value);
         });
}

bool ContainerFilter::health_matches(const domain::State& state) const {
  const std::string health =
      state.health && !state.health->status.empty() ? state.health->status : "none";
  return filters_.exact_match("health", health);
}

bool ContainerFilter::volume_matches(const domain::ContainerRecord& record) const {
  const auto& wanted = filters_.get("volume");
  if (wanted.empty()) return true;
  return std::any_of(record.mounts.begin(), record.mounts.end(), [&](const auto& mount) {
    return contains(wanted, mount.name.empty() ? mount.source : mount.name) ||
           std::any_of(wanted.begin(), wanted.end(), [&](const std::string& value) {
             return value.starts_with("/") && domain::clean_path(value) == mount.destination;
           });
  });
}

bool ContainerFilter::network_matches(const domain::ContainerRecord& record) const {
  if (networks_.empty()) return true;
  return std::any_of(record.endpoints.begin(), record.endpoints.end(), [&](const auto& item) {
    return networks_.count(item.first) > 0 ||
           (!item.second.network_id.empty() &&
            std::any_of(networks_.begin(), networks_.end(), [&](const std::string& value) {
              return item.second.network_id.starts_with(value);
            }));
  });
}

bool ContainerFilter::ports_match(const domain::ContainerRecord& record) const {
  if (published_.empty() && exposed_.empty()) return true;
  if (!record.shows_ports()) return false;
  // Ports of the host and of the container as the list shows them; as in Docker one that matches
  // either filter is enough.
  const auto& exposed = record.config.exposed_ports;
  return std::any_of(
             record.published.begin(), record.published.end(),
             [&](const domain::PublishedPort& port) {
               return published_.count(std::to_string(port.host_port) + "/" + port.protocol) > 0;
             }) ||
         std::any_of(exposed_.begin(), exposed_.end(),
                     [&](const auto& port) { return exposed.count(port) > 0; });
}

bool ContainerFilter::matches(const domain::ContainerRecord& record) const {
  if (record.created <= created_after_ || record.created >= created_before_) return false;
  if (filters_.empty()) return true;
  if (!id_matches(record.id) || !name_matches(record)) return false;
  if (!filters_.labels_match(record.config.labels)) return false;
  if (!statuses_.empty() && statuses_.count(record.state.status) == 0) return false;
  if (!exit_codes_.empty() && (record.state.running() || record.state.started_at == 0 ||
                               exit_codes_.count(record.state.exit_code) == 0))
    return false;
  if (images_ && images_->count(record.image_id) == 0) return false;
  if (filters_.boolean("is-task", false)) return false;  // tasks belong to swarms
  // "isolation" means something on Windows alone.
  return health_matches(record.state) && volume_matches(record) && network_matches(record) &&
         ports_match(record);
}

}  // namespace gantry::services
