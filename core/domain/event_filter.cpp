#include "core/domain/event_filter.hpp"

#include <algorithm>
#include <array>

namespace gantry::domain {
namespace {

/// Keys whose values are a prefix of the actor's id or name.
constexpr std::array<std::string_view, 9> kActorKeys = {
    "config", "container", "daemon", "network", "node", "plugin", "secret", "service", "volume"};

std::string attribute(const Event& event, const char* name) {
  const auto it = event.attributes.find(name);
  return it == event.attributes.end() ? std::string() : it->second;
}

bool prefix_match(const FilterArgs& filters, std::string_view key, const std::string& value) {
  const auto& wanted = filters.get(key);
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const std::string& w) { return value.starts_with(w); });
}

/// "exec_create: sh" is found by "exec_create" and by "exec_create: sh".
bool action_match(const Event& event, const FilterArgs& filters) {
  if (filters.exact_match("event", event.action)) return true;
  return filters.exact_match("event", event.action.substr(0, event.action.find(':')));
}

std::string without_tag(const std::string& reference) {
  const size_t colon = reference.rfind(':');
  const bool tagged = colon != std::string::npos && reference.find('/', colon) == std::string::npos;
  return tagged ? reference.substr(0, colon) : reference;
}

/// An image by id or name, with or without its tag; for containers the image they were made from.
bool image_match(const Event& event, const FilterArgs& filters) {
  if (!filters.has("image")) return true;
  const std::string name = attribute(event, event.type == "image" ? "name" : "image");
  for (const std::string& value : {event.actor_id, name})
    if (filters.exact_match("image", value) || filters.exact_match("image", without_tag(value)))
      return true;
  return false;
}

}  // namespace

void check_event_filters(const FilterArgs& filters) {
  filters.allow({"config", "container", "daemon", "event", "image", "label", "network", "node",
                 "plugin", "scope", "secret", "service", "type", "volume"});
}

bool event_wanted(const Event& event, const FilterArgs& filters) {
  if (filters.empty()) return true;
  if (!filters.exact_match("type", event.type) || !filters.exact_match("scope", "local") ||
      !action_match(event, filters) || !image_match(event, filters) ||
      !filters.labels_match(event.attributes))
    return false;
  const std::string name = attribute(event, "name");
  return std::all_of(kActorKeys.begin(), kActorKeys.end(), [&](std::string_view key) {
    return !filters.has(key) || prefix_match(filters, key, event.actor_id) ||
           prefix_match(filters, key, name);
  });
}

}  // namespace gantry::domain
