// A client's session: the client keeps a connection open, on which the engine asks it for what a
// build needs from there. Any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/grpc/connection.hpp"
#include "core/images/registry_auth.hpp"

namespace gantry::buildkit {

class Session {
 public:
  /// `methods`: what the client says it answers, "/package.Service/Method".
  /// `shared_key`: the same for all sessions of this client about this directory; empty: it has
  /// none.
  Session(UniqueFd fd, std::string read_ahead, std::set<std::string> methods,
          std::string shared_key = {});

  /// Throws Error{unsupported} for a method that the client does not offer.
  std::unique_ptr<grpc::Call> call(const std::string& method, const grpc::Metadata& metadata);
  std::string call_once(const std::string& method, std::string_view message,
                        const std::stop_token& stop);
  bool offers(const std::string& method) const;
  const std::string& shared_key() const { return shared_key_; }

  /// nullopt: the client has none of this id.
  std::optional<std::string> find_secret(const std::string& id, const std::stop_token& stop);
  /// Throws Error{not_found}, in the client's words, when it has no SSH agent of this id.
  void require_agent(const std::string& id, const std::stop_token& stop);
  /// Empty when the client has none.
  images::RegistryAuth login(const std::string& domain, const std::stop_token& stop);

  /// Returns when the client has answered a call; at once when it does not offer one for that.
  /// Throws what the call throws: the client is ending its session.
  void check();

  void run() { connection_->run(); }
  void close() { connection_->close(); }

 private:
  const std::set<std::string> methods_;  // small letters
  const std::string shared_key_;
  const std::unique_ptr<grpc::Connection> connection_;
};

using SessionPtr = std::shared_ptr<Session>;

class Sessions {
 public:
  /// Serves the session on this thread until its client goes. Throws Error{conflict} for an id that
  /// is taken. `begin`: called when it is not.
  void serve(
      const std::string& id, SessionPtr session, const std::function<void()>& begin = [] {});
  /// A build may be asked for before its session is here: waits a moment. Throws Error{not_found}.
  SessionPtr get(const std::string& id, const std::stop_token& stop);
  /// At the end: sessions end, and none begins any more.
  void close();

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, SessionPtr> sessions_;
  bool closed_ = false;
};

}  // namespace gantry::buildkit
