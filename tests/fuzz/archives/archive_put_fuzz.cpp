// `docker cp` of anything into a container: refused with GANTRY_INVALID (or for a name the file
// system does not take), or unpacked; in both cases nothing outside of the container's root is
// touched, though the root is full of links that lead out of it.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "archive/unpack.hpp"
#include "base/directory.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry::oci;

namespace {

struct Scratch {
  std::string path;
  Scratch() {
    // In memory where that can be had: every input makes and removes files.
    char in_memory[] = "/dev/shm/gfXXXXXX", on_disk[] = "/tmp/gfXXXXXX";
    const char* made = ::mkdtemp(in_memory);
    if (made == nullptr) made = ::mkdtemp(on_disk);
    FUZZ_CHECK(made != nullptr);
    path = made;
    make_directory(path + "/outside");
    replace_file(path + "/outside/canary", "alive");
  }
  ~Scratch() { remove_tree(path); }

  void make_root() const {
    remove_tree(path + "/root");
    make_directory(path + "/root");
    make_directory(path + "/root/in");
    make_directory(path + "/root/in/d");
    replace_file(path + "/root/in/f", "file");
    FUZZ_CHECK(::symlink("../../outside", (path + "/root/in/up").c_str()) == 0);
    FUZZ_CHECK(::symlink((path + "/outside").c_str(), (path + "/root/in/abs").c_str()) == 0);
    FUZZ_CHECK(::symlink("/", (path + "/root/in/slash").c_str()) == 0);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  static const Scratch scratch;
  static unsigned runs = 0;
  if (runs++ % 16 == 0) scratch.make_root();
  const UniqueFd input(::memfd_create("tar", MFD_CLOEXEC));
  FUZZ_CHECK(::pwrite(input.get(), data, size, 0) == static_cast<ssize_t>(size));
  try {
    const RootedTree tree(open_at(AT_FDCWD, scratch.path + "/root", O_PATH | O_DIRECTORY));
    TreeWriter writer(tree, "/in", {std::nullopt, (size & 1) != 0});
    unpack_into(input.get(), writer, "/in", Operation());
  } catch (const Error& error) {
    const bool names = error.os_errno() == ENAMETOOLONG || error.os_errno() == EINVAL ||
                       error.os_errno() == ENOTDIR || error.os_errno() == ELOOP ||
                       error.os_errno() == EPERM || error.os_errno() == EFBIG ||
                       error.os_errno() == ENOSPC;
    FUZZ_CHECK(error.code() == GANTRY_INVALID || names);
  }
  FUZZ_CHECK(find_text(scratch.path + "/outside/canary") == "alive");
  FUZZ_CHECK(names_in(scratch.path + "/outside").size() == 1);
  FUZZ_CHECK(names_in(scratch.path).size() == 2);
  return 0;
}
