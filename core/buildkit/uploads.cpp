#include "core/buildkit/uploads.hpp"

#include <chrono>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/scope_guard.hpp"

namespace gantry::buildkit {

namespace {
constexpr std::chrono::seconds kUploadArrival{5};
}  // namespace

Uploads::UploadPtr Uploads::begin(const std::string& id) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kUploadArrival, [&] { return closed_ || wanted_.contains(id); });
  if (!wanted_.contains(id)) throw Error(Errc::not_found, "no build waits for the upload " + id);
  const UploadPtr upload = wanted_.at(id);
  if (upload->begun) throw Error(Errc::conflict, "the upload " + id + " is under way");
  upload->begun = true;
  changed_.notify_all();
  return upload;
}

void Uploads::bring(const std::string& id, const std::function<std::string_view()>& body) {
  const UploadPtr upload = begin(id);
  const auto next = [&] {
    if (upload->given_up) throw Error(Errc::cancelled, "context canceled");
    return body();
  };
  std::exception_ptr failure;
  try {
    upload->files.read(next);
  } catch (...) {
    failure = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    upload->failure = failure;
    upload->done = true;
    changed_.notify_all();
  }
  if (failure) std::rethrow_exception(failure);
}

void Uploads::take(const std::string& id, build::SourceTree& into, const std::stop_token& stop) {
  const UploadPtr upload = std::make_shared<Upload>(directory_);
  std::unique_lock lock(mutex_);
  if (!wanted_.emplace(id, upload).second)
    throw Error(Errc::conflict, "another build waits for the upload " + id);
  const ScopeGuard forget([&] {
    wanted_.erase(id);
    upload->given_up = true;
  });
  changed_.notify_all();
  changed_.wait_for(lock, stop, kUploadArrival, [&] { return upload->begun; });
  if (upload->begun) changed_.wait(lock, stop, [&] { return upload->done; });
  if (stop.stop_requested()) throw Error(Errc::cancelled, "context canceled");
  if (!upload->begun) throw Error(Errc::not_found, "nobody brings the upload " + id);
  if (upload->failure) std::rethrow_exception(upload->failure);
  into = std::move(upload->files);
}

void Uploads::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

}  // namespace gantry::buildkit
