#include "core/buildkit/job.hpp"

#include <chrono>
#include <utility>

#include "core/base/error.hpp"

namespace gantry::buildkit {

namespace {
constexpr std::chrono::seconds kJobArrival{5};
constexpr std::size_t kKept = 16;
}  // namespace

void Job::add_result(const std::string& image_id, images::PinnedImage held) {
  const std::lock_guard lock(mutex_);
  if (!ended_) results_.insert_or_assign(image_id, std::move(held));
}

void Job::end() {
  status.finish();
  stop.request_stop();
  std::map<std::string, images::PinnedImage> held;  // let go without the lock: layers may go
  std::map<std::string, std::shared_ptr<const build::SourceTree>> files;
  const std::lock_guard lock(mutex_);
  ended_ = true;
  held.swap(results_);
  files.swap(files_);
}

std::string Job::add_files(std::shared_ptr<const build::SourceTree> files) {
  const std::lock_guard lock(mutex_);
  const std::string name = "files:" + std::to_string(files_.size());
  if (!ended_) files_.emplace(name, std::move(files));
  return name;
}

std::shared_ptr<const build::SourceTree> Job::find_files(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(name);
  return found == files_.end() ? nullptr : found->second;
}

bool Job::has_ended() {
  const std::lock_guard lock(mutex_);
  return ended_;
}

bool Job::has_result(const std::string& image_id) {
  const std::lock_guard lock(mutex_);
  return results_.contains(image_id);
}

void Job::finish(std::string image_id) {
  const std::lock_guard lock(mutex_);
  image_id_ = std::move(image_id);
  changed_.notify_all();
}

void Job::fail(grpc::Status failure) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
  changed_.notify_all();
}

std::string Job::wait(const std::stop_token& stopped) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stopped, [&] { return image_id_ || !failure_.is_ok(); });
  if (!failure_.is_ok()) throw grpc::StatusError(failure_);
  if (!image_id_) throw Error(Errc::cancelled, "context canceled");
  return *image_id_;
}

JobPtr Jobs::begin(const std::string& ref, const std::string& session, bool host_network) {
  const std::lock_guard lock(mutex_);
  auto job = std::make_shared<Job>(ref, session, host_network);
  if (!jobs_.emplace(ref, job).second)
    throw Error(Errc::conflict, "job ID " + ref + " exists already");
  changed_.notify_all();
  return job;
}

void Jobs::end(const JobPtr& job) {
  job->end();
  const std::lock_guard lock(mutex_);
  ended_.push_back(job->ref);
  if (ended_.size() <= kKept) return;
  jobs_.erase(ended_.front());
  ended_.pop_front();
}

JobPtr Jobs::get(const std::string& ref, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, kJobArrival, [&] { return jobs_.contains(ref); });
  const auto found = jobs_.find(ref);
  if (found == jobs_.end()) throw Error(Errc::not_found, "no such job " + ref);
  return found->second;
}

}  // namespace gantry::buildkit
