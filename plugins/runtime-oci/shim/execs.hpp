// The execs of the container: those alive, and what became of the last ones.
#pragma once

#include <memory>
#include <vector>

#include "exec.hpp"

namespace gantry::shim {

class Execs {
 public:
  static constexpr std::size_t kRemembered = 32;
  static constexpr std::size_t kMaxNote = 4096;
  static constexpr std::size_t kMaxList = kMaxBody - 4096;  // those alive go before the others
  static constexpr std::ptrdiff_t kOutlived =
      64;  // of more of them the oldest one's output is closed

  Execs(Loop& loop, Events& events, Connections& connections, Container& container)
      : loop_(loop), events_(events), connections_(connections), container_(container) {}

  void start(Connection& connection, std::string_view body, ReceivedFds& fds);
  void list(Connection& connection);
  bool resize(const Resize& request, Failure& why);
  bool signal(const Signal& request, Failure& why);
  void child_ended(pid_t pid, int wait_status);
  // The container ends.
  void hurry();
  // One of them has a process, or is getting one.
  bool empty() const { return execs_.empty(); }
  void sweep();

 private:
  Exec* find(std::string_view id);

  struct Finished {
    Text<72> id;
    ExecState state;
    Bytes note;
  };
  Loop& loop_;
  Events& events_;
  Connections& connections_;
  Container& container_;
  std::vector<std::unique_ptr<Exec>> execs_;
  std::vector<Finished> finished_;
};

}  // namespace gantry::shim
