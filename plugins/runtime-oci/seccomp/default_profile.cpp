#include <sched.h>
#include <sys/personality.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/json.hpp"
#include "seccomp/default_rules.hpp"
#include "seccomp/profile.hpp"

namespace gantry::oci::seccomp {
namespace {

// New namespaces stay closed without CAP_SYS_ADMIN: none of these bits in clone's flags.
constexpr std::uint64_t kNamespaceFlags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
                                          CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
                                          CLONE_NEWCGROUP;

void begin_rule(JsonWriter& out, std::string_view action) {
  out.StartObject();
  put_key(out, "action");
  put(out, action);
  put_key(out, "names");
  out.StartArray();
}

struct Condition {
  unsigned index;
  std::uint64_t value;
  std::uint64_t value_two;
  std::string_view op;
};

/// One rule for one call, with a condition on an argument.
void conditional_rule(JsonWriter& out, std::string_view name, const Condition& condition) {
  begin_rule(out, "SCMP_ACT_ALLOW");
  put(out, name);
  out.EndArray();
  put_key(out, "args");
  out.StartArray();
  out.StartObject();
  put_key(out, "index");
  out.Uint(condition.index);
  put_key(out, "value");
  out.Uint64(condition.value);
  put_key(out, "valueTwo");
  out.Uint64(condition.value_two);
  put_key(out, "op");
  put(out, condition.op);
  out.EndObject();
  out.EndArray();
  out.EndObject();
}

void put_words(JsonWriter& out, std::string_view words) {
  while (!words.empty()) {
    const std::size_t blank = words.find(' ');
    put(out, words.substr(0, blank));
    words = blank == std::string_view::npos ? std::string_view{} : words.substr(blank + 1);
  }
}

void put_architectures(JsonWriter& out) {
  put_key(out, "architectures");
  out.StartArray();
#if defined(__x86_64__)
  // Not x32: kernels come without it, and each architecture costs every start some milliseconds of
  // compiling.
  for (const char* name : {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"}) put(out, name);
#elif defined(__aarch64__)
  for (const char* name : {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"}) put(out, name);
#elif defined(__riscv)
  put(out, "SCMP_ARCH_RISCV64");
#elif defined(__powerpc64__)
  put(out, "SCMP_ARCH_PPC64LE");
#elif defined(__s390x__)
  for (const char* name : {"SCMP_ARCH_S390X", "SCMP_ARCH_S390"}) put(out, name);
#endif
  out.EndArray();
}

}  // namespace

std::string default_profile(const Capabilities& capabilities) {
  rapidjson::StringBuffer buffer;
  JsonWriter out(buffer);
  out.StartObject();
  put_key(out, "defaultAction");
  put(out, "SCMP_ACT_ERRNO");
  put_key(out, "defaultErrnoRet");
  out.Uint(EPERM);
  put_architectures(out);
  put_key(out, "syscalls");
  out.StartArray();
  begin_rule(out, "SCMP_ACT_ALLOW");
  for (const Grant& grant : kGrants)
    if (grant.capability.empty() || capabilities.contains(grant.capability))
      put_words(out, grant.names);
  out.EndArray();
  out.EndObject();
  // AF_VSOCK reaches the hypervisor's host past every network policy.
  conditional_rule(out, "socket", {0, AF_VSOCK, 0, "SCMP_CMP_NE"});
  for (const std::uint64_t persona :
       {std::uint64_t{PER_LINUX}, std::uint64_t{PER_LINUX32}, std::uint64_t{UNAME26},
        std::uint64_t{PER_LINUX32} | std::uint64_t{UNAME26}, std::uint64_t{0xffffffff}})
    conditional_rule(out, "personality", {0, persona, 0, "SCMP_CMP_EQ"});
  if (!capabilities.contains("CAP_SYS_ADMIN")) {
#if defined(__s390x__)
    constexpr unsigned kFlags = 1;  // clone's arguments stand in another order there
#else
    constexpr unsigned kFlags = 0;
#endif
    conditional_rule(out, "clone", {kFlags, kNamespaceFlags, 0, "SCMP_CMP_MASKED_EQ"});
    // clone3 hides its flags behind a pointer; ENOSYS makes libraries fall back to clone.
    begin_rule(out, "SCMP_ACT_ERRNO");
    put(out, "clone3");
    out.EndArray();
    put_key(out, "errnoRet");
    out.Uint(ENOSYS);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return buffer.GetString();
}

}  // namespace gantry::oci::seccomp
