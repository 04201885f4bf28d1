#include "core/api/operations.hpp"

#include <string>

#include "core/base/error.hpp"

namespace gantry::api {
namespace {

// clang-format off
constexpr Operation kOperations[] = {
    {"GET", "/containers/json", "ContainerList"},
    {"POST", "/containers/create", "ContainerCreate"},
    {"GET", "/containers/{id...}/json", "ContainerInspect"},
    {"GET", "/containers/{id...}/top", "ContainerTop"},
    {"GET", "/containers/{id...}/logs", "ContainerLogs"},
    {"GET", "/containers/{id...}/changes", "ContainerChanges"},
    {"GET", "/containers/{id...}/export", "ContainerExport"},
    {"GET", "/containers/{id...}/stats", "ContainerStats"},
    {"POST", "/containers/{id...}/resize", "ContainerResize"},
    {"POST", "/containers/{id...}/start", "ContainerStart"},
    {"POST", "/containers/{id...}/stop", "ContainerStop"},
    {"POST", "/containers/{id...}/restart", "ContainerRestart"},
    {"POST", "/containers/{id...}/kill", "ContainerKill"},
    {"POST", "/containers/{id...}/update", "ContainerUpdate"},
    {"POST", "/containers/{id...}/rename", "ContainerRename"},
    {"POST", "/containers/{id...}/pause", "ContainerPause"},
    {"POST", "/containers/{id...}/unpause", "ContainerUnpause"},
    {"POST", "/containers/{id...}/attach", "ContainerAttach"},
    {"GET", "/containers/{id...}/attach/ws", "ContainerAttachWebsocket"},
    {"POST", "/containers/{id...}/wait", "ContainerWait"},
    {"DELETE", "/containers/{id...}", "ContainerDelete"},
    {"GET", "/containers/{id...}/archive", "ContainerArchive"},
    {"HEAD", "/containers/{id...}/archive", "ContainerArchiveInfo"},
    {"PUT", "/containers/{id...}/archive", "PutContainerArchive"},
    {"POST", "/containers/prune", "ContainerPrune"},
    {"GET", "/images/json", "ImageList"},
    {"POST", "/build", "ImageBuild"},
    {"POST", "/build/prune", "BuildPrune"},
    {"POST", "/images/create", "ImageCreate"},
    {"GET", "/images/{name...}/json", "ImageInspect"},
    {"GET", "/images/{name...}/history", "ImageHistory"},
    {"POST", "/images/{name...}/push", "ImagePush"},
    {"POST", "/images/{name...}/tag", "ImageTag"},
    {"DELETE", "/images/{name...}", "ImageDelete"},
    {"GET", "/images/search", "ImageSearch"},
    {"POST", "/images/prune", "ImagePrune"},
    {"POST", "/auth", "SystemAuth"},
    {"GET", "/info", "SystemInfo"},
    {"GET", "/version", "SystemVersion"},
    {"GET", "/_ping", "SystemPing"},
    {"HEAD", "/_ping", "SystemPingHead"},
    {"POST", "/commit", "ImageCommit"},
    {"GET", "/events", "SystemEvents"},
    {"GET", "/system/df", "SystemDataUsage"},
    {"GET", "/images/{name...}/get", "ImageGet"},
    {"GET", "/images/get", "ImageGetAll"},
    {"POST", "/images/load", "ImageLoad"},
    {"POST", "/containers/{id...}/exec", "ContainerExec"},
    {"POST", "/exec/{id...}/start", "ExecStart"},
    {"POST", "/exec/{id...}/resize", "ExecResize"},
    {"GET", "/exec/{id...}/json", "ExecInspect"},
    {"GET", "/volumes", "VolumeList"},
    {"POST", "/volumes/create", "VolumeCreate"},
    {"GET", "/volumes/{name...}", "VolumeInspect"},
    {"PUT", "/volumes/{name...}", "VolumeUpdate"},
    {"DELETE", "/volumes/{name...}", "VolumeDelete"},
    {"POST", "/volumes/prune", "VolumePrune"},
    {"GET", "/networks", "NetworkList"},
    {"GET", "/networks/{id...}", "NetworkInspect"},
    {"DELETE", "/networks/{id...}", "NetworkDelete"},
    {"POST", "/networks/create", "NetworkCreate"},
    {"POST", "/networks/{id...}/connect", "NetworkConnect"},
    {"POST", "/networks/{id...}/disconnect", "NetworkDisconnect"},
    {"POST", "/networks/prune", "NetworkPrune"},
    {"GET", "/plugins", "PluginList"},
    {"GET", "/plugins/privileges", "GetPluginPrivileges"},
    {"POST", "/plugins/pull", "PluginPull"},
    {"GET", "/plugins/{name...}/json", "PluginInspect"},
    {"DELETE", "/plugins/{name...}", "PluginDelete"},
    {"POST", "/plugins/{name...}/enable", "PluginEnable"},
    {"POST", "/plugins/{name...}/disable", "PluginDisable"},
    {"POST", "/plugins/{name...}/upgrade", "PluginUpgrade"},
    {"POST", "/plugins/create", "PluginCreate"},
    {"POST", "/plugins/{name...}/push", "PluginPush"},
    {"POST", "/plugins/{name...}/set", "PluginSet"},
    {"GET", "/nodes", "NodeList"},
    {"GET", "/nodes/{id}", "NodeInspect"},
    {"DELETE", "/nodes/{id}", "NodeDelete"},
    {"POST", "/nodes/{id}/update", "NodeUpdate"},
    {"GET", "/swarm", "SwarmInspect"},
    {"POST", "/swarm/init", "SwarmInit"},
    {"POST", "/swarm/join", "SwarmJoin"},
    {"POST", "/swarm/leave", "SwarmLeave"},
    {"POST", "/swarm/update", "SwarmUpdate"},
    {"GET", "/swarm/unlockkey", "SwarmUnlockkey"},
    {"POST", "/swarm/unlock", "SwarmUnlock"},
    {"GET", "/services", "ServiceList"},
    {"POST", "/services/create", "ServiceCreate"},
    {"GET", "/services/{id}", "ServiceInspect"},
    {"DELETE", "/services/{id}", "ServiceDelete"},
    {"POST", "/services/{id}/update", "ServiceUpdate"},
    {"GET", "/services/{id}/logs", "ServiceLogs"},
    {"GET", "/tasks", "TaskList"},
    {"GET", "/tasks/{id}", "TaskInspect"},
    {"GET", "/tasks/{id}/logs", "TaskLogs"},
    {"GET", "/secrets", "SecretList"},
    {"POST", "/secrets/create", "SecretCreate"},
    {"GET", "/secrets/{id}", "SecretInspect"},
    {"DELETE", "/secrets/{id}", "SecretDelete"},
    {"POST", "/secrets/{id}/update", "SecretUpdate"},
    {"GET", "/configs", "ConfigList"},
    {"POST", "/configs/create", "ConfigCreate"},
    {"GET", "/configs/{id}", "ConfigInspect"},
    {"DELETE", "/configs/{id}", "ConfigDelete"},
    {"POST", "/configs/{id}/update", "ConfigUpdate"},
    {"GET", "/distribution/{name...}/json", "DistributionInspect"},
    {"POST", "/session", "Session"},
};
// clang-format on

/// A path that the pattern matches.
std::string sample(std::string_view pattern) {
  std::string path;
  while (!pattern.empty()) {
    const size_t open = pattern.find('{');
    path += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    path += 'x';
    pattern.remove_prefix(pattern.find('}', open) + 1);
  }
  return path;
}

}  // namespace

std::span<const Operation> operations() { return kOperations; }

void add_unsupported_operations(http::Router& router) {
  for (const Operation& operation : kOperations) {
    if (router.find(operation.method, sample(operation.pattern)).handler != nullptr) continue;
    const std::string message = std::string(operation.id) +
                                " is not supported by this engine: " + operation.method + " " +
                                operation.pattern;
    router.add(operation.method, operation.pattern,
               [message](http::Exchange&) { throw Error(Errc::unsupported, message); });
  }
}

}  // namespace gantry::api
