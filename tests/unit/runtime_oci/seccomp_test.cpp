#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "base/error.hpp"
#include "seccomp/profile.hpp"

using namespace gantry::oci;
using namespace gantry::oci::seccomp;

namespace {

/// Runs `call` in a child under the filter; the errno it got (0: it succeeded).
int errno_under(const Program& program, int (*call)()) {
  const pid_t child = ::fork();
  if (child == 0) {
    sock_fprog filter{static_cast<unsigned short>(program.filter.size() / sizeof(sock_filter)),
                      reinterpret_cast<sock_filter*>(const_cast<char*>(program.filter.data()))};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
      ::_exit(255);
    ::_exit(call() < 0 ? errno : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(WIFEXITED(status));
  return WEXITSTATUS(status);
}

int unshare_network() { return ::unshare(CLONE_NEWNET); }
int ask_for_clone3() { return static_cast<int>(::syscall(SYS_clone3, nullptr, 0)); }
int open_tcp() { return ::socket(AF_INET, SOCK_STREAM, 0); }
int open_vsock() { return ::socket(AF_VSOCK, SOCK_STREAM, 0); }
int ask_for_id() { return static_cast<int>(::syscall(SYS_getpid)); }
int ask_for_io_uring() { return static_cast<int>(::syscall(SYS_io_uring_setup, 1, nullptr)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(seccomp_profile)

BOOST_AUTO_TEST_CASE(the_default_profile_lets_ordinary_calls_through_and_closes_the_rest) {
  const Program program = compile(default_profile({"CAP_CHOWN"}));
  BOOST_TEST(program.filter.size() % sizeof(sock_filter) == 0u);
  BOOST_TEST(errno_under(program, ask_for_id) == 0);
  BOOST_TEST(errno_under(program, open_tcp) == 0);
  BOOST_TEST(errno_under(program, open_vsock) == EPERM);
  BOOST_TEST(errno_under(program, unshare_network) == EPERM);
  BOOST_TEST(errno_under(program, ask_for_io_uring) == EPERM);
  BOOST_TEST(errno_under(program, ask_for_clone3) == ENOSYS);
}

BOOST_AUTO_TEST_CASE(a_capability_opens_its_calls) {
  const Program program = compile(default_profile({"CAP_SYS_ADMIN"}));
  BOOST_TEST(errno_under(program, ask_for_clone3) == EINVAL);
}

BOOST_AUTO_TEST_CASE(a_profile_in_dockers_format_is_resolved_for_this_host) {
  const std::string profile = R"({"defaultAction":"SCMP_ACT_ALLOW",
    "archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]},
               {"architecture":"SCMP_ARCH_AARCH64","subArchitectures":[]}],
    "syscalls":[{"names":["getpid"],"action":"SCMP_ACT_ERRNO","errnoRet":7,"includes":{"caps":["CAP_KILL"]}},
                {"names":["socket"],"action":"SCMP_ACT_ERRNO","excludes":{"caps":["CAP_KILL"]}}]})";
  const Program with = compile(from_docker_profile(profile, {"CAP_KILL"}));
  BOOST_TEST(errno_under(with, ask_for_id) == 7);
  BOOST_TEST(errno_under(with, open_tcp) == 0);
  const Program without = compile(from_docker_profile(profile, {}));
  BOOST_TEST(errno_under(without, ask_for_id) == 0);
  BOOST_TEST(errno_under(without, open_tcp) == EPERM);
}

BOOST_AUTO_TEST_CASE(a_profile_says_a_thing_in_one_way) {
  const auto refusal = [](const char* profile) -> std::string {
    try {
      from_docker_profile(profile, {});
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  BOOST_TEST(refusal(R"({"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86"],
                         "archMap":[{"architecture":"SCMP_ARCH_X86_64"}]})") ==
             "both 'architectures' and 'archMap' are specified in the seccomp profile, use either "
             "'architectures' or 'archMap'");
  BOOST_TEST(refusal(R"({"defaultAction":"SCMP_ACT_ALLOW",
                         "syscalls":[{"name":"getpid","names":["socket"],"action":"SCMP_ACT_ERRNO"}]})") ==
             "both 'name' and 'names' are specified in the seccomp profile, use either 'name' or "
             "'names'");
  BOOST_TEST(
      refusal(R"({"defaultAction":"SCMP_ACT_ALLOW","archMap":[],"architectures":["SCMP_ARCH_X86"],
                         "syscalls":[{"name":"getpid","names":[],"action":"SCMP_ACT_ERRNO"}]})") ==
      "accepted");
}

BOOST_AUTO_TEST_CASE(nonsense_in_a_profile_is_named) {
  for (const char* bad : {"", "[]", "{}", R"({"defaultAction":"SCMP_ACT_FOO"})",
                          R"({"defaultAction":"SCMP_ACT_ALLOW","flags":["X"]})"})
    BOOST_CHECK_THROW(compile(from_docker_profile(bad, {})), Error);
}

BOOST_AUTO_TEST_SUITE_END()
