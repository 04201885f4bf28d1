// kqueue. Each watch has a queue of its own, which poll(2) can wait for; there is no shared state.
#include <fcntl.h>
#include <sys/event.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/file_watch.hpp"

namespace gantry {

struct FileWatcher::Impl {
  class Watch final : public FileWatch {
   public:
    Watch(const std::filesystem::path& path, int fd)
        : FileWatch(path, fd), queue_(::kqueue()), file_(::fcntl(fd, F_DUPFD_CLOEXEC, 3)) {
      if (!queue_ || !file_) throw_errno("watch " + path.string());
      ::fcntl(queue_.get(), F_SETFD, FD_CLOEXEC);
      const auto parent = path.parent_path();
      directory_ = file::open(parent.empty() ? "." : parent, O_EVTONLY | O_DIRECTORY);
      add(file_.get(), NOTE_WRITE | NOTE_EXTEND | NOTE_ATTRIB | NOTE_RENAME | NOTE_DELETE);
      // After a rename the new file of the same name is an event of the directory only.
      add(directory_.get(), NOTE_WRITE);
    }
    int event_fd() const override { return queue_.get(); }
    void clear() override {
      struct kevent events[8];
      const timespec now{};
      while (::kevent(queue_.get(), nullptr, 0, events, 8, &now) == 8) {
      }
    }

   private:
    void add(int fd, std::uint32_t notes) {
      struct kevent change;
      EV_SET(&change, static_cast<uintptr_t>(fd), EVFILT_VNODE, EV_ADD | EV_CLEAR, notes, 0,
             nullptr);
      if (::kevent(queue_.get(), &change, 1, nullptr, 0, nullptr) != 0) throw_errno("kevent");
    }
    UniqueFd queue_, file_, directory_;
  };
};

FileWatcher::FileWatcher() = default;
FileWatcher::~FileWatcher() = default;

std::unique_ptr<FileWatch> FileWatcher::watch(const std::filesystem::path& path, int fd) {
  return std::make_unique<Impl::Watch>(path, fd);
}

}  // namespace gantry
