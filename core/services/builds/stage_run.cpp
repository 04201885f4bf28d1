#include "core/services/builds/stage_run.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/build/context_name.hpp"
#include "core/services/builds/unfinished_step.hpp"
#include "core/services/images/root_layer.hpp"

namespace gantry::services {
namespace {

constexpr std::string_view kScratch = "scratch", kAgent = "SSH_AUTH_SOCK=";

/// An agent's socket that the image names itself goes before the client's.
std::vector<std::string> variables_of(const BuildMounts& mounts,
                                      const std::vector<std::string>& env) {
  const auto is_agent = [](const std::string& variable) { return variable.starts_with(kAgent); };
  std::vector<std::string> variables = mounts.variables();
  if (std::any_of(env.begin(), env.end(), is_agent)) std::erase_if(variables, is_agent);
  return variables;
}

/// What a command gets besides the image's own variables.
build::Environment environment_of(const build::Arguments& arguments,
                                  const std::vector<std::string>& env, bool has_host_name) {
  build::Environment variables = arguments.for_command(env);
  const auto names_host = [](const std::string& variable) {
    return variable.starts_with("HOSTNAME=");
  };
  // A name alone takes a variable away that every container has.
  if (!has_host_name && std::none_of(env.begin(), env.end(), names_host) &&
      std::none_of(variables.begin(), variables.end(), names_host))
    variables.emplace_back("HOSTNAME");
  return variables;
}

bool uses_cache(const BuildRequest& request, const build::Stage& stage) {
  const auto& uncached = request.uncached_stages;
  return request.use_cache &&
         std::find(uncached.begin(), uncached.end(), stage.name) == uncached.end();
}

}  // namespace

StageRun::StageRun(const Build& build, std::size_t index, build::Arguments arguments,
                   BuildOutput& output, std::stop_token stop)
    : build_(build),
      world_(build.world),
      request_(build.request),
      index_(index),
      plan_(build.plan.stages[index]),
      arguments_(std::move(arguments)),
      output_(output),
      stop_(std::move(stop)),
      cache_{uses_cache(request_, plan_), request_.cache_from,
             !request_.buildkit_rules && !request_.cache_from.empty()},
      stage_(world_.images, cache_, request_.buildkit_rules ? &world_.turns : nullptr,
             request_.created),
      files_({world_.runtime, world_.images.blobs, build.context, request_.buildkit_rules,
              world_.directory, world_.secrets, world_.registry, request_,
              [this](const std::string& name) { return find_source(name); }},
             output_, stop_),
      mount_world_{world_.runtime,   world_.images.blobs,
                   world_.caches,    build.context,
                   world_.directory, [this](const std::string& name) { return find_source(name); },
                   world_.secrets,   request_} {
  stage_.words().escape = build.dockerfile.escape;
}

images::PinnedImage StageRun::run() {
  show();
  build_.show_step(plan_.from, output_);
  from();
  run_triggers();
  for (const build::Instruction& instruction : plan_.instructions) {
    if (stop_.stop_requested()) throw Error(Errc::cancelled, "context canceled");
    build_.show_step(instruction, output_);
    execute(instruction);
  }
  return image();
}

images::PinnedImage StageRun::image() const {
  const std::string id = stage_.image_id();
  return id.empty() ? images::PinnedImage() : world_.images.store.pin(id);
}

void StageRun::show() {
  std::vector<std::string> names{plan_.from.name};
  for (const build::Instruction& instruction : plan_.instructions)
    names.push_back(instruction.name);
  const std::string number = "stage-" + std::to_string(index_);
  output_.stage(build_.plan.stages.size() == 1 ? ""
                : plan_.name.empty()           ? number
                                               : plan_.name,
                names);
}

void StageRun::from() {
  const auto word = [&](const std::string& text) {
    return build::dockerfile_word(text, arguments_.global_words(), build_.dockerfile.escape);
  };
  const std::string base = word(plan_.base);
  if (base.empty())
    throw Error(Errc::invalid, "base name (" + plan_.base + ") should not be blank");
  const std::string platform_text = word(plan_.platform);
  const images::Platform platform =
      platform_text.empty() ? build_.platform : images::parse_platform(platform_text);
  const bool is_named = request_.named_images.contains(build::context_name(base));
  if (!is_named && build_.context.find(base) != nullptr)
    throw Error(Errc::unsupported,
                "context " + base + ": a directory as the base of a stage is not supported");
  const int earlier = is_named ? -1 : build::find_stage(build_.plan, base, index_);
  if (base == kScratch)
    stage_.begin({}, platform);
  else if (earlier >= 0 && !text::to_int(base))
    stage_.begin(build_.made(static_cast<std::size_t>(earlier)), platform);
  else
    stage_.begin(build_.bases.find(base, platform, output_), platform);
  output_.note(images::short_id(stage_.image_id()));
}

images::PinnedImage StageRun::find_source(const std::string& name) {
  const auto refuse = [&](const std::string& why) {
    throw Error(Errc::invalid, "invalid from flag value " + name + ": " + why);
  };
  if (name == kScratch) refuse("'scratch' is a reserved name");
  const bool is_named = request_.named_images.contains(build::context_name(name));
  const int earlier = is_named ? -1 : build::find_stage(build_.plan, name, index_);
  const auto number = text::to_int(name);
  if (earlier < 0 && !is_named && number)
    refuse(*number == static_cast<std::int64_t>(index_) ? "refers to current build stage"
                                                        : "index out of bounds");
  try {
    if (earlier >= 0) return build_.made(static_cast<std::size_t>(earlier));
    return build_.bases.find(name, build_.platform, output_);
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
    refuse(error.what());
  }
  return {};
}

void StageRun::run_triggers() {
  const std::vector<std::string> triggers = stage_.defaults().on_build;
  if (triggers.empty()) return;
  output_.warn("# Executing " + std::to_string(triggers.size()) +
               (triggers.size() == 1 ? " build trigger" : " build triggers"));
  stage_.forget_triggers();
  std::vector<build::Instruction> instructions;
  for (const std::string& trigger : triggers)
    instructions.push_back(build::parse_instruction(trigger, build_.dockerfile.escape));
  build_.need(index_, instructions);
  for (const build::Instruction& instruction : instructions) execute(instruction);
}

void StageRun::execute(const build::Instruction& instruction) {
  const std::string& name = instruction.name;
  if (name == "ARG")
    argument(instruction);
  else if (name == "RUN")
    command(instruction);
  else if (name == "COPY" || name == "ADD")
    files_.copy(instruction, words(), stage_);
  else if (name == "MAINTAINER")
    maintainer(instruction);
  else
    configure(instruction);
  output_.note(images::short_id(stage_.image_id()));
}

void StageRun::argument(const build::Instruction& instruction) {
  std::string told = " ARG";
  for (const build::Argument& argument :
       build::parse_arguments(instruction, words(), build_.dockerfile.escape)) {
    arguments_.declare(argument.name, argument.value);
    told += " " + argument.name + (argument.value ? "=" + *argument.value : "");
  }
  keep(stage_.next(BuildStage::told(stage_.defaults(), told)));
}

void StageRun::maintainer(const build::Instruction& instruction) {
  BuildStage::Step step =
      stage_.next(BuildStage::told(stage_.defaults(), " MAINTAINER " + instruction.rest));
  step.author = instruction.rest;
  keep(step);
}

void StageRun::configure(const build::Instruction& instruction) {
  BuildStage::Step step = stage_.next({});
  const std::string told =
      build::apply_instruction(instruction, words(), stage_.words(), step.defaults);
  const bool makes_files = instruction.name == "WORKDIR";
  step.built_by = BuildStage::told(step.defaults, (makes_files ? "" : " ") + told);
  if (!makes_files) return keep(step);
  if (stage_.use_cached(step, stop_)) return output_.cached();
  files_.make_work_directory(step, stage_);
}

void StageRun::keep(const BuildStage::Step& step) {
  if (stage_.use_cached(step, stop_)) return output_.cached();
  stage_.commit(step, std::nullopt, stop_);
}

images::PinnedImage StageRun::label(const std::string& key, const std::string& value) {
  build::Instruction instruction;
  instruction.text = "LABEL " + key + "=" + value;
  build_.show_step(instruction, output_);
  BuildStage::Step step = stage_.next(BuildStage::told(stage_.defaults(), " " + instruction.text));
  step.defaults.labels[key] = value;
  keep(step);
  output_.note(images::short_id(stage_.image_id()));
  return image();
}

void StageRun::command(const build::Instruction& instruction) {
  const build::RunInstruction run =
      build::parse_run(instruction, stage_.defaults(), words(), build_.dockerfile.escape);
  if (run.argv.empty() && request_.buildkit_rules)
    throw Error(Errc::invalid, "arguments are required");
  const std::vector<std::string>& env = stage_.defaults().env;
  if (stage_.image_id().empty()) {
    // A container needs an image: one of nothing.
    const BuildStage::Step nothing = stage_.next("FROM scratch");
    if (!stage_.use_cached(nothing, stop_)) stage_.commit(nothing, std::nullopt, stop_);
  }
  if (run.network == "host" && !request_.host_network)
    throw Error(Errc::permission, "network.host is not allowed");
  BuildMounts mounts(mount_world_, run.mounts, stop_);
  const bool may_be_cached = stage_.may_be_cached();
  BuildStage::Step step = describe(
      run, mounts, may_be_cached ? ClientFiles::Need::digests : ClientFiles::Need::contents);
  if (stage_.use_cached(step, stop_)) return output_.cached();
  if (may_be_cached && !run.mounts.empty()) {
    const std::string before =
        std::exchange(step, describe(run, mounts, ClientFiles::Need::contents)).key();
    // The client has changed its files in this moment.
    if (step.key() != before && stage_.use_cached(step, stop_)) return output_.cached();
  }
  const std::vector<domain::MountPoint> points = mounts.make();
  // Noted before it is there: a crash leaves no container that nobody knows.
  UnfinishedStep unfinished(world_.store.journal(), random_hex());
  // With BuildKit the container's name does not get into what a command makes, and what it writes
  // where the image has a volume belongs to the image.
  BuildCommand command(
      world_.containers,
      {stage_.image_id(), run.argv, environment_of(arguments_, env, !request_.buildkit_rules),
       request_.host_config, run.network.empty() ? request_.network_mode : run.network, points,
       variables_of(mounts, env), unfinished.id(), !request_.buildkit_rules});
  bool is_spent = false;
  try {
    mounts.note_missing(command.id());
    output_.note("Running in " + images::short_id(command.id()));
    run_command(step, run, mounts, command, is_spent);
  } catch (const std::exception&) {
    if (request_.force_remove || is_spent || stop_.stop_requested()) {
      if (!command.remove())
        unfinished.keep();
      else if (request_.force_remove && !request_.buildkit_rules)
        tell_removed(command);
    }
    throw;
  }
  if (!request_.remove) return;
  if (!command.remove()) return unfinished.keep();
  tell_removed(command);
}

void StageRun::tell_removed(const BuildCommand& command) {
  output_.note("Removed intermediate container " + images::short_id(command.id()));
}

BuildStage::Step StageRun::describe(const build::RunInstruction& run, BuildMounts& mounts,
                                    ClientFiles::Need need) const {
  const build::Environment arguments = arguments_.for_history(stage_.defaults().env);
  const std::string digests = mounts.digests(need);
  BuildStage::Step step = stage_.next(run.history(arguments));
  if (!digests.empty()) step.built_by += " # mounted: " + digests;
  step.identity = run.identity(arguments, digests);
  return step;
}

void StageRun::run_command(const BuildStage::Step& step, const build::RunInstruction& run,
                           BuildMounts& mounts, BuildCommand& command, bool& is_spent) {
  const int code = command.run(
      [this](int stream, std::string_view text) { output_.command(stream, text); }, stop_);
  if (code != 0) throw BuildFailure(text::join(run.argv, " "), code);
  // Nobody removes the container while its changes are read.
  const state::Lease lease = world_.leases.take(command.id());
  const state::ContainerPtr container = world_.store.find_id(command.id());
  if (!container || container->record.removing || container->record.state.dead)
    throw Error(Errc::conflict, "container " + command.id() + " was removed during the build");
  auto layer = take_layer(world_.runtime, world_.images.blobs, command.id(), stop_);
  if (layer && !request_.remove) layer->root.clear();  // whoever wants to look finds all of it
  is_spent = layer && !layer->root.empty();
  stage_.commit(step, mounts.without_places(std::move(layer)), stop_);
}

}  // namespace gantry::services
