#include "core/pluginhost/runtime_results.hpp"

#include <limits>

namespace gantry::pluginhost {

namespace {

int read_exit_code(json::Node node) {
  const auto code = node.i64();
  if (code < -1 || code > 255) node.fail("must be an exit code");
  return static_cast<int>(code);
}

RunStatus read_status(json::Node node) {
  const std::string status = node.str();
  if (status == "created") return RunStatus::created;
  if (status == "running") return RunStatus::running;
  if (status == "paused") return RunStatus::paused;
  if (status == "exited") return RunStatus::exited;
  node.fail("unknown status \"" + status + "\"");
}

}  // namespace

int read_pid(json::Node node) {
  const auto pid = node.i64();
  if (pid < 0 || pid > std::numeric_limits<int>::max()) node.fail("must be a process id");
  return static_cast<int>(pid);
}

std::vector<int> read_pids(json::Node array) {
  std::vector<int> pids;
  array.each_item([&](json::Node node) { pids.push_back(read_pid(node)); });
  return pids;
}

RuntimeState read_state(json::Node object) {
  RuntimeState state;
  state.id = object["id"].str();
  if (state.id.empty()) object.fail("a container without an id");
  state.status = read_status(object["status"]);
  state.pid = read_pid(object["pid"]);
  state.exit_code = read_exit_code(object["exit_code"]);
  state.oom_killed = object["oom_killed"].boolean();
  state.started_at = object["started_at"].i64();
  state.finished_at = object["finished_at"].i64();
  return state;
}

std::vector<RuntimeState> read_states(json::Node array) {
  std::vector<RuntimeState> states;
  array.each_item([&](json::Node node) { states.push_back(read_state(node)); });
  return states;
}

std::vector<ExecState> read_execs(json::Node array) {
  std::vector<ExecState> execs;
  array.each_item([&](json::Node node) {
    execs.push_back({node["exec_id"].str(), read_pid(node["pid"]), node["running"].boolean(),
                     read_exit_code(node["exit_code"]), node["note"].str("")});
  });
  return execs;
}

PathInfo read_path_info(json::Node object) {
  PathInfo info;
  info.path = object["path"].str();
  if (!info.path.starts_with('/')) object.fail("a path that is not absolute");
  info.size = object["size"].i64();
  const auto mode = object["mode"].u64();
  if (mode > std::numeric_limits<std::uint32_t>::max()) object["mode"].fail("must be a file mode");
  info.mode = static_cast<std::uint32_t>(mode);
  info.mtime = object["mtime"].i64();
  info.link_target = object["link_target"].str();
  return info;
}

std::vector<PathChange> read_changes(json::Node array) {
  std::vector<PathChange> changes;
  array.each_item([&](json::Node node) {
    const auto kind = node["kind"].i64();
    if (kind < 0 || kind > 2) node.fail("unknown kind of change");
    changes.push_back({node["path"].str(), static_cast<int>(kind)});
  });
  return changes;
}

}  // namespace gantry::pluginhost
