// Every use case for containers, built from the parts they share. main makes one after the stores
// and plugins, calls restore(), start(), and stop() when the daemon ends.
//
//   ExecTable execs; PluginInbox inbox(execs);         // before PluginHost: on_event =
//   inbox.post(...) state::ContainerStore store(journal); state::Leases leases; ContainerServices
//   containers({settings, store, leases, events, runtime, networks, volumes, images, execs,
//   inbox}); containers.restore();                               // before the first request
#pragma once

#include <memory>

#include "core/services/world/container_world.hpp"

namespace gantry::services {

class ContainerArchive;
class ContainerAttach;
class ContainerChanges;
class ContainerCreate;
class ContainerExport;
class ContainerKill;
class ContainerList;
class ContainerLogs;
class ContainerPause;
class ContainerPrune;
class ContainerRemove;
class ContainerRename;
class ContainerResize;
class ContainerRestart;
class ContainerStart;
class ContainerStats;
class ContainerStop;
class ContainerTop;
class ContainerUpdates;
class ContainerWait;
class ContainerInspect;
class ExecService;

class ContainerServices {
 public:
  explicit ContainerServices(const ContainerWorld& world);
  ~ContainerServices();

  /// Loads the journal's records and makes them and the runtime agree; starts what restart policies
  /// ask for in the background. Quick: main calls it before it listens.
  void restore();
  /// restore() found what no record knows, or records that cannot be read.
  bool records_were_lost() const;
  /// Waiters and followers give up, at once and from now on. Any thread.
  void interrupt();
  /// interrupt(), then ends the threads; containers keep running. False: one of them hangs in a
  /// plugin, and the process must end without destroying this.
  bool stop();

  /// Replaces /etc/hosts or /etc/resolv.conf of a container in place
  /// (HostOptions::replace_guest_file).
  static std::string read_guest_file(const ContainerSettings& settings,
                                     const std::string& container_id, const std::string& path);
  static void replace_guest_file(const ContainerSettings& settings, const std::string& container_id,
                                 const std::string& path, const std::string& content);

  ContainerArchive& archive();
  ContainerAttach& attach();
  ContainerChanges& changes();
  ContainerCreate& create();
  ContainerExport& export_root();
  ContainerInspect& inspect();
  ContainerKill& kill();
  ContainerList& list();
  ContainerLogs& logs();
  ContainerPause& pause();
  ContainerPrune& prune();
  ContainerRemove& remove();
  ContainerRename& rename();
  ContainerResize& resize();
  ContainerRestart& restart();
  ContainerStart& start();
  ContainerStats& stats();
  ContainerStop& stop_container();
  ContainerTop& top();
  ContainerUpdates& update();
  ContainerWait& wait();
  ExecService& exec();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::services
