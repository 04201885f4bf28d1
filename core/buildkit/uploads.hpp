// Contexts that clients bring by a request of their own while the build that wants them waits. Any
// thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/build/source_tree.hpp"

namespace gantry::buildkit {

class Uploads {
 public:
  /// `directory`: where contents are kept.
  explicit Uploads(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Reads a tar for the build of this id, on the caller's thread. Throws Error{not_found} when no
  /// such build comes within a moment, and what SourceTree throws: the build fails likewise.
  void bring(const std::string& id, const std::function<std::string_view()>& body);
  /// Waits until it is here. Throws Error{not_found} when nobody begins to bring it within a
  /// moment, Error{conflict} when another build waits for it.
  void take(const std::string& id, build::SourceTree& into, const std::stop_token& stop);
  /// At the end: nobody waits for a build any more.
  void close();

 private:
  struct Upload {
    explicit Upload(const std::filesystem::path& directory) : files(directory) {}
    build::SourceTree files;
    std::exception_ptr failure;
    bool begun = false, done = false;
    std::atomic<bool> given_up{false};  // nobody waits any more
  };
  using UploadPtr = std::shared_ptr<Upload>;
  /// The build's, which from now on is brought.
  UploadPtr begin(const std::string& id);

  const std::filesystem::path directory_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, UploadPtr> wanted_;
  bool closed_ = false;
};

}  // namespace gantry::buildkit
