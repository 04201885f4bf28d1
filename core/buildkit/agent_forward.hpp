// A client's SSH agent behind a listening socket: service moby.sshforward.v1.SSH, one stream for
// each connection. Threads of its own: one that accepts, two for each connection; none outlives it,
// whatever the client does.
#pragma once

#include <atomic>
#include <stop_token>
#include <string>
#include <thread>

#include "core/base/notifier.hpp"
#include "core/base/unique_fd.hpp"
#include "core/buildkit/session.hpp"
#include "core/grpc/handler_threads.hpp"
#include "core/services/base/agent_link.hpp"

namespace gantry::buildkit {

class AgentForward : public services::AgentLink {
 public:
  AgentForward(SessionPtr session, std::string id, UniqueFd listener);
  ~AgentForward() override;

 private:
  void accept_all();
  void serve(const UniqueFd& socket);
  void to_client(int socket, grpc::Call& call) const;
  void to_socket(grpc::Call& call, int socket) const;

  const SessionPtr session_;
  const std::string id_;
  const UniqueFd listener_;
  Notifier ended_;
  std::stop_source stop_;
  std::atomic<int> connections_{0};
  grpc::HandlerThreads threads_;
  std::thread acceptor_;
};

}  // namespace gantry::buildkit
