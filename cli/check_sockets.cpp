#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/checks.hpp"
#include "cli/engine_query.hpp"
#include "core/base/error.hpp"
#include "core/json/reader.hpp"

namespace gantry::cli {

namespace {

/// By /version, not by the Server header: that one says "Docker/…", as clients expect of the API.
bool is_ours(const Answer& answer) {
  if (answer.status != 200) return false;
  try {
    const auto version = json::Document::parse(answer.body);
    return version.root()["Platform"]["Name"].str() == "Gantry Engine";
  } catch (const Error&) {
    return false;  // whatever answers there, it is no engine of ours
  }
}

std::string server_of(const Answer& answer) {
  const auto server = answer.headers.find("server");
  return server == answer.headers.end() ? "something unknown" : server->second;
}

void check_own_socket(const std::string& host, const std::string& group, Findings& findings) {
  const Answer answer = ask_engine(host, "/version");
  const std::string path = socket_path(host);
  switch (answer.reach) {
    case Reach::answers:
      if (is_ours(answer))
        findings.ok(path + ": this engine answers");
      else
        findings.fail(path + " is served by " + server_of(answer),
                      "stop it, or give the engine another address: [daemon] hosts");
      return;
    case Reach::nobody:
      findings.warn(path + ": no engine is running",
                    "start it: systemctl start gantry, or gantryd");
      return;
    case Reach::forbidden:
      findings.fail(path + ": permission denied",
                    group.empty() ? "the socket belongs to the user who started gantryd"
                                  : "usermod -aG " + group + " $USER, then log in again");
      return;
    case Reach::not_socket:
      findings.fail(path + " is not a socket", "move it away: the engine does not replace it");
      return;
    case Reach::silent:
      findings.fail(path + ": connected, but no answer came", "look at gantryd's log");
      return;
  }
}

void check_tcp(const std::string& host, const config::Daemon& daemon, Findings& findings) {
  if (!daemon.tls_ca.empty())
    findings.ok(host + ": TLS, for clients with a certificate");
  else
    findings.warn(host + ": whoever reaches it is root on this host",
                  "[daemon] tls_ca, tls_cert and tls_key let only clients with a certificate in");
}

void check_docker_socket(const std::string& host, Findings& findings) {
  const std::string path = socket_path(host);
  const Answer answer = ask_engine(host, "/version");
  if (answer.reach == Reach::not_socket)
    findings.warn(path + " is not a socket, so the engine leaves it alone",
                  "move it away, or use: gantry context --use");
  else if (answer.reach == Reach::answers && is_ours(answer))
    findings.ok(path + ": served by this engine, every Docker client finds it");
  else if (answer.reach == Reach::answers)
    findings.warn(path + " is served by " + server_of(answer) + ", and docker talks to that",
                  "gantry context --use, or stop the other engine");
  else if (answer.reach == Reach::nobody)
    findings.ok(path + ": free, the engine takes it when it starts");
}

}  // namespace

void check_sockets(const config::Config& config, Findings& findings) {
  findings.topic("sockets");
  const std::string& group = config.daemon.group;
  if (!group.empty() && ::geteuid() == 0 && !::getgrnam(group.c_str()))
    findings.warn("there is no group \"" + group + "\": only root can use the socket",
                  "groupadd --system " + group + ", then restart gantryd");
  for (const auto& host : config.daemon.hosts) {
    if (host.starts_with("tcp://"))
      check_tcp(host, config.daemon, findings);
    else
      check_own_socket(host, group, findings);
  }
  if (!config.daemon.docker_host.empty()) check_docker_socket(config.daemon.docker_host, findings);
}

}  // namespace gantry::cli
