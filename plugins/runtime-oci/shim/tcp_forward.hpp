// One published TCP port that is forwarded in user space: accepted connections are joined to
// connections to the container by splice, without copying, each direction with its own
// back-pressure and half-close. Clients for whom there is no room wait in the listener's backlog.
#pragma once

#include <sys/socket.h>

#include <boost/intrusive/list.hpp>

#include "descriptors.hpp"
#include "loop.hpp"

namespace gantry::shim {

struct Target {
  sockaddr_storage address = {};
  socklen_t size = 0;
};

// One direction of a connection. Bytes wait in a pipe.
class Splice {
 public:
  bool open();
  // Moves what can be moved. False when the direction is broken.
  bool pump(int from, int to);
  bool wants_input() const { return !ended_ && !full_; }
  bool wants_output() const { return held_ > 0; }
  bool finished() const { return ended_ && held_ == 0; }

 private:
  static constexpr std::size_t kHold = 64u << 10;
  void find_out_whether_full(int from);
  UniqueFd reader_, writer_;
  std::size_t held_ = 0;
  bool full_ = false;
  bool ended_ = false;
  bool shut_ = false;
};

class TcpForward;

class TcpPair : public boost::intrusive::list_base_hook<> {
 public:
  static constexpr std::size_t kDescriptors = 6;  // two sockets, two pipes
  TcpPair(Loop& loop, UniqueFd client, const Target& target, TcpForward& owner,
          DescriptorBudget& budget);
  bool closed() const { return !client_; }

 private:
  void on_client(std::uint32_t events);
  void on_server(std::uint32_t events);
  void pump();
  static void watch(Watch& watch, const Splice& in, const Splice& out);
  void close();

  TcpForward& owner_;
  DescriptorShare share_;
  UniqueFd client_, server_;
  Watch client_watch_, server_watch_;
  Splice up_, down_;
  bool connected_ = false;
};

class TcpForward {
 public:
  static constexpr std::size_t kMaxPairs = 4096;
  // Sets `needs_sweep` when there is something for sweep().
  TcpForward(Loop& loop, UniqueFd listener, const Target& target, DescriptorBudget& budget,
             bool& needs_sweep);
  ~TcpForward();
  TcpForward(const TcpForward&) = delete;
  TcpForward& operator=(const TcpForward&) = delete;
  // Destroys closed pairs.
  void sweep();
  // Descriptors were freed.
  void resume();

 private:
  friend class TcpPair;
  using Pairs = boost::intrusive::list<TcpPair>;
  void retire(TcpPair& pair);
  void on_accept(std::uint32_t events);
  bool has_room() const;
  void wait_for_room();

  Loop& loop_;
  UniqueFd listener_;
  Target target_;
  DescriptorBudget& budget_;
  bool& needs_sweep_;
  Watch watch_;
  Timer retry_;
  Pairs pairs_, closed_;  // owned
};

}  // namespace gantry::shim
