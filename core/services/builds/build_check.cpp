#include "core/services/builds/build_check.hpp"

#include <utility>

#include "core/base/error.hpp"
#include "core/build/context_name.hpp"

namespace gantry::services {
namespace {

constexpr const char* kArgument = "build-arg:BUILDKIT_DOCKERFILE_CHECK";

build::CheckOptions options_of(const BuildRequest& request, const build::Dockerfile& file) {
  try {
    return build::CheckOptions(request.checks.value_or(file.checks));
  } catch (const Error& error) {
    const std::string what = request.checks ? kArgument : "check options";
    throw Error(error.code(), "failed to parse " + what + ": " + error.what());
  }
}

build::CheckReport empty_report(const BuildRequest& request, const build::Dockerfile& file) {
  return build::CheckReport(options_of(request, file));
}

}  // namespace

build::CheckReport beginning_report(const BuildRequest& request, const std::string& dockerfile,
                                    int line) {
  const build::Dockerfile beginning = build::dockerfile_before(dockerfile, line);
  build::CheckReport report = empty_report(request, beginning);
  build::check_beginning(beginning.instructions, report);
  return report;
}

BuildCheck::BuildCheck(const BuildWorld& world, const BuildRequest& request, BuildContext& context,
                       const images::Platform& target, std::stop_token stop)
    : world_(world),
      request_(request),
      context_(context),
      target_(target),
      stop_(std::move(stop)) {}

build::CheckWorld BuildCheck::check_world() {
  return {.arguments = request_.arguments,
          .target = target_,
          .host = images::host_platform(),
          .target_stage = request_.target,
          .base = [this](const auto& name, const auto& platform,
                         auto look) { return find_base(name, platform, look); },
          .is_given = [this](const auto& name) { return is_given(name); },
          .needs_bases = is_alone_,
          .ignored = context_.ignored};
}

bool BuildCheck::is_given(const std::string& name) const {
  return request_.named_images.contains(build::context_name(name)) ||
         context_.find(name) != nullptr;
}

build::CheckReport BuildCheck::run(const build::Dockerfile& file, const build::StagePlan& plan) {
  build::CheckReport report = empty_report(request_, file);
  try {
    check(file, plan, report);
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
  }
  return report;
}

// Alone, all stages are looked at when there is no target, not only those that the last one needs.
void BuildCheck::check(const build::Dockerfile& file, const build::StagePlan& plan,
                       build::CheckReport& report) {
  const build::CheckWorld world = check_world();
  build::DockerfileChecks checks(file, plan, world, report);
  checks.check_file();
  const std::size_t target = build::target_stage(plan, request_.target);
  checks.check_stages(is_alone_ && request_.target.empty()
                          ? std::vector<bool>(plan.stages.size(), true)
                          : checks.needed_by(target));
}

void BuildCheck::check_text(build::CheckReport& report) {
  try {
    const build::Dockerfile file = build::parse_dockerfile(context_.dockerfile);
    report = empty_report(request_, file);
    check(file, build::split_stages(file), report);
  } catch (const build::DockerfileError& error) {
    report = beginning_report(request_, context_.dockerfile, error.line());
    throw;
  }
}

CheckOutcome BuildCheck::run_alone() {
  is_alone_ = true;
  CheckOutcome outcome;
  build::CheckReport report{{}};
  const auto fail = [&](const Error& error, int line, int last_line) {
    if (error.code() == Errc::cancelled) throw Error(error);
    outcome.error = error.what();
    outcome.line = line;
    outcome.last_line = last_line;
  };
  try {
    check_text(report);
    outcome.error = report.error();
  } catch (const build::CheckFailure& failure) {
    fail(failure, failure.place.line, failure.place.last_line);
  } catch (const build::DockerfileError& error) {
    fail(error, error.line(), error.line());
  } catch (const Error& error) {
    fail(error, 0, 0);
  }
  outcome.warnings = report.warnings();
  return outcome;
}

build::CheckBasePtr BuildCheck::find_base(const std::string& wanted,
                                          const images::Platform& platform,
                                          build::CheckWorld::Look look) {
  const auto named = request_.named_images.find(build::context_name(wanted));
  const bool is_named = named != request_.named_images.end();
  if (!is_named && context_.find(wanted) != nullptr) return nullptr;
  const std::string& name = is_named ? named->second : wanted;
  build::CheckBasePtr& known = bases_[name + " " + platform.str()];
  if (!known) known = find_here(name, platform);
  if (!known && look == build::CheckWorld::Look::anywhere) known = fetch(name, platform);
  return known;
}

build::CheckBasePtr BuildCheck::find_here(const std::string& name,
                                          const images::Platform& platform) {
  const images::ImagePtr image = world_.images.store.find(name);
  const bool by_request = request_.platform || platform != target_;
  if (!image || (by_request && !images::platform_runs(images::normalised(platform),
                                                      images::normalised(image->platform))))
    return nullptr;
  return std::make_shared<build::CheckBase>(image->defaults, image->platform);
}

// A build says by itself what is missing; a registry that does not answer is asked once.
build::CheckBasePtr BuildCheck::fetch(const std::string& name, const images::Platform& platform) {
  if (is_out_of_reach_) return nullptr;
  try {
    const images::Reference reference = images::parse_reference(name).with_default_tag();
    const images::RegistryAuth auth =
        request_.login ? request_.login(reference.domain) : images::RegistryAuth();
    images::ImageConfig config = world_.images.registry.config(reference, platform, auth, stop_);
    return std::make_shared<build::CheckBase>(std::move(config.defaults), config.platform);
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
    if (is_alone_) throw Error(error.code(), name + ": " + error.what());
    is_out_of_reach_ = true;
    return nullptr;
  }
}

}  // namespace gantry::services
