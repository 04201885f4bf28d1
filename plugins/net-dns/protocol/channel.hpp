// The connection between plugin and resolver: JSON objects, each with descriptors, over a stream
// socket. A message is its length (4 bytes, this host's order: both ends run on it), then the
// text; descriptors travel with its first byte. One thread sends, one receives.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/unique_fd.hpp"

namespace net_dns {

struct Message {
  std::string text;
  std::vector<UniqueFd> fds;
};

class Channel {
 public:
  static constexpr std::size_t kLargest = 4u << 20;  // bytes of a message; more breaks the channel
  static constexpr std::size_t kMostFds = 4;         // of a message

  Channel() = default;
  explicit Channel(UniqueFd socket) : socket_(std::move(socket)) {}

  int fd() const { return socket_.get(); }
  explicit operator bool() const { return static_cast<bool>(socket_); }
  void close() { socket_.reset(); }
  /// Ends both directions, so that a thread that waits in receive() comes back.
  void shut_down() const;

  /// Sends all of it or throws std::system_error; waits as long as the socket's send timeout says.
  void send(std::string_view text, const std::vector<int>& fds = {}) const;
  /// Waits for a message; nullopt: the other end is gone, or it breaks the rules.
  std::optional<Message> receive();
  /// What is there already; nullopt: nothing whole. `ended`: nothing will come any more.
  std::optional<Message> try_receive(bool& ended);

 private:
  enum class Read { some, none, end };
  Read read_more(int flags);
  std::optional<Message> take_buffered(bool& broken);

  UniqueFd socket_;
  std::string buffer_;
  std::deque<UniqueFd> fds_;
};

}  // namespace net_dns
