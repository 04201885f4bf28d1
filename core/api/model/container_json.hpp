// Wire form of containers: pieces that list and inspect share. Pure; any thread.
#pragma once

#include <string>

#include "core/domain/container.hpp"
#include "core/json/writer.hpp"

namespace gantry::api {

/// NetworkSettings.Networks of list and inspect (behaviours.md 6.10).
void write_endpoints(json::Writer& w, const domain::ContainerRecord& record, int api_minor);
/// Mounts of list and inspect (6.8).
void write_mounts(json::Writer& w, const domain::ContainerRecord& record);
/// Ports of the list.
void write_port_list(json::Writer& w, const domain::ContainerRecord& record);
/// NetworkSettings.Ports of inspect.
void write_port_map(json::Writer& w, const domain::ContainerRecord& record);
/// State of inspect (6.6, 6.7).
void write_state(json::Writer& w, const domain::State& state);

}  // namespace gantry::api
