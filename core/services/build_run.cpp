#include "core/services/build_run.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/context_name.hpp"
#include "core/build/parser_directives.hpp"
#include "core/build/run_instruction.hpp"
#include "core/services/build_command.hpp"
#include "core/services/build_root.hpp"
#include "core/services/root_layer.hpp"
#include "core/services/unfinished_step.hpp"

namespace gantry::services {
namespace {

constexpr std::string_view kScratch = "scratch";

}  // namespace

BuildRun::BuildRun(const BuildWorld& world, const BuildRequest& request, BuildContext& context,
                   BuildOutput& output, std::stop_token stop)
    : world_(world),
      request_(request),
      output_(output),
      stop_(std::move(stop)),
      context_(context),
      dockerfile_(build::parse_dockerfile(context.dockerfile)),
      plan_(build::split_stages(dockerfile_)),
      target_(build::target_stage(plan_, request.target)),
      platform_(request.platform.value_or(images::host_platform())),
      arguments_(request.arguments, build::platform_arguments(platform_, images::host_platform())),
      cache_{request.use_cache, request.cache_from},
      stage_(world.images, cache_, request.buildkit_rules ? &world.turns : nullptr,
             request.created),
      files_({world.runtime, world.images.blobs, context, request.buildkit_rules, world.directory,
              world.registry, [this](const std::string& name) { return find_source(name); }},
             output, stop_),
      mount_world_{world.runtime,   world.images.blobs,
                   world.caches,    context,
                   world.directory, [this](const std::string& name) { return find_source(name); },
                   world.secrets,   request.secret},
      steps_(plan_.steps(target_ + 1) + request.labels.size()) {
  stage_.words().escape = dockerfile_.escape;
}

images::PinnedImage BuildRun::run() {
  if (request_.buildkit_rules && !dockerfile_.syntax.empty())
    build::check_syntax(dockerfile_.syntax);
  for (const std::string& warning : dockerfile_.warnings) output_.warn(warning);
  declare_global_arguments();
  find_needed();
  if (request_.pull_caches) pull_caches();
  made_.resize(target_ + 1);
  for (stage_index_ = 0; stage_index_ <= target_; ++stage_index_)
    if (needed_[stage_index_]) run_stage(stage_index_);
  for (const auto& [key, value] : request_.labels) label(key, value);
  return finish();
}

void BuildRun::find_needed() {
  needed_.assign(target_ + 1, true);
  if (!request_.buildkit_rules) return;
  const auto expand = [&](const std::string& name) {
    return build::dockerfile_word(name, arguments_.global_words(), dockerfile_.escape);
  };
  const auto is_given = [&](const std::string& name) {
    return request_.named_images.contains(build::context_name(name)) ||
           context_.find(name) != nullptr;
  };
  needed_ = build::needed_stages(plan_, target_, expand, is_given);
}

// One that is not there, or not to be had, is no cache; that is all.
void BuildRun::pull_caches() {
  for (const std::string& name : request_.cache_from) {
    try {
      if (world_.images.store.find_pinned(name).image) continue;
      output_.warn("importing cache from " + name);
      pull(name, platform_);
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) throw;
      output_.warn("cache " + name + ": " + error.what());
    }
  }
}

void BuildRun::show_step(const build::Instruction& instruction) {
  output_.step({++step_, steps_, instruction.text, instruction.line, instruction.last_line});
}

void BuildRun::declare_global_arguments() {
  for (const build::Instruction& instruction : plan_.global_args) {
    show_step(instruction);
    for (const build::Argument& argument :
         build::parse_arguments(instruction, arguments_.global_words(), dockerfile_.escape))
      arguments_.declare_global(argument.name, argument.value);
  }
}

void BuildRun::show_stage(const build::Stage& stage) {
  std::vector<std::string> names{stage.from.name};
  for (const build::Instruction& instruction : stage.instructions)
    names.push_back(instruction.name);
  const std::string number = "stage-" + std::to_string(stage_index_);
  output_.stage(plan_.stages.size() == 1 ? "" : stage.name.empty() ? number : stage.name, names);
}

void BuildRun::run_stage(std::size_t index) {
  const build::Stage& stage = plan_.stages[index];
  show_stage(stage);
  arguments_.begin_stage();
  const auto& uncached = request_.uncached_stages;
  cache_.use = request_.use_cache &&
               std::find(uncached.begin(), uncached.end(), stage.name) == uncached.end();
  show_step(stage.from);
  from(stage, index);
  if (!stage_.defaults().on_build.empty() && run_left_out(index)) {
    // It begins anew: there is one stage at a time.
    arguments_.begin_stage();
    from(stage, index);
  }
  run_triggers();
  for (const build::Instruction& instruction : stage.instructions) {
    if (stop_.stop_requested()) throw Error(Errc::cancelled, "context canceled");
    show_step(instruction);
    execute(instruction);
  }
  const std::string id = stage_.image_id();
  if (!id.empty()) made_[index] = world_.images.store.pin(id);
}

