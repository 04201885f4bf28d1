#include "core/services/builds/build_run.hpp"

#include <algorithm>
#include <system_error>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/context_name.hpp"
#include "core/build/parser_directives.hpp"
#include "core/services/builds/build_check.hpp"
#include "core/services/images/image_events.hpp"

namespace gantry::services {
namespace {

// Stages at a time: most of them wait for a network or a disk for a good part of it.
constexpr std::size_t kStagesAtOnce = 8;

void tell(const build::CheckReport& report, BuildOutput& output) {
  for (const build::CheckWarning& warning : report.warnings()) output.checked(warning);
}

// What is in front of a mistake is told first.
template <typename Read>
auto read(const BuildRequest& request, const BuildContext& context, BuildOutput& output,
          Read&& work) {
  try {
    return work();
  } catch (const build::DockerfileError& error) {
    if (request.buildkit_rules)
      tell(beginning_report(request, context.dockerfile, error.line()), output);
    throw;
  }
}

}  // namespace

BuildRun::BuildRun(const BuildWorld& world, const BuildRequest& request, BuildContext& context,
                   BuildOutput& output, std::stop_token stop)
    : world_(world),
      request_(request),
      context_(context),
      output_(output),
      stop_(std::move(stop)),
      dockerfile_(read(request, context, output,
                       [&] { return build::parse_dockerfile(context.dockerfile); })),
      plan_(read(request, context, output, [&] { return build::split_stages(dockerfile_); })),
      target_(build::target_stage(plan_, request.target)),
      platform_(request.platform.value_or(images::host_platform())),
      arguments_(request.arguments, build::platform_arguments(platform_, images::host_platform())),
      bases_(world, request, platform_, halt_.get_token()),
      build_{world,
             request,
             context,
             dockerfile_,
             plan_,
             platform_,
             bases_,
             [this](std::size_t stage) { return made(stage); },
             [this](std::size_t stage, const auto& instructions) { need(stage, instructions); },
             [this](const build::Instruction& instruction, BuildOutput& shown) {
               show_step(instruction, shown);
             }},
      steps_(plan_.steps(target_ + 1) + request.labels.size()),
      stages_(target_ + 1) {}

images::PinnedImage BuildRun::run() {
  const std::stop_callback pass_on(stop_, [this] { halt_.request_stop(); });
  if (request_.buildkit_rules && !dockerfile_.syntax.empty())
    build::check_syntax(dockerfile_.syntax);
  if (!request_.buildkit_rules)
    for (const std::string& warning : dockerfile_.warnings) output_.warn(warning);
  if (request_.buildkit_rules) check();
  declare_global_arguments();
  if (request_.buildkit_rules) {
    const std::vector<bool> needed = find_needed(target_, {});
    for (std::size_t index = 0; index <= target_; ++index) stages_[index].is_needed = needed[index];
  }
  if (request_.pull_caches) bases_.pull_caches(output_);
  run_stages();
  return finish();
}

void BuildRun::check() {
  const build::CheckReport report =
      BuildCheck(world_, request_, context_, platform_, halt_.get_token()).run(dockerfile_, plan_);
  tell(report, output_);
  if (const std::string error = report.error(); !error.empty()) throw Error(Errc::invalid, error);
}

void BuildRun::declare_global_arguments() {
  for (const build::Instruction& instruction : plan_.global_args) {
    show_step(instruction, output_);
    for (const build::Argument& argument :
         build::parse_arguments(instruction, arguments_.global_words(), dockerfile_.escape))
      arguments_.declare_global(argument.name, argument.value);
  }
}

std::vector<bool> BuildRun::find_needed(std::size_t target,
                                        const std::vector<build::Instruction>& more) const {
  const auto expand = [&](const std::string& name) {
    return build::dockerfile_word(name, arguments_.global_words(), dockerfile_.escape);
  };
  const auto is_given = [&](const std::string& name) {
    return request_.named_images.contains(build::context_name(name)) ||
           context_.find(name) != nullptr;
  };
  return build::needed_stages(plan_, target, expand, is_given, more);
}

void BuildRun::show_step(const build::Instruction& instruction, BuildOutput& output) {
  output.step({++step_, steps_, instruction.text, instruction.line, instruction.last_line});
}

void BuildRun::run_stages() {
  used_.emplace(arguments_);
  const bool side_by_side = output_.part() != nullptr;
  const auto needed = static_cast<std::size_t>(std::count_if(
      stages_.begin(), stages_.end(), [](const Stage& stage) { return stage.is_needed; }));
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; side_by_side && i < std::min(needed, kStagesAtOnce); ++i) {
      try {
        others.emplace_back([this] { work(stages_.size()); });
      } catch (const std::system_error&) {  // no thread is to be had: those that are here do it all
        break;
      }
    }
    work(stages_.size());
  }
  if (!failure_) return;
  if (failed_) failed_->blame();
  std::rethrow_exception(failure_);
}

