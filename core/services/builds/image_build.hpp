// Builds: the context comes first, then the stages one after the other up to the target; every step
// leaves an image, which is the cache of the next build. Any thread.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/error.hpp"
#include "core/build/check_report.hpp"
#include "core/images/registry_options.hpp"
#include "core/services/builds/build_caches.hpp"
#include "core/services/builds/build_context.hpp"
#include "core/services/builds/build_output.hpp"
#include "core/services/builds/build_request.hpp"
#include "core/services/builds/step_turns.hpp"
#include "core/services/engine/container_services.hpp"
#include "core/services/images/image_progress.hpp"
#include "core/services/images/images.hpp"

namespace gantry::services {

/// A RUN command that failed.
class BuildFailure : public Error {
 public:
  BuildFailure(std::string command, int exit_code)
      : Error(Errc::internal, "The command '" + command +
                                  "' returned a non-zero code: " + std::to_string(exit_code)),
        command_(std::move(command)),
        exit_code_(exit_code) {}
  const std::string& command() const { return command_; }
  int exit_code() const { return exit_code_; }

 private:
  std::string command_;
  int exit_code_;
};

/// What the checks of a Dockerfile have come to.
struct CheckOutcome {
  std::vector<build::CheckWarning> warnings{};
  std::string error{};          // what a build would fail with; empty: nothing that is known
  int line = 0, last_line = 0;  // where; 0: nowhere
};

/// What a build works with; outlives it.
struct BuildWorld {
  Images& images;
  ContainerServices& containers;
  pluginhost::Runtime& runtime;
  const std::filesystem::path directory;  // for contexts; empty between builds
  const std::filesystem::path secrets;    // likewise, where nothing reaches a disk
  const images::RegistryOptions registry;
  BuildCaches& caches;
  state::ContainerStore& store;
  state::Leases& leases;
  StepTurns& turns;
  state::EventBus& events;
};

class ImageBuild {
 public:
  explicit ImageBuild(BuildWorld world) : world_(std::move(world)) {}

  /// The next piece of the request's body, valid until the next call; empty at its end. Called on
  /// the caller's thread, before anything is written.
  using Body = std::function<std::string_view()>;

  /// POST /build. Ends with Error{cancelled} when the client goes away. Throws Docker's errors of
  /// behaviours.md 10.7; nothing but the images of finished steps, and the container of a step that
  /// failed, is left then.
  void run(const BuildRequest& request, const Body& body, const ProgressOutput& output);
  /// With a context that is here, on the caller's thread. Throws what a failed step
  /// throws, as it is; leaves what is said above.
  images::PinnedImage run(const BuildRequest& request, BuildContext& context, BuildOutput& output,
                          std::stop_token stop);
  /// Looks at a Dockerfile in place of a build. Throws Error{cancelled}.
  CheckOutcome check_file(const BuildRequest& request, BuildContext& context,
                          const std::stop_token& stop);
  /// Brings the context of `request.remote`, or of its repository.
  void fetch(const BuildRequest& request, BuildContext& into, const std::stop_token& stop);
  /// Adds files from elsewhere, with what the request's client gives.
  void fetch(const RemoteSource& source, const BuildRequest& request, build::SourceTree& into,
             const std::stop_token& stop);
  /// What is in an image, as a tar. `take` reads it to its end.
  void read_files(const std::string& image_id,
                  const std::function<void(const images::TarReader::Source&)>& take,
                  const std::stop_token& stop);
  /// Where a BuildContext may keep its files.
  const std::filesystem::path& directory() const { return world_.directory; }
  /// Throws Error{invalid} for what no step's container could be created with.
  void check(const BuildRequest& request);
  /// At boot: removes what builds of an engine that was killed left; containers that still run on a
  /// thread of its own.
  void clean_up();
  /// At the end: no build goes on. Waits until their containers are removed, 3 s at most; what is
  /// left then is removed at the next boot.
  void stop();
  /// Ends the build of this id, if there is one.
  void cancel(const std::string& id);

 private:
  struct Running;  // one that can be cancelled by its id
  RemoteAccess access(const BuildRequest& request, const Running& running) const;

  const BuildWorld world_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool stopping_ = false;
  std::set<std::stop_source*> all_;
  std::map<std::string, std::set<std::stop_source*>> running_;  // by the builds' ids
  std::jthread cleaner_;
};

}  // namespace gantry::services
