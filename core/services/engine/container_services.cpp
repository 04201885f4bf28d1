#include "core/services/engine/container_services.hpp"

#include "core/services/base/timers.hpp"
#include "core/services/base/workers.hpp"
#include "core/services/containers/container_archive.hpp"
#include "core/services/containers/container_attach.hpp"
#include "core/services/containers/container_changes.hpp"
#include "core/services/containers/container_create.hpp"
#include "core/services/containers/container_exit.hpp"
#include "core/services/containers/container_export.hpp"
#include "core/services/containers/container_inspect.hpp"
#include "core/services/containers/container_kill.hpp"
#include "core/services/containers/container_list.hpp"
#include "core/services/containers/container_logs.hpp"
#include "core/services/containers/container_pause.hpp"
#include "core/services/containers/container_prune.hpp"
#include "core/services/containers/container_remove.hpp"
#include "core/services/containers/container_rename.hpp"
#include "core/services/containers/container_resize.hpp"
#include "core/services/containers/container_start.hpp"
#include "core/services/containers/container_stats.hpp"
#include "core/services/containers/container_stop.hpp"
#include "core/services/containers/container_top.hpp"
#include "core/services/containers/container_update.hpp"
#include "core/services/containers/container_wait.hpp"
#include "core/services/engine/exit_monitor.hpp"
#include "core/services/engine/restore.hpp"
#include "core/services/logs/log_forwarding.hpp"
#include "core/services/processes/exec.hpp"
#include "core/services/processes/health_monitor.hpp"
#include "core/services/processes/probe_outputs.hpp"
#include "core/services/world/container_directory.hpp"

namespace gantry::services {
namespace {

/// For what is being done for containers when the engine ends; a volume driver may never answer.
constexpr std::chrono::seconds kPatience{5};

}  // namespace

/// In the order in which one needs the other.
struct ContainerServices::Impl {
  explicit Impl(const ContainerWorld& w) : world(w) {}

  const ContainerWorld world;
  StartsUnderWay under_way;
  ExitWatch watch;
  LogFollow follow{world, watch};
  LogForwarding forwarding{world, follow};
  HeldStreams held;
  ContainerUses uses;
  Workers workers;
  Timers timers{workers};
  ExecService exec{world, under_way};
  ProbeOutputs probes{workers};
  HealthMonitor health{world, timers, probes, exec};
  ContainerKill kill{world, watch, timers, health};
  ContainerRemove remove{world, kill, watch, held, forwarding, uses};
  ContainerStart start{world, under_way, held, watch, remove, health, forwarding};
  StopsUnderWay stops;
  ContainerExit exits{world, watch, workers, timers, stops, remove, start, health};
  ExitMonitor monitor{world, exits, workers};
  BootStarts starts{world, start, workers};
  Restore restore{world, exits, remove, starts, health, workers, forwarding};

  ContainerCreate create{world};
  ContainerStop stop{world, kill, watch, stops};
  ContainerRestart restart{world, stop, start, exits};
  ContainerPause pause{world, health};
  ContainerRename rename{world};
  ContainerResize resize{world};
  ContainerWait wait{world, watch, under_way};
  ContainerLogs logs{world, follow};
  ContainerAttach attach{world, held, logs};
  ContainerList list{world};
  ContainerInspect inspect{world, under_way};
  ContainerTop top{world};
  ContainerStats stats{world, watch};
  ContainerUpdates update{world};
  ContainerExport export_root{world, uses};
  ContainerArchive archive{world, uses};
  ContainerChanges changes{world, uses};
  ContainerPrune prune{world, remove};
};

ContainerServices::ContainerServices(const ContainerWorld& world)
    : impl_(std::make_unique<Impl>(world)) {}

ContainerServices::~ContainerServices() { stop(); }

void ContainerServices::restore() {
  impl_->world.store.load();
  impl_->restore.run();
  impl_->monitor.start();
}

bool ContainerServices::records_were_lost() const { return impl_->restore.records_were_lost(); }

void ContainerServices::interrupt() {
  impl_->watch.close();
  impl_->world.leases.wake_all();
  impl_->under_way.close();
  impl_->archive.interrupt();
  impl_->attach.interrupt();
}

bool ContainerServices::stop() {
  // Waiters first: they hold request threads. Then what feeds the workers, then the workers.
  interrupt();
  impl_->monitor.stop();
  impl_->timers.stop();
  impl_->probes.stop();
  const bool done = impl_->workers.stop(kPatience);
  impl_->held.clear();
  return impl_->forwarding.stop() && done;
}

std::string ContainerServices::read_guest_file(const ContainerSettings& settings,
                                               const std::string& container_id,
                                               const std::string& path) {
  return ContainerDirectory(settings, container_id).read(path);
}

void ContainerServices::replace_guest_file(const ContainerSettings& settings,
                                           const std::string& container_id, const std::string& path,
                                           const std::string& content) {
  ContainerDirectory(settings, container_id).replace(path, content);
}

ContainerArchive& ContainerServices::archive() { return impl_->archive; }
ContainerAttach& ContainerServices::attach() { return impl_->attach; }
ContainerChanges& ContainerServices::changes() { return impl_->changes; }
ContainerCreate& ContainerServices::create() { return impl_->create; }
ContainerExport& ContainerServices::export_root() { return impl_->export_root; }
ContainerInspect& ContainerServices::inspect() { return impl_->inspect; }
ContainerKill& ContainerServices::kill() { return impl_->kill; }
ContainerList& ContainerServices::list() { return impl_->list; }
ContainerLogs& ContainerServices::logs() { return impl_->logs; }
ContainerPause& ContainerServices::pause() { return impl_->pause; }
ContainerPrune& ContainerServices::prune() { return impl_->prune; }
ContainerRemove& ContainerServices::remove() { return impl_->remove; }
ContainerRename& ContainerServices::rename() { return impl_->rename; }
ContainerResize& ContainerServices::resize() { return impl_->resize; }
ContainerRestart& ContainerServices::restart() { return impl_->restart; }
ContainerStart& ContainerServices::start() { return impl_->start; }
ContainerStats& ContainerServices::stats() { return impl_->stats; }
ContainerStop& ContainerServices::stop_container() { return impl_->stop; }
ContainerTop& ContainerServices::top() { return impl_->top; }
ContainerUpdates& ContainerServices::update() { return impl_->update; }
ContainerWait& ContainerServices::wait() { return impl_->wait; }
ExecService& ContainerServices::exec() { return impl_->exec; }

}  // namespace gantry::services
