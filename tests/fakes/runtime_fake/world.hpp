// All containers of one fake runtime. It belongs to the process, not to the plugin object, and is
// found again by its run directory: like real supervisors, the containers outlive a daemon that
// ends. Exits that happen while no host listens are seen in list() only. All functions: any thread.
#pragma once

#include <gantry/cpp/runtime.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "runtime_fake/process.hpp"

namespace fake {

struct Running {
  gantry::sdk::ContainerState state;
  std::map<std::string, gantry::sdk::ExecInfo> execs;
  // Last, so that they end before what their threads use.
  std::shared_ptr<Process> process;
  std::map<std::string, std::shared_ptr<Process>> exec_processes;
};

class World : public std::enable_shared_from_this<World> {
 public:
  static std::shared_ptr<World> of(const std::string& run_dir);
  ~World();

  void listen(std::optional<gantry::sdk::Host> host);

  void create(const std::string& id, Process::Options options);
  gantry::sdk::Started start(const std::string& id);
  std::shared_ptr<Process> process(const std::string& id);
  void remove(const std::string& id);
  void set_paused(const std::string& id, bool paused);
  gantry::sdk::ContainerState state(const std::string& id);
  std::vector<gantry::sdk::ContainerState> list();

  int exec_start(const std::string& id, const std::string& exec_id, Process::Options options,
                 const gantry_stream* stream, const std::string& note);
  std::shared_ptr<Process> exec_process(const std::string& id, const std::string& exec_id);
  std::vector<gantry::sdk::ExecInfo> exec_list(const std::string& id);

 private:
  Running& get(const std::string& id);
  void exited(const std::string& id, int code);
  void exec_exited(const std::string& id, const std::string& exec_id, int code);
  void send(const char* kind, const std::string& id, const std::string& exec_id, int code,
            int pid = 0);

  std::mutex mutex_;
  std::mutex host_mutex_;  // held during a callback, so that listen(nullopt) waits for its end
  std::optional<gantry::sdk::Host> host_;
  std::map<std::string, Running> containers_;  // guarded by mutex_; last: its threads use the rest
};

std::int64_t now_ns();

}  // namespace fake
