// Control groups of version 2, where this kernel has them.
#include "host/cgroups.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/file.hpp"
#include "base/thread_call.hpp"
#include "scratch.hpp"

using namespace gantry::oci;

namespace {

double processor_ms() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

bool mount_version_2(const std::string& place) {
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("none", place.c_str(), "cgroup2", 0, nullptr) == 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cgroups)

// A container that is slow to freeze: the kernel tells of its group, which freezes later than
// asked.
BOOST_AUTO_TEST_CASE(waiting_for_a_freeze_takes_no_processor_time) {
  const Scratch scratch;
  const std::string real = scratch / "real", group = real + "/" + std::to_string(::getpid());
  for (const char* directory : {"real", "told", "told/c"}) make_directory(scratch / directory);
  replace_file(scratch / "told/c/cgroup.freeze", "0");
  std::filesystem::create_symlink(group + "/cgroup.events", scratch / "told/c/cgroup.events");
  const Cgroups groups("35 24 0:30 / " + (scratch / "told") + " rw - cgroup2 cgroup2 rw\n");
  double used = 0;
  call_on_thread([&] {
    if (!mount_version_2(real)) return;
    make_directory(group);
    const UniqueFd freeze = open_at(AT_FDCWD, group + "/cgroup.freeze", O_WRONLY);
    std::thread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(400));
      [[maybe_unused]] const ssize_t put = ::write(freeze.get(), "1", 1);
    });
    const double before = processor_ms();
    groups.freeze("/c");
    used = processor_ms() - before;
    later.join();
    ::rmdir(group.c_str());
    ::umount2(real.c_str(), MNT_DETACH);
  });
  BOOST_TEST(used < 100);
}

BOOST_AUTO_TEST_SUITE_END()
