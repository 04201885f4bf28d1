// Bodies of the control socket's messages (wire.hpp says which belongs to which type). Texts and
// lists are views: into the sender's own strings, or into the received message. Times are
// nanoseconds since the Unix epoch. New fields go to the end of a struct and of its fields().
#pragma once

#include <gantry/abi.h>

#include <cstdint>
#include <string_view>

#include "codec.hpp"

namespace gantry::shim {

// Head of every reply. code: gantry_errc. The reply's own fields follow only when code is
// GANTRY_OK.
struct Status {
  std::int32_t code = GANTRY_OK;
  std::int32_t os_errno = 0;
  std::string_view message;
  template <class A>
  void fields(A&& a) {
    a(code), a(os_errno), a(message);
  }
};

// Where the container's root comes from. With `type` empty nothing is mounted: config.json's
// root.path is used as it is. Otherwise the shim mounts on <bundle>/rootfs in its own mount
// namespace: chdir(directory); mount(source, rootfs, type, flags, data). Relative lower directories
// keep `data` within the kernel's 4096 bytes. No such mount is ever in the host's table; it goes
// with the shim.
struct Create {
  std::string_view id;       // container id, given to the runtime
  std::string_view runtime;  // absolute path of runc or crun
  // Global arguments before the runtime's command: {"--root", "/run/…/runc"}. The shim appends its
  // own
  // --log and --log-format, the command, --bundle and the rest.
  TextList runtime_args;
  // The runtime's whole environment; empty: PATH only. "GOMAXPROCS=1" saves runc some CPU time.
  TextList runtime_env;
  std::string_view mount_type, mount_source, mount_directory, mount_data;
  std::uint64_t mount_flags = 0;  // MS_…
  std::uint8_t tty = 0;
  std::uint8_t open_stdin = 0;  // 0: the process' stdin is /dev/null (a tty always has input)
  std::uint8_t stdin_once = 0;  // the end of the first attached client's input closes stdin
  // Set when the terminal comes; a process that asks at once sees it only if config.json says the
  // same (process.consoleSize). 0: the kernel's default.
  std::uint32_t tty_rows = 0, tty_columns = 0;
  std::string_view log_path;        // absolute; "": keep no log. The directory exists.
  std::uint64_t log_max_bytes = 0;  // rotate before the file would grow beyond this; 0: never
  std::uint32_t log_max_files = 1;  // files kept, the current one included
  // config.json's linux.cgroupsPath when it is a path ("/gantry/<id>"), else "". Used for the OOM
  // counter of a process that ended so early that /proc no longer told its groups.
  std::string_view cgroup_path;
  std::uint8_t runtime_is_fd = 0;  // execute kRuntimeFd; `runtime` is only its name
  // The directory in which the runtime keeps this container. When set, the shim removes it and the
  // groups at cgroup_path itself after an exit in order: all that the runtime's delete would do for
  // a container without hooks. "": the runtime's delete is called.
  std::string_view runtime_state;
  // Binds whose source the shim opens itself, three texts each: how ("shared": as a peer of the
  // host's mount; "": like all others, a slave of it; "image": the source is the data of an overlay
  // mount for reading, its names relative to mount_directory), the source, and a path inside the
  // source or "". The n-th is mounted on <bundle>/mounts/<n>, which config.json names as its
  // source.
  TextList sources;
  std::uint8_t quota_obedience = 0;  // mount under QuotaObedience (quota_obedience.hpp)
  template <class A>
  void fields(A&& a) {
    a(id), a(runtime), a(runtime_args), a(runtime_env);
    a(mount_type), a(mount_source), a(mount_directory), a(mount_data), a(mount_flags);
    a(tty), a(open_stdin), a(stdin_once), a(tty_rows), a(tty_columns);
    a(log_path), a(log_max_bytes), a(log_max_files), a(cgroup_path);
    a(runtime_is_fd), a(runtime_state), a(sources), a(quota_obedience);
  }
};

struct Created {
  std::int32_t shim_pid = 0;
  template <class A>
  void fields(A&& a) {
    a(shim_pid);
  }
};

struct Start {
  template <class A>
  void fields(A&&) {}
};

// On failure Status.message is the tail (at most 8 KiB, whole lines) of the runtime's JSON log, or
// the shim's own sentence when the runtime wrote none; os_errno is set when the shim itself failed.
struct Started {
  std::int32_t pid = 0;
  std::int64_t started_at = 0;
  template <class A>
  void fields(A&& a) {
    a(pid), a(started_at);
  }
};

// A client's connection, as gantry_stream in gantry/runtime.h.
struct Attach {
  std::uint32_t streams = 0;  // GANTRY_STDIN | GANTRY_STDOUT | GANTRY_STDERR
  std::uint8_t framed = 0;
  std::string_view read_ahead;
  std::string_view detach_keys;  // the bytes; "": none
  std::uint64_t log_offset = UINT64_MAX;
  template <class A>
  void fields(A&& a) {
    a(streams), a(framed), a(read_ahead), a(detach_keys), a(log_offset);
  }
};

// exec_id is empty for the container itself.
struct Resize {
  std::string_view exec_id;
  std::uint32_t rows = 0, columns = 0;
  template <class A>
  void fields(A&& a) {
    a(exec_id), a(rows), a(columns);
  }
};

struct Signal {
  std::string_view exec_id;
  std::int32_t number = 0;
  std::uint8_t all = 0;  // every process of the container's cgroup
  template <class A>
  void fields(A&& a) {
    a(exec_id), a(number), a(all);
  }
};

struct Rlimit {           // packed into ExecStart::rlimits
  std::int32_t resource;  // RLIMIT_…
  std::int32_t reserved;
  std::uint64_t soft, hard;  // UINT64_MAX: unlimited
};

// A further process. Numbers only: names of users, capabilities and limits are resolved by the
// plugin. Failures: GANTRY_NOT_FOUND (ENOENT of the executable: exit code 127), GANTRY_PERMISSION
// (EACCES: 126), else what it says; message in runc's words ("exec: \"x\": executable file not
// found in $PATH").
struct ExecStart {
  std::string_view exec_id;
  TextList args, env;    // PATH for the search is taken from env, else the usual default
  std::string_view cwd;  // ""
  std::uint32_t uid = 0, gid = 0;
  std::string_view groups;  // array of uint32_t: additional gids
  std::uint64_t cap_bounding = 0, cap_permitted = 0, cap_effective = 0, cap_inheritable = 0,
                cap_ambient = 0;  // bit n: capability n
  std::uint8_t no_new_privileges = 0;
  std::string_view rlimits;                          // array of Rlimit
  std::string_view seccomp;                          // array of struct sock_filter; "": none
  std::uint32_t seccomp_flags = 0;                   // SECCOMP_FILTER_FLAG_…
  std::string_view apparmor_profile, selinux_label;  // "": as inherited
  std::uint8_t tty = 0;
  std::uint32_t tty_rows = 0, tty_columns = 0;
  std::uint8_t open_stdin = 0;  // 0: /dev/null
  std::uint8_t has_stream = 0;  // 0: detached, output is discarded
  Attach stream;                // log_offset is not used
  std::uint8_t has_umask = 0;
  std::uint32_t umask = 0;  // default 022
  std::uint8_t has_oom_score_adj = 0;
  std::int32_t oom_score_adj = 0;    // default: that of the container's first process
  std::uint8_t end_with_client = 0;  // seconds from the client's end to its own; 0: none
  std::string_view note;             // given back by ExecList
  template <class A>
  void fields(A&& a) {
    a(exec_id), a(args), a(env), a(cwd), a(uid), a(gid), a(groups);
    a(cap_bounding), a(cap_permitted), a(cap_effective), a(cap_inheritable), a(cap_ambient);
    a(no_new_privileges), a(rlimits), a(seccomp), a(seccomp_flags);
    a(apparmor_profile), a(selinux_label), a(tty), a(tty_rows), a(tty_columns);
    a(open_stdin), a(has_stream), stream.fields(a);
    a(has_umask), a(umask), a(has_oom_score_adj), a(oom_score_adj);
    a(end_with_client), a(note);
  }
};

struct ExecStarted {
  std::int32_t pid = 0;  // on the host
  template <class A>
  void fields(A&& a) {
    a(pid);
  }
};

// exec_id per entry in `ids`, `states` an array of ExecState in the same order. Finished ones are
// kept until their exit was acked, or for the last 32 of them.
struct ExecState {
  std::int32_t pid;
  std::int32_t exit_code;
  std::uint32_t running;
  std::uint32_t reserved;
};
struct ExecList {
  TextList ids;
  std::string_view states;
  TextList notes;  // in the same order; none from an older shim
  template <class A>
  void fields(A&& a) {
    a(ids), a(states), a(notes);
  }
};

// Sockets bound by the plugin; the descriptors of the message in the order of `ports`. May be sent
// several times (kMaxFds each). With `forward` 0 the shim only keeps the socket, which reserves the
// host's port.
struct PublishedPort {    // packed into Publish::ports
  std::uint8_t protocol;  // IPPROTO_TCP or IPPROTO_UDP
  std::uint8_t forward;   // accept (TCP; the socket listens) or receive, and pass to the target
  std::uint8_t target_family;  // AF_INET or AF_INET6
  std::uint8_t reserved;
  std::uint16_t target_port;  // host byte order
  std::uint16_t reserved2;
  std::uint8_t target_address[16];  // network byte order, the first 4 bytes for AF_INET
};
struct Publish {
  std::string_view ports;
  template <class A>
  void fields(A&& a) {
    a(ports);
  }
};

enum class Phase : std::uint32_t { spawned = 0, created = 1, running = 2, exited = 3 };

struct State {
  std::uint32_t phase = 0;  // Phase
  std::int32_t shim_pid = 0;
  std::int32_t pid = 0;
  std::int32_t exit_code = 0;  // 0..255, 128 + n after signal n
  std::uint8_t oom_killed = 0;
  std::int64_t started_at = 0, finished_at = 0;
  std::uint64_t log_lost_bytes = 0;  // output that was not logged (disk full)
  std::int32_t log_errno = 0;        // of the last failed write while the log is failing, else 0
  std::uint32_t clients = 0;         // attached now
  template <class A>
  void fields(A&& a) {
    a(phase), a(shim_pid), a(pid), a(exit_code), a(oom_killed), a(started_at), a(finished_at);
    a(log_lost_bytes), a(log_errno), a(clients);
  }
};

enum class EventKind : std::uint32_t {
  exit = 1,  // the first process ended; status file is written
  exec_exit = 2,
  oom = 3,          // the kernel's OOM killer ended a process of the container
  log_failing = 4,  // once, when the log can't be written: exit_code holds the errno
  detach = 5,       // a client has typed its detach keys; exec_id is empty for an attached one
  streams_end = 6,  // after an exit with streams_open: the clients have been closed
};

struct Event {
  std::uint64_t sequence = 0;  // ack this; grows by one
  std::uint32_t kind = 0;      // EventKind; unknown ones are acked and ignored
  std::string_view exec_id;
  std::int32_t exit_code = 0;
  std::uint8_t oom_killed = 0;
  std::int64_t time = 0;
  std::uint8_t streams_open = 0;  // exit: clients are attached, streams_end follows
  template <class A>
  void fields(A&& a) {
    a(sequence), a(kind), a(exec_id), a(exit_code), a(oom_killed), a(time), a(streams_open);
  }
};

struct Ack {
  std::uint64_t sequence = 0;
  template <class A>
  void fields(A&& a) {
    a(sequence);
  }
};

}  // namespace gantry::shim
