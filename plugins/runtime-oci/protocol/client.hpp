// The plugin's end of one control connection: typed requests, each waiting for its reply.
//
// Threads: one at a time per Client. Connections are cheap (about 30 µs): make one per call from
// any thread with Client::connect, instead of sharing one. Errors: ShimError. After a timeout, a
// cancellation or a broken connection the Client is spent; what the shim does with the request it
// had then is said in wire.hpp (it finishes it). Ownership: descriptors passed in are borrowed; the
// kernel duplicates them for the shim.
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "messages.hpp"
#include "unique_fd.hpp"
#include "wire.hpp"

namespace gantry::shim {

// GANTRY_NOT_FOUND from connect(): no shim listens there.
class ShimError : public std::runtime_error {
 public:
  ShimError(gantry_errc code, int os_errno, const std::string& message)
      : std::runtime_error(message), code_(code), os_errno_(os_errno) {}
  gantry_errc code() const { return code_; }
  int os_errno() const { return os_errno_; }

 private:
  gantry_errc code_;
  int os_errno_;
};

// How long to wait. `cancelled` is asked every 100 ms while waiting.
struct Limits {
  std::chrono::milliseconds timeout{30000};
  std::function<bool()> cancelled = {};
};

// Owns the strings of a TextList.
class TextListBuffer {
 public:
  TextListBuffer() = default;
  template <class Range>
  explicit TextListBuffer(const Range& texts) {
    for (const auto& text : texts) add(text);
  }
  void add(std::string_view text);  // ShimError{GANTRY_INVALID} when it contains a NUL
  TextList view() const { return {count_, bytes_}; }

 private:
  std::uint32_t count_ = 0;
  std::string bytes_;
};

class Client {
 public:
  // Takes over a connected socket: spawn()'s end of the creating connection.
  explicit Client(UniqueFd socket) : socket_(std::move(socket)) {}
  // Any length of path. GANTRY_TIMEOUT: the shim takes no connections.
  static Client connect(const std::string& bundle,
                        std::chrono::milliseconds patience = std::chrono::seconds(5));

  Created create(const Create& request, const Limits& limits = {});
  Started start(const Limits& limits = {});
  void attach(const Attach& request, int client_fd, const Limits& limits = {});
  void resize(std::string_view exec_id, std::uint32_t rows, std::uint32_t columns);
  void signal(int number, bool all = false);
  // `request.has_stream` is set from client_fd: -1 is detached.
  ExecStarted exec_start(ExecStart request, int client_fd, const Limits& limits = {});
  void exec_resize(std::string_view exec_id, std::uint32_t rows, std::uint32_t columns);
  void exec_signal(std::string_view exec_id, int number);
  struct Exec {
    std::string id;
    ExecState state;
    std::string note;
  };
  std::vector<Exec> exec_list();
  // Sends in portions of kMaxFds; sockets[i] belongs to ports[i]. On failure unpublish: a part may
  // be held.
  void publish(std::span<const PublishedPort> ports, std::span<const int> sockets);
  void unpublish();
  State state(const Limits& limits = {});
  // Kills all processes, runs the runtime's delete, ends attached clients and the shim. Returns
  // when everything is gone but the process itself, which ends at once after the reply.
  void terminate(const Limits& limits = {});
  // From here on the connection only carries events: hand release() to Subscriptions::add.
  void subscribe();
  // The same for a shim that may be stuck: does not wait. Subscriptions tell of the reply.
  void begin_subscribe();
  UniqueFd release() { return std::move(socket_); }

 private:
  // Decoded views in the result point into reply_ and live until the next request.
  template <class Reply>
  Reply request(Type type, std::string_view body, std::span<const int> fds, const Limits& limits);
  std::string_view roundtrip(Type type, std::string_view body, std::span<const int> fds,
                             const Limits& limits);

  UniqueFd socket_;
  std::string reply_;
  std::uint32_t last_tag_ = 0;
};

}  // namespace gantry::shim