void BuildRun::work(std::size_t end) {
  while (const auto index = begin_next(end)) run_one(*index);
}

std::optional<std::size_t> BuildRun::begin_next(std::size_t end) {
  const std::lock_guard lock(mutex_);
  if (failure_) return std::nullopt;
  for (std::size_t index = 0; index < end; ++index) {
    Stage& stage = stages_[index];
    if (!stage.is_needed || stage.has_begun) continue;
    stage.has_begun = true;
    return index;
  }
  return std::nullopt;
}

void BuildRun::run_one(std::size_t index) {
  std::unique_ptr<BuildOutput> part = output_.part();
  try {
    run_one(index, part ? *part : output_);
  } catch (...) {
    fail(std::current_exception(), std::move(part));
  }
}

void BuildRun::run_one(std::size_t index, BuildOutput& output) {
  StageRun stage(build_, index, arguments_, output, halt_.get_token());
  images::PinnedImage image = stage.run();
  if (index == target_)
    for (const auto& [key, value] : request_.labels) image = stage.label(key, value);
  output.ended(image.image ? image->id : std::string());
  const std::lock_guard lock(mutex_);
  stages_[index].image = std::move(image);
  stages_[index].is_made = true;
  used_->add_used(stage.arguments());
  changed_.notify_all();
}

void BuildRun::fail(std::exception_ptr error, std::unique_ptr<BuildOutput> part) {
  const std::lock_guard lock(mutex_);
  if (failure_) {
    if (part) part->stopped();
    return;
  }
  failure_ = std::move(error);
  failed_ = std::move(part);
  halt_.request_stop();
  changed_.notify_all();
}

images::PinnedImage BuildRun::made(std::size_t index) {
  std::unique_lock lock(mutex_);
  const Stage& stage = stages_[index];
  if (!stage.is_needed) throw Error(Errc::invalid, "that stage was left out");
  if (!changed_.wait(lock, halt_.get_token(), [&] { return stage.is_made; }))
    throw Error(Errc::cancelled, "context canceled");
  return stage.image.image ? world_.images.store.pin(stage.image->id) : images::PinnedImage();
}

void BuildRun::need(std::size_t index, const std::vector<build::Instruction>& more) {
  const std::vector<bool> needed = find_needed(index, more);
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t earlier = 0; earlier < index; ++earlier)
      if (needed[earlier]) stages_[earlier].is_needed = true;
  }
  work(index);
  if (halt_.stop_requested()) throw Error(Errc::cancelled, "context canceled");
}

images::PinnedImage BuildRun::finish() {
  const std::vector<std::string> unused = used_->unused();
  if (!unused.empty())
    output_.warn("[Warning] One or more build-args [" + text::join(unused, " ") +
                 "] were not consumed");
  images::PinnedImage image = std::move(stages_[target_].image);
  if (!image.image) throw Error(Errc::invalid, "No image was generated. Is your Dockerfile empty?");
  // The classic builder has told of each image that it made.
  if (request_.buildkit_rules)
    publish_image_event(world_.events, "create", image->id, image->id, image.image.get());
  // It may have been there as a step of BuildKit's.
  if (!request_.buildkit_rules && image->is_step())
    world_.images.store.set_role(image->id, images::BuildKitRole::result);
  // Nobody is told of an image that has not got its names yet.
  for (const images::Reference& name : request_.names)
    world_.images.tag.run(image->id, name.str(), {});
  output_.built(image->id);
  for (const images::Reference& name : request_.names)
    output_.tagged(name.with_default_tag().familiar());
  return image;
}

}  // namespace gantry::services
