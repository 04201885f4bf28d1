// One further process in the container (docker exec): started natively, because the OCI runtime's
// own exec costs more than everything else of a `docker exec` together. exec_child.hpp has what
// runs inside.
//
// Life: starting (reports come in) → running → ended, the rest of the output is read → (the client
// has got it, or 2 s later) `exec_exit` is announced → (ack, deadline, nobody there) client closed
// → finished. A failed start is finished at once.
#pragma once

#include <sys/types.h>

#include "connections.hpp"
#include "container.hpp"
#include "exec_child.hpp"
#include "streams.hpp"

namespace gantry::shim {

class Exec final : StreamsOwner, EventWaiter {
 public:
  Exec(Loop& loop, Events& events, Connections& connections, Container& container);
  ~Exec();

  // Replies to the connection, now or when the process has become its program.
  void start(Connection& connection, const ExecStart& spec, UniqueFd client);
  bool resize(std::uint32_t rows, std::uint32_t columns, Failure& why);
  bool signal(int number, Failure& why);
  // Clients may have gone: ends what is not to outlive its own. Or taken the last of the output.
  void look_at_clients();
  // The container ends: nobody is to hear of that before.
  void hurry();
  void child_ended(pid_t pid, int wait_status);

  std::string_view id() const { return id_.view(); }
  ExecState state() const;
  std::string_view note() const { return note_.view(); }
  Bytes take_note() { return std::move(note_); }
  bool started() const { return started_; }
  bool ended() const { return ended_; }
  Streams& streams() { return streams_; }
  bool finished() const { return finished_ && streams_.clients() == 0; }
  // Children that it has left still hold its output.
  bool outlived() const { return streams_.outlasting(); }

 private:
  bool prepare_stdio(const ExecStart& spec, UniqueFd (&theirs)[3], Failure& why);
  bool fork_joiner(const ExecStart& spec, const UniqueFd (&theirs)[3], Failure& why);
  void on_report(std::uint32_t events);
  bool take_report();
  void learn_pid(pid_t pid);
  void reports_ended();
  void start_failed(const Failure& why);
  void process_ended();
  void tell_end();
  void on_ack_deadline();
  void kill();

  void on_output_end() override;
  void on_detach() override;
  void on_log_failing() override {}
  void on_event_settled() override;

  Loop& loop_;
  Events& events_;
  Connections& connections_;
  Container& container_;
  Text<72> id_;
  Streams streams_;
  UniqueFd reports_;
  Watch reports_watch_;
  UniqueFd in_, out_, err_;  // our ends, until the process runs
  UniqueFd client_;
  Bytes read_ahead_, detach_keys_, note_;
  Attach client_options_;
  std::uint64_t starter_ = 0;
  pid_t joiner_ = 0;
  pid_t pid_ = 0;
  int wait_status_ = 0;
  std::int64_t ended_at_ = 0;
  struct Ended {
    pid_t pid;
    int wait_status;
  };
  std::vector<Ended>
      ended_early_;  // children that ended before the joiner told which is the process
  Failure failure_;
  bool failed_ = false;
  bool starting_ = false;
  bool started_ = false;
  bool ended_ = false;
  bool finished_ = false;
  // How long it may go on without its client, by itself; 0: as long as it likes. Who is killed
  // leaves children to the container's first process, and some take it for a fault of their own
  // when these end by a signal (PostgreSQL restarts). So they are not killed with it, and its
  // output is read on after its end: they would get SIGPIPE.
  std::uint8_t seconds_alone_ = 0;
  bool killed_ = false;  // one that has this limit, by its limit or by who started it
  bool untold_ = false;  // ended, and its client is taking the last of the output
  Timer taken_deadline_, ack_deadline_, alone_deadline_;
};

}  // namespace gantry::shim