// A trigger of the base may take from any stage in front of this one.
bool BuildRun::run_left_out(std::size_t index) {
  bool any = false;
  for (std::size_t earlier = 0; earlier < index; ++earlier) {
    if (needed_[earlier]) continue;
    any = needed_[earlier] = true;
    stage_index_ = earlier;
    run_stage(earlier);
  }
  stage_index_ = index;
  return any;
}

void BuildRun::from(const build::Stage& stage, std::size_t index) {
  const auto word = [&](const std::string& text) {
    return build::dockerfile_word(text, arguments_.global_words(), dockerfile_.escape);
  };
  const std::string base = word(stage.base);
  if (base.empty())
    throw Error(Errc::invalid, "base name (" + stage.base + ") should not be blank");
  const std::string platform_text = word(stage.platform);
  const images::Platform platform =
      platform_text.empty() ? platform_ : images::parse_platform(platform_text);
  const bool is_named = request_.named_images.contains(build::context_name(base));
  if (!is_named && context_.find(base) != nullptr)
    throw Error(Errc::unsupported,
                "context " + base + ": a directory as the base of a stage is not supported");
  const int earlier = is_named ? -1 : build::find_stage(plan_, base, index);
  if (base == kScratch) {
    stage_.begin({}, platform);
  } else if (earlier >= 0 && !text::to_int(base)) {
    const images::PinnedImage& made = made_[static_cast<std::size_t>(earlier)];
    stage_.begin(made.image ? world_.images.store.pin(made->id) : images::PinnedImage(), platform);
  } else {
    stage_.begin(find_base(base, platform), platform);
  }
  output_.note(images::short_id(stage_.image_id()));
}

images::PinnedImage BuildRun::find_base(const std::string& wanted,
                                        const images::Platform& platform) {
  const auto named = request_.named_images.find(build::context_name(wanted));
  const std::string& name = named == request_.named_images.end() ? wanted : named->second;
  // One name means one image for a whole build.
  std::string& id = bases_[name + " " + platform.str()];
  if (!id.empty()) return world_.images.store.pin(id);
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
    pull(name, platform);
    base = world_.images.store.pin(name);
  }
  id = base->id;
  return base;
}

void BuildRun::pull(const std::string& name, const images::Platform& platform) {
  ImagePull::Request request;
  request.reference = images::parse_reference(name).with_default_tag();
  if (request_.platform || platform != platform_) request.platform = platform;
  if (request_.login) request.auth = request_.login(request.reference.domain);
  const auto write = [this](std::string_view line) {
    output_.progress(line);
    return true;
  };
  world_.images.pull.run(request, {write, Peer()}, stop_);
}

images::PinnedImage BuildRun::find_source(const std::string& name) {
  const auto refuse = [&](const std::string& why) {
    throw Error(Errc::invalid, "invalid from flag value " + name + ": " + why);
  };
  if (name == kScratch) refuse("'scratch' is a reserved name");
  const bool is_named = request_.named_images.contains(build::context_name(name));
  const int earlier = is_named ? -1 : build::find_stage(plan_, name, stage_index_);
  if (earlier < 0) {
    if (!is_named && text::to_int(name)) refuse("index out of bounds");
    try {
      return find_base(name, platform_);
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) throw;
      refuse(error.what());
    }
  }
  if (!needed_[static_cast<std::size_t>(earlier)]) refuse("that stage was left out");
  const images::PinnedImage& made = made_[static_cast<std::size_t>(earlier)];
  return made.image ? world_.images.store.pin(made->id) : images::PinnedImage();
}

void BuildRun::run_triggers() {
  const std::vector<std::string> triggers = stage_.defaults().on_build;
  if (triggers.empty()) return;
  output_.warn("# Executing " + std::to_string(triggers.size()) +
               (triggers.size() == 1 ? " build trigger" : " build triggers"));
  stage_.forget_triggers();
  for (const std::string& trigger : triggers)
    execute(build::parse_instruction(trigger, dockerfile_.escape));
}

