// `<bundle>/shim.status`: what must be known of a container when its supervisor can't be asked.
// Lines `key=value`, decimal numbers, replaced atomically (temporary file and rename, no fsync:
// after a reboot nothing of it is true any more) when the phase changes:
//   created  before the reply to `create`
//   running  before the reply to `start`
//   exited   before the exit is announced; again with deleted=1 after `runtime delete`
//
// How to judge a bundle after a daemon restart:
//   connect(shim.sock) works           alive: ask `state`, `subscribe`
//   refused or absent, phase exited    ended in order: the code is here. Unless `deleted` run the
//   runtime's
//                                      delete --force (the shim itself was killed before it could)
//   refused or absent, phase running   lost: the shim was killed; the container's processes may
//   still run:
//                                      delete --force, report "lost"
//   refused or absent, phase created or no file    never started: remove the bundle
#pragma once

#include <cstdint>
#include <optional>

namespace gantry::shim {

struct StatusFile {
  std::uint32_t phase = 0;  // Phase of messages.hpp
  std::int32_t shim_pid = 0;
  std::uint64_t shim_start =
      0;                 // start time of that pid: field 22 of /proc/<pid>/stat, clock ticks
  std::int32_t pid = 0;  // the container's first process
  std::uint64_t pid_start = 0;
  std::int32_t exit_code = 0;
  std::int32_t oom_killed = 0;
  std::int64_t started_at = 0, finished_at = 0;  // ns since the Unix epoch
  std::uint64_t log_lost_bytes = 0;
  std::int32_t deleted = 0;  // the OCI runtime has forgotten the container
};

// One list of keys for writer and reader. `f(name, member reference)`.
template <class S, class F>
void for_each_status_key(S& s, F&& f) {
  f("phase", s.phase), f("shim_pid", s.shim_pid), f("shim_start", s.shim_start);
  f("pid", s.pid), f("pid_start", s.pid_start);
  f("exit_code", s.exit_code), f("oom_killed", s.oom_killed);
  f("started_at", s.started_at), f("finished_at", s.finished_at);
  f("log_lost_bytes", s.log_lost_bytes), f("deleted", s.deleted);
}

// nullopt: absent or unreadable. Unknown keys are skipped, missing ones are 0. Any thread.
std::optional<StatusFile> read_status_file(const char* bundle);

}  // namespace gantry::shim
