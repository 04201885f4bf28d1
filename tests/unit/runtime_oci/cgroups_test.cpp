// Control groups of version 2, where this kernel has them.
#include "host/cgroups.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <thread>

#include "base/file.hpp"
#include "base/thread_call.hpp"
#include "scratch.hpp"

using namespace gantry::oci;

namespace {

// System calls of this thread that read; 0 where the kernel does not count them.
std::uint64_t reads_so_far() {
  const std::string text = find_text("/proc/thread-self/io").value_or("");
  const std::size_t at = text.find("syscr: ");
  return at == std::string::npos ? 0 : std::stoull(text.substr(at + 7));
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
BOOST_AUTO_TEST_CASE(waiting_for_a_freeze_looks_at_it_a_few_times_only) {
  const Scratch scratch;
  const std::string real = scratch / "real", group = real + "/" + std::to_string(::getpid());
  for (const char* directory : {"real", "told", "told/c"}) make_directory(scratch / directory);
  replace_file(scratch / "told/c/cgroup.freeze", "0");
  std::filesystem::create_symlink(group + "/cgroup.events", scratch / "told/c/cgroup.events");
  const Cgroups groups("35 24 0:30 / " + (scratch / "told") + " rw - cgroup2 cgroup2 rw\n");
  std::uint64_t reads = 0;
  bool counted = false;
  call_on_thread([&] {
    if (!mount_version_2(real)) return;
    make_directory(group);
    const UniqueFd freeze = open_at(AT_FDCWD, group + "/cgroup.freeze", O_WRONLY);
    std::jthread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(400));
      [[maybe_unused]] const ssize_t put = ::write(freeze.get(), "1", 1);
    });
    const std::uint64_t before = reads_so_far();
    counted = before != 0;
    groups.freeze("/c");
    reads = reads_so_far() - before;
    later.join();
    ::rmdir(group.c_str());
    ::umount2(real.c_str(), MNT_DETACH);
  });
  BOOST_TEST(reads < 100u);
  if (counted) BOOST_TEST(reads != 0u);  // it did wait
}

BOOST_AUTO_TEST_SUITE_END()
