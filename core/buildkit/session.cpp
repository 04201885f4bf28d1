#include "core/buildkit/session.hpp"

#include <chrono>

#include "core/base/error.hpp"
#include "core/base/scope_guard.hpp"
#include "core/base/text.hpp"
#include "core/buildkit/proto/session.pb.h"

namespace gantry::buildkit {
namespace {

constexpr std::chrono::seconds kSessionArrival{5};
constexpr const char* kGetSecret = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
constexpr const char* kCheckAgent = "/moby.sshforward.v1.SSH/CheckAgent";
constexpr const char* kCredentials = "/moby.filesync.v1.Auth/Credentials";
constexpr const char* kCheckHealth = "/grpc.health.v1.Health/Check";
constexpr const char* kHub = "docker.io";
constexpr const char* kHubHost = "registry-1.docker.io";

std::set<std::string> in_small_letters(const std::set<std::string>& names) {
  std::set<std::string> result;
  for (const std::string& name : names) result.insert(text::lower(name));
  return result;
}

}  // namespace

Session::Session(UniqueFd fd, std::string read_ahead, std::set<std::string> methods,
                 std::string shared_key)
    : methods_(in_small_letters(methods)),
      shared_key_(std::move(shared_key)),
      connection_(grpc::Connection::client(std::move(fd), std::move(read_ahead))) {}

bool Session::offers(const std::string& method) const {
  return methods_.contains(text::lower(method));
}

std::unique_ptr<grpc::Call> Session::call(const std::string& method,
                                          const grpc::Metadata& metadata) {
  if (!offers(method)) throw Error(Errc::unsupported, "the client does not offer " + method);
  return connection_->call(method, metadata);
}

std::string Session::call_once(const std::string& method, std::string_view message,
                               const std::stop_token& stop) {
  if (!offers(method)) throw Error(Errc::unsupported, "the client does not offer " + method);
  return grpc::call_once(*connection_, method, message, stop);
}

void Session::check() {
  if (offers(kCheckHealth)) call_once(kCheckHealth, {}, {});
}

std::optional<std::string> Session::find_secret(const std::string& id,
                                                const std::stop_token& stop) {
  if (!offers(kGetSecret)) return std::nullopt;
  proto::SecretRequest request;
  request.set_id(id);
  try {
    proto::SecretResponse answer;
    if (!answer.ParseFromString(call_once(kGetSecret, request.SerializeAsString(), stop)))
      throw Error(Errc::invalid, "the client's answer for secret " + id + " cannot be read");
    return answer.data();
  } catch (const Error& error) {
    if (error.code() == Errc::not_found) return std::nullopt;
    throw;
  }
}

void Session::require_agent(const std::string& id, const std::stop_token& stop) {
  if (!offers(kCheckAgent))
    throw Error(Errc::not_found, "no SSH key \"" + id + "\" forwarded from the client");
  proto::CheckAgentRequest request;
  request.set_id(id);
  try {
    call_once(kCheckAgent, request.SerializeAsString(), stop);
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled || error.code() == Errc::unavailable) throw;
    throw Error(Errc::not_found, error.what());
  }
}

images::RegistryAuth Session::login(const std::string& domain, const std::stop_token& stop) {
  images::RegistryAuth auth;
  if (!offers(kCredentials)) return auth;
  proto::CredentialsRequest request;
  request.set_host(domain == kHub ? kHubHost : domain);
  proto::CredentialsResponse answer;
  if (!answer.ParseFromString(call_once(kCredentials, request.SerializeAsString(), stop)))
    throw Error(Errc::invalid, "the client's login for " + domain + " cannot be read");
  if (answer.username().empty()) {
    auth.identity_token = answer.secret();
  } else {
    auth.username = answer.username();
    auth.password = answer.secret();
  }
  return auth;
}

void Sessions::serve(const std::string& id, SessionPtr session,
                     const std::function<void()>& begin) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) throw Error(Errc::unavailable, "the engine is stopping");
    if (!sessions_.emplace(id, session).second)
      throw Error(Errc::invalid, "session " + id + " already exists");
  }
  changed_.notify_all();
  const ScopeGuard forget([&] {
    session->close();  // if it never ran: nobody is to wait for it
    const std::lock_guard lock(mutex_);
    sessions_.erase(id);
  });
  begin();
  session->run();
}

SessionPtr Sessions::get(const std::string& id, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const bool came = changed_.wait_for(lock, stop, kSessionArrival,
                                      [&] { return closed_ || sessions_.contains(id); });
  const auto found = sessions_.find(id);
  if (stop.stop_requested()) throw Error(Errc::cancelled, "context canceled");
  if (!came || found == sessions_.end())
    throw Error(Errc::not_found, "no active session for " + id);
  return found->second;
}

void Sessions::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& [id, session] : sessions_) session->close();
  changed_.notify_all();
}

}  // namespace gantry::buildkit
