#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "exec_child.hpp"

namespace gantry::shim {
namespace {

// 0, or why `path` can't be executed: what Go's exec.LookPath checks, and so runc.
int check_executable(const char* path) {
  struct stat info {};
  if (::stat(path, &info) != 0) return errno;
  if (S_ISDIR(info.st_mode)) return EISDIR;
  return (info.st_mode & 0111) != 0 ? 0 : EACCES;
}

[[noreturn]] void execute_file(const ExecPlan& plan, const char* path) {
  ::execve(path, const_cast<char* const*>(plan.argv.data()),
           const_cast<char* const*>(plan.envp.data()));
  const int error = errno;
  // ENOENT here is a script's missing interpreter.
  fail_exec(plan, Text<512>("exec ", std::string_view(path)).view(), error,
            error == ENOENT ? GANTRY_NOT_FOUND : GANTRY_PERMISSION);
}

}  // namespace

void execute(const ExecPlan& plan) {
  const std::string_view name(plan.argv[0]);
  if (name.find('/') != name.npos) {
    const int error = check_executable(plan.argv[0]);
    if (error == 0) execute_file(plan, plan.argv[0]);
    Text<512> what("exec: \"", name, "\"");
    if (error == ENOENT || error == ENOTDIR) what.add(": stat ").add(name);
    fail_exec(plan, what.view(), error,
              error == ENOENT || error == ENOTDIR ? GANTRY_NOT_FOUND : GANTRY_PERMISSION);
  }
  std::string_view left = plan.search_path;
  while (!name.empty() && !left.empty()) {
    const std::size_t colon = left.find(':');
    const std::string_view directory(left.data(), colon == left.npos ? left.size() : colon);
    left.remove_prefix(colon == left.npos ? left.size() : colon + 1);
    const Path candidate(directory.empty() ? std::string_view(".") : directory, "/", name);
    if (!candidate.truncated() && check_executable(candidate.c_str()) == 0) {
      execute_file(plan, candidate.c_str());
    }
  }
  fail_exec(plan, Text<512>("exec: \"", name, "\": executable file not found in $PATH").view(), 0,
            GANTRY_NOT_FOUND);
}

}  // namespace gantry::shim
