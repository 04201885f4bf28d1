// A process that exists only in memory. What it does follows from its first argument:
//   exit N        ends with code N
//   echo A B …    writes "A B …\n" to stdout, ends with 0
//   fail A …      writes to stderr, ends with 1
//   cat           copies its input to stdout, ends with 0 at the end of input
//   nothere       (also /no/such/program) cannot be started (GANTRY_NOT_FOUND, as a missing
//   executable) deaf          runs and ignores all signals but KILL /bin/sh -c X  what X says, by
//   these rules anything else runs until a signal ends it, with code 128+n
// All functions: any thread. The callback `exited` runs once, on a thread of the process, before
// the clients' connections are closed.
#pragma once

#include <gantry/runtime.h>

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime_fake/client.hpp"

namespace fake {

class Process {
 public:
  struct Options {
    std::vector<std::string> args;
    bool tty = false;
    bool open_stdin = false;
    bool stdin_once = false;
    std::string log_path;
    std::function<void(int exit_code)> exited;
  };
  explicit Process(Options options);
  ~Process();  // a running process ends without `exited`

  int pid() const { return pid_; }
  void attach(const gantry_stream& stream);
  /// Throws Error{GANTRY_NOT_FOUND} for "nothere".
  void start();
  void signal(int number);
  void set_paused(bool paused);

 private:
  void run();
  void input(std::string_view data);
  void output(int stream, std::string_view data);
  void end(int code);

  const Options options_;
  const int pid_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<std::unique_ptr<Client>> clients_;
  std::string pending_input_;
  bool input_ended_ = false;
  bool started_ = false;
  bool stopping_ = false;
  bool paused_ = false;
  int end_signal_ = 0;
  std::thread thread_;
};

}  // namespace fake
