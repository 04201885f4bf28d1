// The mounts of a new container: what the request names, what VolumesFrom brings, and an anonymous
// volume for each VOLUME path that is left (behaviours.md 5.3, 4.9, 12.4). Any thread.
#pragma once

#include <vector>

#include "core/domain/container_request.hpp"
#include "core/services/volumes/volumes.hpp"
#include "core/services/world/container_settings.hpp"
#include "core/state/container_store.hpp"

namespace gantry::services {

/// Decides only; names of anonymous volumes are already chosen. `config` is merged with the image.
/// Throws Error{invalid} for missing bind sources and VolumesFrom containers, Error{permission} for
/// refused binds.
std::vector<domain::MountPoint> plan_mounts(const domain::CreateRequest& request,
                                            const state::ContainerStore& store,
                                            const ContainerSettings& settings);

/// Makes the planned mounts' volumes exist, refers to them in the container's name and fills their
/// sources.
void create_volumes(domain::ContainerRecord& record, Volumes& volumes);

/// Drops the references; with `remove_anonymous` the container's own volumes go when nobody else
/// uses them. Never throws: logs.
void release_volumes(const domain::ContainerRecord& record, Volumes& volumes,
                     bool remove_anonymous) noexcept;

}  // namespace gantry::services
