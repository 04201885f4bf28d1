#include "core/pluginhost/runtime_arguments.hpp"

#include "core/pluginhost/abi_call.hpp"

namespace gantry::pluginhost {

gantry_stream to_abi(const ClientStream& stream) {
  gantry_stream abi{};
  abi.size = sizeof abi;
  abi.fd = stream.fd;
  abi.streams = (stream.in ? GANTRY_STDIN : 0u) | (stream.out ? GANTRY_STDOUT : 0u) |
                (stream.err ? GANTRY_STDERR : 0u);
  abi.framed = stream.framed ? 1 : 0;
  abi.read_ahead = as_bytes(stream.read_ahead);
  abi.detach_keys = stream.detach_keys.c_str();
  abi.log_offset = stream.log_offset;
  return abi;
}

gantry_container_options to_abi(const ContainerOptions& options) {
  gantry_container_options abi{};
  abi.size = sizeof abi;
  abi.tty = options.tty ? 1 : 0;
  abi.open_stdin = options.open_stdin ? 1 : 0;
  abi.stdin_once = options.stdin_once ? 1 : 0;
  abi.log_path = options.log_path.c_str();
  abi.log_max_bytes = options.log_max_bytes;
  abi.log_max_files = options.log_max_files;
  abi.tty_rows = options.tty_rows;
  abi.tty_columns = options.tty_columns;
  return abi;
}

}  // namespace gantry::pluginhost
