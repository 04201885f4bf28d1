// Builds that clients ask for with a single request (POST /build?version=2), most of them with a
// session beside it: each is a Solve whose status is told on the request's answer. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "core/buildkit/job.hpp"
#include "core/buildkit/solver.hpp"
#include "core/buildkit/uploads.hpp"
#include "core/services/images/image_progress.hpp"

namespace gantry::buildkit {

struct PostedBuild {
  enum class Context { session, url, body, upload };

  std::string id;       // for cancelling it, and of its upload; may be empty
  std::string session;  // empty: none
  Context context = Context::body;
  Attributes attributes;                 // of the frontend dockerfile.v0
  std::string exporter = "moby";         // what becomes of the result; empty: nothing
  Attributes exporter_attributes;        // the names of the image among them
  std::vector<images::Reference> names;  // … and here as well, to be told
  bool host_network = false;             // commands may use it
  bool quiet = false;                    // nothing but the image's id, unless it fails
  std::function<images::RegistryAuth(const std::string& domain)> login;
};

class PostedBuilds {
 public:
  PostedBuilds(Sessions& sessions, Solver& solver, services::ImageBuild& builds)
      : sessions_(sessions), solver_(solver), builds_(builds), uploads_(builds.directory()) {}

  /// The next piece of the request's body, as ImageBuild::Body.
  using Body = services::ImageBuild::Body;

  /// Waits until the client answers in its session. What is refused is refused after that: a
  /// docker CLI 20.10 that is refused while it begins its session waits for the end of it, which
  /// nobody brings about. Throws Error{not_found}.
  void await_session(const std::string& id);
  /// Ends with Error{cancelled} when the client goes away. Throws what Solver throws.
  void run(const PostedBuild& build, const Body& body, const services::ProgressOutput& output);
  /// The context of the build that waits for it.
  void upload(const std::string& id, const Body& body) { uploads_.bring(id, body); }
  /// Ends the builds of this id, if there are any.
  void cancel(const std::string& id);
  /// At the end: no build goes on, and none begins.
  void close();

 private:
  struct Running;  // one that can be cancelled by its id
  std::string solve(Job& job, const PostedBuild& build, const ContextReader& context,
                    const std::stop_token& stop);

  Sessions& sessions_;
  Solver& solver_;
  services::ImageBuild& builds_;
  Uploads uploads_;
  std::mutex mutex_;
  bool closed_ = false;
  std::set<std::pair<std::string, Job*>> running_;
};

}  // namespace gantry::buildkit
