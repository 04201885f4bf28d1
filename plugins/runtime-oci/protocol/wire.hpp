// The supervisor's control socket: message header, message types, fixed names and descriptors.
//
// One gantry-shim per container. The plugin starts it with spawn() (spawn.hpp) over one end of a
// stream socketpair, the *creating connection*. Further connections come through
// `<bundle>/shim.sock` (0600). Every connection carries messages {Header, body}. A client sends one
// request and waits for its reply before it sends the next; any number of connections may be open
// at once. Bodies: messages.hpp. Descriptors travel as SCM_RIGHTS on the first byte of their
// message; the shim closes what it gets and does not want.
//
// Life of a shim
//   spawned   nothing yet; ends when the creating connection closes
//   created   after `create`: mounts done, stdio there, clients may attach, ports may be published.
//   Still
//             ends, and frees everything, when the creating connection closes: a daemon that dies
//             between create and start leaves nothing behind.
//   running   from the moment `start` is received (a start under way is finished even when the
//   daemon
//             dies): ends only after the container. A failed start leads back to created; if the
//             creating connection has gone meanwhile, the shim ends.
//   exited    the first process ended and all its output is logged. Status file written, then
//   `exit`
//             announced, then (acked, or 2 s later, or at once when nobody is subscribed) attached
//             clients closed after their bytes are flushed (`streams_end` says so if there were
//             any), `runtime delete` run, and the shim ends.
//
// Events go to the newest subscriber only: the creating connection from `create` on, until some
// connection sends `subscribe`. An event that nobody has acked is sent again to a new subscriber.
// What happened while nobody listened is in the status file (status_file.hpp) and in the reply to
// `state`. After sending `subscribe` a connection (and the creating connection after the reply to
// `create`) carries only events from the shim and acks to it.
//
// Both ends run on the same host but may differ in version (the daemon is upgraded while shims
// run): fields are only appended to a message; missing ones read as zero or empty, unknown ones are
// skipped; an unknown type is answered with GANTRY_UNSUPPORTED.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gantry::shim {

inline constexpr std::uint32_t kMagic = 0x31485347;  // "GSH1"
inline constexpr std::uint32_t kMaxBody =
    8u << 20;                               // an exec with the kernel's largest environment fits
inline constexpr std::size_t kMaxFds = 32;  // descriptors in one message

struct Header {
  std::uint32_t magic = kMagic;
  std::uint32_t type = 0;
  std::uint32_t size = 0;  // bytes of body that follow
  std::uint32_t tag = 0;   // chosen by the sender of a request, repeated in its reply; 0 in events
};
static_assert(sizeof(Header) == 16);

enum class Type : std::uint32_t {
  reply = 1,  // Status, then the fields of the request's own reply

  // Requests.                  body            descriptors                   reply after Status
  create = 10,       //        Create          -                             Created
  start = 11,        //        Start           -                             Started
  attach = 12,       //        Attach          the client                    -
  resize = 13,       //        Resize          -                             -
  signal = 14,       //        Signal          -                             -
  exec_start = 15,   //        ExecStart       the client, if `has_stream`   ExecStarted
  exec_resize = 16,  //        Resize          -                             -
  exec_signal = 17,  //        Signal          -                             -
  exec_list = 18,    //        -               -                             ExecList
  publish = 19,      //        Publish         one socket per port           -
  unpublish = 20,    //        -               -                             -
  state = 21,        //        -               -                             State
  terminate = 22,    //        -               -                             -
  subscribe = 23,    //        -               -                             -
  ack = 24,          //        Ack             -                             (no reply)

  // From the shim to the subscriber; answered with `ack`.
  event = 40,  //        Event
};

// Descriptors of a new shim. stdin, stdout and stderr are /dev/null.
inline constexpr int kControlFd = 3;  // the creating connection
inline constexpr int kExeFd = 4;      // the sealed binary it was executed from; closed at once
// The container's network namespace, if it has one of its own. Stays open under this number as long
// as the shim lives: the OCI spec says {"type":"network","path":"/proc/<shim pid>/fd/5"}.
inline constexpr int kNetnsFd = 5;

// Optionally a sealed copy of the OCI runtime's binary, executed instead of its path when Create
// says so: runc then need not protect itself by copying or mounting its own file, at every call.
inline constexpr int kRuntimeFd = 6;

// Files in the bundle directory, which is also the shim's working directory.
inline constexpr char kSocketName[] = "shim.sock";
inline constexpr char kStatusName[] = "shim.status";  // status_file.hpp
inline constexpr char kConfigName[] = "config.json";  // the plugin writes it before `start`
inline constexpr char kMountsName[] = "mounts";       // exists when Create has sources
inline constexpr char kRootfsName[] = "rootfs";  // exists before `create`; mount point in the shim
inline constexpr char kRuntimeLogName[] =
    "runtime.log";  // the OCI runtime's JSON log of the last start

// Deadlines, in milliseconds.
inline constexpr int kAckDeadlineMs = 2000;  // an event's subscriber must ack within
inline constexpr int kFlushDeadlineMs =
    10000;  // after the exit a client that reads nothing is dropped

}  // namespace gantry::shim
