// What differs between systems about sockets and pipes (socket_<os>.cpp), and sending without
// SIGPIPE. Any thread. Errors: gantry::Error.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/deadline.hpp"
#include "core/base/unique_fd.hpp"

namespace gantry {

/// For every send(2) and sendmsg(2): a peer that is gone must give EPIPE, not kill the daemon.
/// Where the flag does not exist the sockets made here carry SO_NOSIGPIPE.
#ifdef MSG_NOSIGNAL
inline constexpr int kNoSigpipe = MSG_NOSIGNAL;
#else
inline constexpr int kNoSigpipe = 0;
#endif

/// A socket with CLOEXEC.
UniqueFd make_socket(int domain, int type, int protocol = 0);
/// Two connected unix stream sockets with CLOEXEC.
std::pair<UniqueFd, UniqueFd> make_socket_pair();
/// The reading and the writing end of a pipe with CLOEXEC.
std::pair<UniqueFd, UniqueFd> make_pipe();
/// Sends everything, retrying EINTR and short writes; throws Error when the peer is gone.
void send_all(int fd, std::string_view data);
/// The same for a peer that may read slowly or not at all; throws Error{timeout} when it has not
/// taken everything by then.
void send_all(int fd, std::string_view data, const Deadline& deadline);
/// The peer has not read all that was sent to it. What the system cannot tell of a connection
/// counts as read: of TCP at once, on Linux a moment after it was sent.
bool is_unread(int fd);
/// Waits until the peer has read all that was sent to it, for `limit` at most.
void await_reader(int fd, std::chrono::milliseconds limit);
/// Accepts one connection: blocking, CLOEXEC. Empty with errno set when there is none or it failed.
/// `family` tells unix from TCP peers.
UniqueFd try_accept(int listener, sa_family_t& family);

struct PeerCredentials {
  pid_t pid;  // -1 where unknown
  uid_t uid;
  gid_t gid;
};
/// Who connected a unix socket; nullopt for other sockets.
std::optional<PeerCredentials> find_peer_credentials(int fd);

}  // namespace gantry
