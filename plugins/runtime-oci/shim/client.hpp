// One attached client: a connected stream socket that gets output and may give input.
//
// Output that the socket does not take at once is queued; a client whose queue is full makes its
// owner stop reading the process' output (nothing is ever dropped for a living client). A client
// whose peer is gone is closed at once, except that input it sent before is still read to its end.
// closed() clients are destroyed by the owner's sweep.
//
// Nothing is sent until the peer has read what the daemon had sent before, the head of its answer:
// Docker's SDK for Python throws away what it gets together with that.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "../protocol/messages.hpp"
#include "bytes.hpp"
#include "chunk.hpp"
#include "detach_keys.hpp"
#include "log_replay.hpp"
#include "loop.hpp"

namespace gantry::shim {

class Client;

class ClientOwner {
 public:
  virtual void on_client_input(Client& client) = 0;    // there is something to read_input()
  virtual void on_client_drained(Client& client) = 0;  // the queue has room again, or is gone

 protected:
  ~ClientOwner() = default;
};

class Client {
 public:
  static constexpr std::size_t kQueueLimit = 1u << 20;

  // `tty`: detach keys are looked for.
  Client(Loop& loop, ClientOwner& owner, UniqueFd socket, const Attach& options, bool tty);

  bool wants(std::uint8_t stream) const { return (streams_ & (1u << stream)) != 0; }
  void send(std::uint8_t stream, const Chunk& chunk, std::size_t from, std::size_t size);
  bool full() const { return queued_ >= kQueueLimit; }
  // It is to get more output than it takes.
  bool holds_back() const { return !closed() && !finishing_ && full(); }
  // For its socket to take more, or its peer to read the head.
  bool waits() const { return !queue_.empty(); }

  // Input. 0: ended; -1: nothing now.
  bool gives_input() const { return !closed() && input_open_; }
  bool has_read_ahead() const { return read_ahead_.size() > read_ahead_used_; }
  void allow_input(bool allowed);
  ssize_t read_input(char* to, std::size_t size);
  // Moves input, which was not read ahead, into a pipe without copying it. Negative: nothing moved,
  // errno is EAGAIN (nothing there now), ENOBUFS (the pipe takes no more now), EPIPE (nobody reads
  // it) or EINVAL (not from this kind of socket).
  ssize_t move_input(int pipe, std::size_t size);
  void end_input();
  DetachKeys& detach_keys() { return detach_keys_; }

  // While active, live output is not sent: it comes out of the log. After beginning one:
  // update_interest().
  LogReplay& replay() { return replay_; }
  void update_interest();

  void finish();  // closes when all that is queued (and replayed) has been sent, or nobody takes it
  void close_now();
  bool closed() const { return !socket_; }

 private:
  struct Item {
    Chunk chunk;
    std::size_t from = 0, to = 0;
    std::uint8_t header[8] = {};
    std::uint8_t header_sent = 8;  // 8: no header, or all of it
  };

  void on_ready(std::uint32_t events);
  void on_deadline();
  void on_hold();
  void enqueue(Item item);
  bool flush();
  bool send_item(Item& item);
  void discard_queue();
  void close_if_done();

  ClientOwner& owner_;
  UniqueFd socket_;
  Watch watch_;
  Timer deadline_;
  Timer hold_;  // armed while nothing may be sent yet
  std::int64_t hold_end_ms_ = 0, hold_step_ms_ = 1;
  std::uint32_t streams_;
  bool framed_;
  bool input_open_;
  bool input_allowed_ = false;
  bool peer_gone_ = false;
  bool finishing_ = false;
  Bytes read_ahead_;
  std::size_t read_ahead_used_ = 0;
  DetachKeys detach_keys_;
  LogReplay replay_;
  std::vector<Item> queue_;
  std::size_t queue_head_ = 0;
  std::size_t queued_ = 0;  // bytes, with what the queue itself costs
};

}  // namespace gantry::shim
