// One Solve of a client, and what else it calls about it meanwhile: Status, and the gateway's
// calls. Any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "core/build/source_tree.hpp"
#include "core/buildkit/status_log.hpp"
#include "core/grpc/status.hpp"
#include "core/images/image_store.hpp"

namespace gantry::buildkit {

class Job {
 public:
  Job(std::string its_ref, std::string its_session, bool may_use_host_network = false)
      : ref(std::move(its_ref)),
        session(std::move(its_session)),
        host_network(may_use_host_network) {}

  const std::string ref, session;
  const bool host_network;  // commands may use it
  StatusLog status;
  std::stop_source stop;  // its client has given up

  /// Of its vertices.
  std::size_t next_number() { return next_number_++; }
  /// Images that builds for it have made: what a client may name as a result.
  /// They are held until the job ends.
  void add_result(const std::string& image_id, images::PinnedImage held = {});
  bool has_result(const std::string& image_id);
  /// Files that it may read, held until the job ends; gives their name.
  std::string add_files(std::shared_ptr<const build::SourceTree> files);
  /// Null: there are none of this name.
  std::shared_ptr<const build::SourceTree> find_files(const std::string& name);
  /// The client's function has come to an end: with an image (empty: none), or a failure.
  void finish(std::string image_id);
  void fail(grpc::Status failure);
  /// Waits for that. Throws Error.
  std::string wait(const std::stop_token& stop);
  /// Its Solve is over: what still builds for it stops.
  void end();
  bool has_ended();

 private:
  std::atomic<std::size_t> next_number_{0};
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, images::PinnedImage> results_;
  std::map<std::string, std::shared_ptr<const build::SourceTree>> files_;
  std::optional<std::string> image_id_;
  grpc::Status failure_;
  bool ended_ = false;
};

using JobPtr = std::shared_ptr<Job>;

class Jobs {
 public:
  /// Throws Error{conflict} when there is one of this ref.
  JobPtr begin(const std::string& ref, const std::string& session, bool host_network = false);
  /// It is still found by its client's Status, which may come late.
  void end(const JobPtr& job);
  /// The calls about a job may come before it: waits a moment. Throws Error{not_found}.
  JobPtr get(const std::string& ref, const std::stop_token& stop);

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, JobPtr> jobs_;
  std::deque<std::string> ended_;  // refs of the last ones, oldest first
};

}  // namespace gantry::buildkit
