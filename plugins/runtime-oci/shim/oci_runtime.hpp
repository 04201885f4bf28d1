// Calls of the OCI runtime's command line (runc, crun). Each is a child of the shim; its end is
// reported by the caller's reaping of children.
#pragma once

#include <sys/types.h>

#include <string_view>
#include <vector>

#include "../protocol/messages.hpp"
#include "failure.hpp"
#include "text.hpp"

namespace gantry::shim {

class OciRuntime {
 public:
  // Keeps views into `request`.
  void configure(const Create& request);

  // `run --detach`, one call instead of create and start: the runtime's own start-up is most of its
  // cost. The three descriptors become the container's streams (-1: /dev/null). `console_socket`:
  // file in the bundle, or nullptr. Returns the pid, or -1.
  pid_t run(int in, int out, int err, const char* console_socket, Failure& why);
  pid_t remove(bool force, Failure& why);

  // Removes the runtime's directory of a container, which holds files only. False when it is there
  // still.
  static bool forget(std::string_view state_directory);

  // After a failed run: the end of what the runtime logged, into `to`; the size.
  static std::size_t read_log(char* to, std::size_t capacity);
  // After a successful one: the first process' pid, or 0.
  static pid_t read_pid_file();

 private:
  pid_t spawn(const std::vector<const char*>& command, const int (&stdio)[3], Failure& why);

  std::string_view name_;
  Path file_;  // what is executed
  std::string_view id_;
  TextList args_, env_;
};

}  // namespace gantry::shim
