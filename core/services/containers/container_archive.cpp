#include "core/services/containers/container_archive.hpp"

#include "core/base/error.hpp"
#include "core/base/scope_guard.hpp"
#include "core/domain/archive_path.hpp"
#include "core/domain/go_file_mode.hpp"
#include "core/json/writer.hpp"
#include "core/services/base/piped_call.hpp"
#include "core/services/base/user_lookup.hpp"
#include "core/services/start/view_mounts.hpp"
#include "core/services/world/container_events.hpp"

namespace gantry::services {
namespace {

constexpr std::uint32_t kTypeMask = 0170000, kDirectory = 0040000;

/// Runs one step for a container; a file that is not there is told in Docker's words.
template <class Step>
auto looking_for(const ContainerWorld& world, const std::string& id, const std::string& path,
                 const std::string& reference, Step&& step) {
  try {
    return step();
  } catch (const Error& error) {
    if (error.code() != Errc::not_found && error.code() != Errc::internal) throw;
    const state::ContainerPtr now = world.store.find_id(id);
    if (!now || (now->record.removing && !now->record.state.dead))
      throw Error(Errc::not_found, "No such container: " + reference);
    if (error.code() != Errc::not_found) throw;
    throw Error(Errc::not_found, "Could not find the file " + path + " in container " + reference);
  }
}

/// True when the run of the container that a call began with is over and another one may write to
/// the same root.
std::function<bool()> run_is_over(const ContainerWorld& world,
                                  const domain::ContainerRecord& record) {
  return [&world, id = record.id, started_at = record.state.started_at] {
    const state::ContainerPtr now = world.store.find_id(id);
    return !now || now->record.state.started_at != started_at;
  };
}

}  // namespace

struct ContainerArchive::Found {
  pluginhost::PathInfo info;
  PathStat stat;
};

ContainerArchive::Found ContainerArchive::find(const domain::ContainerRecord& record,
                                               const std::string& path, bool follow) const {
  const ViewMounts mounts(world_, record);
  json::Writer request;
  request.begin_object().field("path", path).field("follow", follow);
  mounts.write(request);
  request.end_object();
  Found found{world_.runtime.archive_stat(record.id, request.text()), {}};
  const pluginhost::PathInfo& info = found.info;
  found.stat = {domain::archive_name(path), info.size, domain::go_file_mode(info.mode), info.mtime,
                info.link_target};
  return found;
}

PathStat ContainerArchive::stat(const std::string& reference, const std::string& path) const {
  const state::ContainerPtr container = world_.store.get(reference);
  return looking_for(world_, container->record.id, path, reference, [&] {
    const ContainerUses::Use use(uses_, container->record.id);
    return find(container->record, domain::archive_path(path), false).stat;
  });
}

void ContainerArchive::get(const std::string& reference, const std::string& path,
                           const std::function<void(const PathStat&)>& begin,
                           const std::function<bool(std::string_view)>& sink) const {
  const state::ContainerPtr container = world_.store.get(reference);
  const domain::ContainerRecord& record = container->record;
  looking_for(world_, record.id, path, reference, [&] {
    const ContainerUses::Use use(uses_, record.id);
    const std::string clean = domain::archive_path(path);
    const Found found = find(record, clean, false);
    const ViewMounts mounts(world_, record);
    json::Writer request;
    request.begin_object().field("path", clean).field("name", found.stat.name);
    mounts.write(request);
    request.end_object();
    bool begun = false;
    const auto call = [&](int fd, const pluginhost::Op& op) {
      world_.runtime.archive_get(record.id, request.text(), fd, op);
    };
    const bool all = read_from(call, [&](std::string_view piece) {
      // The head goes with the first bytes, so that an error before them has its status.
      if (!begun) begin(found.stat);
      begun = true;
      return sink(piece);
    });
    if (all) publish_container_event(world_.events, record, "archive-path");
  });
}

// Of a container that runs, others' copies are kept away; of another one everybody, since its root
// is mounted for the copy.
LeasedContainer ContainerArchive::lease_for_writing(const std::string& reference) const {
  const std::string id = world_.store.get(reference)->record.id;
  for (;;) {
    LeasedContainer found{copies_.take(id), world_.store.find_id(id)};
    if (!found.snapshot) throw Error(Errc::not_found, "No such container: " + reference);
    if (found.snapshot->record.state.running()) return found;
    found.lease.release();
    found = lease_container(world_, id);
    if (!found.snapshot->record.state.running()) return found;
  }
}

void ContainerArchive::put(const std::string& reference, const std::string& path,
                           const PutOptions& options,
                           const std::function<std::string_view()>& source) const {
  LeasedContainer leased = lease_for_writing(reference);
  const domain::ContainerRecord& record = leased.snapshot->record;
  looking_for(world_, record.id, path, reference, [&] {
    const ContainerUses::Use use(uses_, record.id);
    const std::string clean = domain::archive_path(path);
    const Found found = find(record, clean, true);
    if ((found.info.mode & kTypeMask) != kDirectory)
      throw Error(Errc::invalid, "extraction point is not a directory");
    domain::check_archive_target(record, found.info.path);
    const ViewMounts mounts(world_, record);
    json::Writer request;
    request.begin_object().field("path", clean).field("keep_kinds", options.keep_kinds);
    if (options.container_owner && !record.config.user.empty()) {
      const ResolvedUser user = look_up_user(world_.runtime, record.id, record.config.user, {});
      request.key("owner").begin_object().field("uid", user.uid).field("gid", user.gid);
      request.end_object();
    }
    mounts.write(request);
    request.end_object();
    const auto call = [&](int fd, const pluginhost::Op& op) {
      world_.runtime.archive_put(record.id, request.text(), fd, op);
    };
    const auto is_over = run_is_over(world_, record);
    const auto from_client = [&] {
      leased.lease.lasts();
      const ScopeGuard arrived([&] { leased.lease.lasts(false); });
      return source();
    };
    try {
      write_to(call, from_client, is_over);
    } catch (const Error& error) {
      if (error.code() != Errc::cancelled || !is_over()) throw;
      throw Error(Errc::conflict, "container " + record.id + " ended before all was copied");
    }
    publish_container_event(world_.events, record, "extract-to-dir");
  });
}

}  // namespace gantry::services
