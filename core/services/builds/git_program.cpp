#include "core/services/builds/git_program.hpp"

#include <chrono>
#include <cstdlib>

#include "core/base/error.hpp"

namespace gantry::services {
namespace {

// For one command. Those that hang end sooner: see the low speed, and ssh's own signs of life.
constexpr std::chrono::hours kLimit{2};

// A host that is known (/etc/ssh/ssh_known_hosts) must be the one; others are taken as they are,
// since nobody is there to be asked. No keys of the daemon's user: ssh finds its home without HOME.
constexpr const char* kSsh =
    "ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=accept-new "
    "-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=30 "
    "-o ServerAliveInterval=15 -o ServerAliveCountMax=4 -o IdentityFile=none";

constexpr const char* kSettings[] = {"core.hooksPath=/dev/null",
                                     "core.fsmonitor=false",
                                     "core.askPass=",
                                     "credential.helper=",
                                     "init.defaultBranch=master",
                                     "advice.detachedHead=false",
                                     "gc.auto=0",  // or it goes on in the background
                                     "maintenance.auto=false",
                                     "submodule.recurse=false",
                                     "http.lowSpeedLimit=1",
                                     "http.lowSpeedTime=60"};

constexpr const char* kKept[] = {"PATH",      "HTTP_PROXY", "HTTPS_PROXY",  "NO_PROXY",
                                 "ALL_PROXY", "http_proxy", "https_proxy",  "no_proxy",
                                 "all_proxy", "TMPDIR",     "SSL_CERT_DIR", "SSL_CERT_FILE"};

/// As a shell has it, and git in its variable.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

}  // namespace

std::vector<std::string> GitProgram::environment() const {
  std::vector<std::string> variables{"GIT_TERMINAL_PROMPT=0",
                                     "GIT_ALLOW_PROTOCOL=http:https:git:ssh",
                                     "GIT_CONFIG_NOSYSTEM=1",
                                     "GIT_CONFIG_GLOBAL=/dev/null",
                                     "GIT_ATTR_NOSYSTEM=1",
                                     "HOME=/dev/null",
                                     "LC_ALL=C",
                                     std::string("GIT_SSH_COMMAND=") + kSsh +
                                         (place_.agent.empty() ? " -o IdentityAgent=none" : "")};
  for (const char* name : kKept)
    if (const char* value = std::getenv(name)) variables.push_back(std::string(name) + "=" + value);
  if (!place_.agent.empty()) variables.push_back("SSH_AUTH_SOCK=" + place_.agent);
  // Unlike GIT_CONFIG_COUNT it is for submodules, too, as -c is, which adds to it.
  std::string settings;
  for (const auto& [key, value] : place_.secret_settings)
    settings += (settings.empty() ? "" : " ") + quoted(key + "=" + value);
  if (!settings.empty()) variables.push_back("GIT_CONFIG_PARAMETERS=" + settings);
  return variables;
}

SubprocessResult GitProgram::run(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv{"git", "-C", place_.directory.string()};
  for (const char* setting : kSettings) {
    argv.push_back("-c");
    argv.push_back(setting);
  }
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  try {
    return run_subprocess(argv, kLimit, {.environment = environment(), .stop = stop_});
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
    throw Error(Errc::unsupported,
                "Git repositories need the program git on the engine's host: it was not found");
  }
}

}  // namespace gantry::services
