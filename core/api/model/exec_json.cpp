#include "core/api/model/exec_json.hpp"

#include "core/api/terminal_size.hpp"
#include "core/base/digest.hpp"
#include "core/domain/container_config.hpp"
#include "core/json/writer.hpp"

namespace gantry::api {

services::ExecConfig parse_exec_config(const json::Node& body, int api_minor) {
  services::ExecConfig config;
  config.user = body["User"].str();
  config.privileged = body["Privileged"].boolean();
  config.tty = body["Tty"].boolean();
  config.attach_stdin = body["AttachStdin"].boolean();
  config.attach_stdout = body["AttachStdout"].boolean();
  config.attach_stderr = body["AttachStderr"].boolean();
  config.env = body["Env"].strings();
  domain::check_environment(config.env);
  config.cmd = body["Cmd"].strings();
  config.working_dir = body["WorkingDir"].str();
  if (const auto size = find_console_size(body["ConsoleSize"]);
      size && config.tty && api_minor >= 42) {
    config.tty_rows = size->rows;
    config.tty_columns = size->columns;
  }
  return config;
}

std::string exec_json(const services::ExecView& exec) {
  const services::ExecConfig& config = *exec.config;
  const services::ExecStatus& status = exec.status;
  json::Writer w;
  w.begin_object().field("ID", exec.id).field("Running", status.running());
  w.key("ExitCode");
  status.phase == services::ExecPhase::ended ? w.i64(status.exit_code) : w.null();
  w.key("ProcessConfig")
      .begin_object()
      .field("tty", config.tty)
      .field("entrypoint", config.cmd.empty() ? std::string() : config.cmd.front());
  w.key("arguments").begin_array();
  for (size_t i = 1; i < config.cmd.size(); ++i) w.str(config.cmd[i]);
  w.end_array().field("privileged", config.privileged);
  if (!config.user.empty()) w.field("user", config.user);
  w.end_object();
  w.field("OpenStdin", status.open_stdin)
      .field("OpenStderr", status.open_stderr)
      .field("OpenStdout", status.open_stdout)
      .field("CanRemove", false)
      .field("ContainerID", config.container_id)
      .field("DetachKeys", base64_encode(config.detach_keys))
      .field("Pid", status.pid)
      .end_object();
  return w.take();
}

}  // namespace gantry::api