void BuildRun::execute(const build::Instruction& instruction) {
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

void BuildRun::argument(const build::Instruction& instruction) {
  std::string told = " ARG";
  for (const build::Argument& argument :
       build::parse_arguments(instruction, words(), dockerfile_.escape)) {
    arguments_.declare(argument.name, argument.value);
    told += " " + argument.name + (argument.value ? "=" + *argument.value : "");
  }
  keep(stage_.next(BuildStage::told(stage_.defaults(), told)));
}

void BuildRun::maintainer(const build::Instruction& instruction) {
  BuildStage::Step step =
      stage_.next(BuildStage::told(stage_.defaults(), " MAINTAINER " + instruction.rest));
  step.author = instruction.rest;
  keep(step);
}

void BuildRun::configure(const build::Instruction& instruction) {
  BuildStage::Step step = stage_.next({});
  const std::string told =
      build::apply_instruction(instruction, words(), stage_.words(), step.defaults);
  const bool makes_files = instruction.name == "WORKDIR";
  step.built_by = BuildStage::told(step.defaults, (makes_files ? "" : " ") + told);
  if (!makes_files) return keep(step);
  if (stage_.use_cached(step, stop_)) return output_.cached();
  files_.make_work_directory(step, stage_);
}

void BuildRun::keep(const BuildStage::Step& step) {
  if (stage_.use_cached(step, stop_)) return output_.cached();
  stage_.commit(step, std::nullopt, stop_);
}

// One of the request's labels, as an instruction at the end.
void BuildRun::label(const std::string& key, const std::string& value) {
  const std::string text = "LABEL " + key + "=" + value;
  output_.step({++step_, steps_, text});
  BuildStage::Step step = stage_.next(BuildStage::told(stage_.defaults(), " " + text));
  step.defaults.labels[key] = value;
  keep(step);
  output_.note(images::short_id(stage_.image_id()));
}

void BuildRun::command(const build::Instruction& instruction) {
  const build::RunInstruction run =
      build::parse_run(instruction, stage_.defaults(), words(), dockerfile_.escape);
  const std::vector<std::string>& env = stage_.defaults().env;
  const build::Environment arguments = arguments_.for_history(env);
  if (stage_.image_id().empty()) {
    // A container needs an image: one of nothing.
    const BuildStage::Step nothing = stage_.next("FROM scratch");
    if (!stage_.use_cached(nothing, stop_)) stage_.commit(nothing, std::nullopt, stop_);
  }
  if (run.network == "host" && !request_.host_network)
    throw Error(Errc::permission, "network.host is not allowed");
  refuse_ssh(run);
  BuildMounts mounts(mount_world_, run.mounts, stop_);
  const auto describe = [&](ClientFiles::Need need) {
    const std::string digests = mounts.digests(need);
    BuildStage::Step step = stage_.next(run.history(arguments));
    if (!digests.empty()) step.built_by += " # mounted: " + digests;
    step.identity = run.identity(arguments, digests);
    return step;
  };
  const bool may_be_cached = stage_.may_be_cached();
  BuildStage::Step step =
      describe(may_be_cached ? ClientFiles::Need::digests : ClientFiles::Need::contents);
  if (stage_.use_cached(step, stop_)) return output_.cached();
  if (may_be_cached && !run.mounts.empty()) {
    const std::string before = std::exchange(step, describe(ClientFiles::Need::contents)).key();
    // The client has changed its files in this moment.
    if (step.key() != before && stage_.use_cached(step, stop_)) return output_.cached();
  }
  const std::vector<domain::MountPoint> points = mounts.make();
  BuildCommand command(
      world_.containers,
      {stage_.image_id(), run.argv, arguments_.for_command(env), request_.host_config,
       run.network.empty() ? request_.network_mode : run.network, points, mounts.variables()});
  UnfinishedStep unfinished(world_.store.journal(), command.id());
  try {
    mounts.note_missing(command.id());
    output_.note("Running in " + images::short_id(command.id()));
    run_command(step, run, mounts, command);
  } catch (const std::exception&) {
    if ((request_.force_remove || stop_.stop_requested()) && !command.remove()) unfinished.keep();
    throw;
  }
  if (!request_.remove) return;
  command.remove();
  output_.note("Removed intermediate container " + images::short_id(command.id()));
}

// An agent that the client gives, and that the command would not find.
void BuildRun::refuse_ssh(const build::RunInstruction& run) const {
  for (const build::RunMount& mount : run.mounts)
    if (mount.kind == build::RunMount::Kind::ssh &&
        (mount.required || (request_.gives_agent && request_.gives_agent(mount.id))))
      throw Error(Errc::unsupported, "--mount: type ssh is not supported");
}

void BuildRun::run_command(const BuildStage::Step& step, const build::RunInstruction& run,
                           BuildMounts& mounts, BuildCommand& command) {
  const int code = command.run(
      [this](int stream, std::string_view text) { output_.command(stream, text); }, stop_);
  if (code != 0) {
    output_.failed();
    throw BuildFailure(text::join(run.argv, " "), code);
  }
  // Nobody removes the container while its changes are read.
  const state::Lease lease = world_.leases.take(command.id());
  const state::ContainerPtr container = world_.store.find_id(command.id());
  if (!container || container->record.removing || container->record.state.dead)
    throw Error(Errc::conflict, "container " + command.id() + " was removed during the build");
  stage_.commit(
      step,
      mounts.without_places(read_layer(world_.runtime, world_.images.blobs, command.id(), stop_)),
      stop_);
}

images::PinnedImage BuildRun::finish() {
  const std::vector<std::string> unused = arguments_.unused();
  if (!unused.empty())
    output_.warn("[Warning] One or more build-args [" + text::join(unused, " ") +
                 "] were not consumed");
  const std::string id = stage_.image_id();
  if (id.empty()) throw Error(Errc::invalid, "No image was generated. Is your Dockerfile empty?");
  // Nobody is told of an image that has not got its names yet.
  for (const images::Reference& name : request_.names) world_.images.tag.run(id, name.str(), {});
  output_.built(id);
  for (const images::Reference& name : request_.names)
    output_.tagged(name.with_default_tag().familiar());
  return world_.images.store.pin(id);
}

}  // namespace gantry::services
