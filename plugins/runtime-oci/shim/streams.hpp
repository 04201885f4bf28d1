// The standard streams of one process (the container's first one, or an exec): its output goes to
// the log and to every attached client, clients' input goes to it.
//
// Back-pressure, both ways: a client whose queue is full stops the reading of output, a process
// that does not read stops the reading of clients' input. Clients may attach before begin(): their
// input waits and they get the output from its first byte. Input ends (Docker's rules): without a
// tty and with `stdin_once` the end of a client's input closes the process' stdin; without
// `stdin_once` only that client's input ends; on a tty it ends the client's session.
#pragma once

#include <memory>
#include <vector>

#include "client.hpp"
#include "log_writer.hpp"
#include "loop.hpp"

namespace gantry::shim {

/// What a busy pipe holds.
inline constexpr int kBusyPipe = 1 << 20;

class StreamsOwner {
 public:
  virtual void on_output_end() = 0;   // after drain(): nothing more will come
  virtual void on_detach() = 0;       // a client typed the detach keys
  virtual void on_log_failing() = 0;  // once per failure

 protected:
  ~StreamsOwner() = default;
};

class Streams final : public ClientOwner {
 public:
  Streams(Loop& loop, StreamsOwner& owner) : loop_(loop), owner_(owner) {}

  void configure(bool tty, bool stdin_once, LogWriter* log);
  bool tty() const { return tty_; }
  // Non-blocking ends on our side: writing end of stdin (or none), reading ends of stdout and
  // stderr (or none). On a tty `out` and `in` are two descriptors of its master.
  void begin(UniqueFd in, UniqueFd out, UniqueFd err);
  void attach(UniqueFd client, const Attach& options);
  // The master of the terminal, or -1.
  int terminal() const { return tty_ ? out_.fd.get() : -1; }

  // The process has ended: read what it has left whatever clients do, then on_output_end(), at the
  // latest after kDrainMs (something else may hold the pipes), `at_once` without waiting for that.
  // What that something writes is read as clients take it.
  void drain(bool at_once = false);
  // After that end: go on reading for whoever else holds the pipes, so that they do not fail him.
  void outlast_end() { outlasts_end_ = true; }
  bool outlasting() const { return end_reported_ && (out_.fd || err_.fd); }
  void finish_clients();
  void drop_clients();
  std::size_t clients() const { return clients_.size(); }
  // Some output is not yet with its clients.
  bool unsent() const;
  // Destroys closed clients.
  void sweep();

  static constexpr std::int64_t kDrainMs = 2000;

 private:
  struct Source {
    UniqueFd fd;
    Watch watch;
    std::uint8_t stream = 0;
    bool grown = false;
    // A process that writes much in small pieces is read about once in a millisecond: reading every
    // piece as it comes costs both sides more than the piece.
    Timer rest;
    std::int64_t window_start_us = 0;
    std::size_t window_bytes = 0, window_wakes = 0;
  };

  void on_out(std::uint32_t events) { on_output(out_, events); }
  void on_err(std::uint32_t events) { on_output(err_, events); }
  void on_out_rested() { on_rested(out_); }
  void on_err_rested() { on_rested(err_); }
  void on_output(Source& source, std::uint32_t events);
  void on_rested(Source& source);
  void rest(Source& source);
  std::size_t read_some(Source& source);
  void read_what_is_left(Source& source);
  std::size_t read_once(Source& source);
  void end_source(Source& source);
  void deliver(std::uint8_t stream, std::size_t size);
  void resume_output();
  void on_drain_deadline();
  void on_idle();
  void report_end();
  void advance_replay(Client& client);

  void on_client_input(Client& client) override;
  void on_client_drained(Client& client) override;
  void on_stdin(std::uint32_t events);
  bool input_possible() const { return begun_ && in_; }
  // The process has to read first.
  bool input_waits() const { return input_to_ != 0 || in_full_; }
  bool take_input(Client& client);
  bool move_input(Client& client);
  bool grow_input();
  void wait_for_room(bool waits);
  void write_input(const Chunk& chunk, std::size_t from, std::size_t to);
  void client_input_ended(Client& client);
  void close_stdin();
  void update_input();

  Loop& loop_;
  StreamsOwner& owner_;
  LogWriter* log_ = nullptr;
  bool tty_ = false;
  bool stdin_once_ = false;
  bool begun_ = false;
  bool draining_ = false;
  bool end_reported_ = false;
  bool outlasts_end_ = false;
  bool output_paused_ = false;

  Source out_, err_;
  Chunk chunk_;
  bool used_since_idle_check_ = false;
  Timer idle_, drain_deadline_;

  UniqueFd in_;
  Watch in_watch_;
  bool in_grown_ = false;
  bool in_full_ = false;  // what comes next is still in a client's socket
  bool in_moves_ = true;  // until a socket is found that can't do it
  bool close_stdin_when_written_ = false;
  Chunk input_;  // bytes the process has not taken yet
  std::size_t input_from_ = 0, input_to_ = 0;

  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace gantry::shim
