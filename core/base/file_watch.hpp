// Waiting for a file that others append to and rotate, without polling it: docker logs --follow.
// A FileWatcher is made once and shared; any thread may call watch(). A FileWatch belongs to the
// thread that waits, and must end before its watcher. (One shared watcher, because Linux allows a
// user only some hundred inotify instances, and followers are not limited.)
//
// How to follow, so that nothing is lost or read twice: open the file, watch it, then read to its
// end; on `changed` read on; on `replaced` read the old file to its end once more and begin anew
// with the file that the path names now. Errors: gantry::Error.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "core/base/notifier.hpp"

namespace gantry {

class FileWatch {
 public:
  enum class Change {
    changed,   // written to or truncated since the last wait (may be spurious)
    replaced,  // the path names another file now
    notified,  // `also` fired; it stays up
    peer_gone,
    timeout,
  };
  virtual ~FileWatch() = default;
  /// Changes since the watch began or since the last wait count, so none slips in between. What has
  /// happened to the file comes before `also`, and that before the peer.
  Change wait(Notifier& also, const Peer& peer,
              std::optional<std::chrono::nanoseconds> limit = std::nullopt);

 protected:
  FileWatch(std::filesystem::path path, int fd);
  /// Readable when something happened, until clear() is called.
  virtual int event_fd() const = 0;
  virtual void clear() = 0;

 private:
  /// Whether the path names an existing file other than ours.
  bool is_replaced() const;

  const std::filesystem::path path_;
  dev_t device_;
  ino_t inode_;
  bool first_ = true;
};

class FileWatcher {
 public:
  FileWatcher();
  ~FileWatcher();
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;
  /// `fd` is the open file that `path` named when it was opened; it is not used afterwards.
  std::unique_ptr<FileWatch> watch(const std::filesystem::path& path, int fd);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry
