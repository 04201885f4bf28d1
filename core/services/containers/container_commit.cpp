#include "core/services/containers/container_commit.hpp"

#include "core/base/api_version.hpp"
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"
#include "core/base/text.hpp"
#include "core/build/config_instruction.hpp"
#include "core/domain/container_config.hpp"
#include "core/domain/container_request.hpp"
#include "core/images/manifest.hpp"
#include "core/services/containers/container_pause.hpp"
#include "core/services/images/root_layer.hpp"
#include "core/services/world/container_events.hpp"

namespace gantry::services {
namespace {

images::ImageDefaults image_part(const domain::Config& config) {
  images::ImageDefaults part;
  part.cmd = config.cmd;
  part.entrypoint = config.entrypoint;
  part.env = config.env;
  part.working_dir = config.working_dir;
  part.user = config.user;
  part.labels = config.labels;
  part.exposed_ports.assign(config.exposed_ports.begin(), config.exposed_ports.end());
  if (config.volumes) part.volumes.assign(config.volumes->begin(), config.volumes->end());
  part.stop_signal = config.stop_signal;
  if (!config.healthcheck.empty()) part.healthcheck_json = config.healthcheck;
  part.shell = config.shell;
  if (config.on_build) part.on_build = *config.on_build;
  part.args_escaped = config.args_escaped;
  return part;
}

/// What clients before API 1.45 are shown of the container that an image was made of.
std::string container_config(const domain::Config& config) {
  json::Writer out;
  out.begin_object();
  out.field("Hostname", config.hostname).field("Domainname", config.domainname);
  out.field("AttachStdin", config.attach_stdin)
      .field("AttachStdout", config.attach_stdout)
      .field("AttachStderr", config.attach_stderr);
  out.field("Tty", config.tty)
      .field("OpenStdin", config.open_stdin)
      .field("StdinOnce", config.stdin_once)
      .field("Image", config.image);
  images::write_defaults(out, image_part(config));
  out.end_object();
  return out.take();
}

void check_committable(const domain::ContainerRecord& record) {
  if (record.state.dead)
    throw Error(Errc::conflict, "You cannot commit container " + record.id + " which is Dead");
  if (record.removing)
    throw Error(Errc::conflict,
                "You cannot commit container " + record.id + " which is being removed");
}

}  // namespace

images::ImageConfig ContainerCommit::config_of(const Request& request,
                                               const domain::ContainerRecord& record,
                                               const images::ImageRecord& parent) {
  images::ImageConfig config =
      images::parse_image_config(images_.blobs.read(parent.config.digest, images::kMaxConfigBytes));
  images::ImageDefaults wanted = image_part(request.config ? *request.config : record.config);
  build::apply_changes(request.changes, wanted);
  const auto above = json::Document::parse(images::write_defaults(wanted));
  const auto below = json::Document::parse(images::write_defaults(image_part(record.config)));
  domain::Config merged = domain::read_config(above.root(), kNewestApiMinor);
  domain::merge_image_config(merged, below.root());
  config.defaults = image_part(merged);
  config.created = now_nanos();
  config.author = request.author;
  config.comment = request.comment;
  config.container = record.id;
  config.container_config = container_config(record.config);
  images::HistoryEntry entry;
  entry.created = config.created;
  entry.created_by = text::join(record.config.cmd.value_or(std::vector<std::string>{}), " ");
  entry.author = request.author;
  entry.comment = request.comment;
  config.history.push_back(std::move(entry));
  return config;
}

// Somebody else may have paused it, or it has ended, since the caller looked: no reason to fail.
bool ContainerCommit::try_pause(const std::string& id) {
  try {
    pause_.pause(id);
    return true;
  } catch (const Error& error) {
    if (error.code() != Errc::conflict) throw;
    return false;
  }
}

std::optional<images::IncomingBlob> ContainerCommit::read_changes(
    const domain::ContainerRecord& record, bool pause, const std::stop_token& stop) {
  const bool paused =
      pause && record.state.status == domain::Status::running && try_pause(record.id);
  const ScopeGuard resume([&] {
    if (!paused) return;
    try {
      pause_.resume(record.id);
    } catch (const Error& error) {
      log::warn("container " + record.id + ": " + error.what());
    }
  });
  auto layer = read_layer(runtime_, images_.blobs, record.id, stop);
  // Files that a removal took away meanwhile are missing without an error.
  const auto now = store_.find_id(record.id);
  if (!now) throw Error(Errc::conflict, "container " + record.id + " was removed meanwhile");
  check_committable(now->record);
  return layer;
}

std::string ContainerCommit::run(const Request& request, const std::stop_token& stop) {
  const state::ContainerPtr container = store_.get(request.container);
  const domain::ContainerRecord& record = container->record;
  check_committable(record);
  const images::PinnedImage parent = images_.store.pin(record.image_id);
  ImageAssembly::Request image;
  image.config = config_of(request, record, *parent.image);
  image.parent = parent.image.get();
  image.name = request.name;
  image.event = "create";
  if (auto layer = read_changes(record, request.pause, stop))
    image.layer.emplace(RootLayer{std::move(*layer), {}});
  image.config.history.back().empty_layer = !image.layer;
  const images::PinnedImage made = images_.assembly.run(std::move(image), stop);
  publish_container_event(
      events_, record, "commit",
      {{"comment", request.comment},
       {"imageID", made->id},
       {"imageRef", request.name ? request.name->with_default_tag().familiar() : std::string()}});
  return made->id;
}

}  // namespace gantry::services
