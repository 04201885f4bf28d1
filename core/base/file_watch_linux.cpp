// inotify. One instance and one thread for all watches; each watch has a notifier, so that its
// waiter can also watch a socket. The file's directory is watched too: after a rename the new file
// of the same name is an event of the directory only. Where the user's inotify instances or watches
// are used up, by whomever, a file is looked at by a timer until its watch ends.
#include <poll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/file_watch.hpp"
#include "core/base/log.hpp"
#include "core/base/unique_fd.hpp"

namespace gantry {
namespace {

// ATTRIB: an unlinked file that is still open loses a link and nothing else.
constexpr std::uint32_t kFileEvents = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF;
constexpr std::uint32_t kDirectoryEvents = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR;
constexpr long kLookNanos = 200'000'000;

/// Says `changed` whenever the timer fires.
class TimedWatch final : public FileWatch {
 public:
  TimedWatch(const std::filesystem::path& path, int fd)
      : FileWatch(path, fd), timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
    const itimerspec times{{0, kLookNanos}, {0, kLookNanos}};
    if (!timer_ || ::timerfd_settime(timer_.get(), 0, &times, nullptr) != 0)
      throw_errno("watch " + path.string());
  }
  int event_fd() const override { return timer_.get(); }
  void clear() override {
    std::uint64_t fired = 0;
    (void)!::read(timer_.get(), &fired, sizeof fired);
  }

 private:
  UniqueFd timer_;
};

}  // namespace

struct FileWatcher::Impl {
  class Watch final : public FileWatch {
   public:
    Watch(Impl& impl, const std::filesystem::path& path, int fd)
        : FileWatch(path, fd), impl_(impl), name_(path.filename().string()) {
      // By descriptor: the path may have been given to another file since it was opened.
      file_ = impl_.add("/proc/self/fd/" + std::to_string(fd), kFileEvents, *this);
      try {
        const auto parent = path.parent_path();
        directory_ = impl_.add(parent.empty() ? "." : parent.string(), kDirectoryEvents, *this);
      } catch (...) {
        impl_.remove(file_, *this);
        throw;
      }
    }
    ~Watch() override {
      impl_.remove(directory_, *this);
      impl_.remove(file_, *this);
    }
    int event_fd() const override { return notifier_.fd(); }
    void clear() override { notifier_.drain(); }
    void notify(std::string_view name) {
      if (name.empty() || name == name_) notifier_.notify();
    }

   private:
    Impl& impl_;
    const std::string name_;
    Notifier notifier_;
    int file_ = -1, directory_ = -1;
  };

  ~Impl() {
    stop.notify();
    if (thread.joinable()) thread.join();
  }

  /// With the mutex held.
  void begin() {
    queue = UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!queue) throw_errno("inotify");
    try {
      thread = std::thread([this] { run(); });
    } catch (const std::system_error& error) {
      queue.reset();
      throw Error(Errc::exhausted, std::string("inotify: ") + error.what());
    }
  }

  int add(const std::string& path, std::uint32_t events, Watch& watch) {
    const std::lock_guard lock(mutex);
    if (!queue) begin();
    // A second watch of one inode gets the same descriptor.
    const int id = ::inotify_add_watch(queue.get(), path.c_str(), events);
    if (id < 0) throw_errno("watch " + path);
    watches[id].insert(&watch);
    return id;
  }

  void remove(int id, Watch& watch) {
    const std::lock_guard lock(mutex);
    const auto it = watches.find(id);
    if (it == watches.end()) return;
    it->second.erase(&watch);
    if (!it->second.empty()) return;
    watches.erase(it);
    // Fails when the inode is gone, and its watch with it.
    (void)::inotify_rm_watch(queue.get(), id);
  }

  void run() {
    pollfd fds[2] = {{queue.get(), POLLIN, 0}, {stop.fd(), POLLIN, 0}};
    for (;;) {
      if (::poll(fds, 2, -1) < 0 && errno != EINTR) {
        log::error("file watcher: poll failed");
        return;
      }
      if (fds[1].revents != 0) return;
      alignas(inotify_event) char buffer[8192];
      const ssize_t size = ::read(queue.get(), buffer, sizeof buffer);
      if (size > 0) deliver(buffer, static_cast<size_t>(size));
    }
  }

  void deliver(const char* data, size_t size) {
    const std::lock_guard lock(mutex);
    while (size >= sizeof(inotify_event)) {
      inotify_event event;
      std::memcpy(&event, data, sizeof event);
      const std::string_view name =
          event.len > 0 ? std::string_view(data + sizeof event) : std::string_view();
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        for (const auto& [id, listeners] : watches)
          for (Watch* w : listeners) w->notify({});
      } else if (const auto it = watches.find(event.wd); it != watches.end()) {
        for (Watch* w : it->second) w->notify(name);
        // The kernel has dropped the watch; the next one of this inode gets another number.
        if ((event.mask & IN_IGNORED) != 0) watches.erase(it);
      }
      const size_t used = sizeof event + event.len;
      data += used;
      size -= used;
    }
  }

  UniqueFd queue;
  Notifier stop;
  std::mutex mutex;
  std::map<int, std::set<Watch*>> watches;
  std::thread thread;
};

FileWatcher::FileWatcher() : impl_(std::make_unique<Impl>()) {}
FileWatcher::~FileWatcher() = default;

std::unique_ptr<FileWatch> FileWatcher::watch(const std::filesystem::path& path, int fd) {
  try {
    return std::make_unique<Impl::Watch>(*impl_, path, fd);
  } catch (const Error& error) {
    if (error.code() != Errc::exhausted) throw;
    log::warn(std::string(error.what()) + ": looking at it by a timer");
    return std::make_unique<TimedWatch>(path, fd);
  }
}

}  // namespace gantry
