#include "net/resolver.hpp"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <sys/un.h>

#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace log_remote {

namespace sdk = gantry::sdk;

namespace {

struct Answer {
  int error = 0;  // of getaddrinfo()
  std::vector<Address> addresses;
};

Answer look_up(const std::string& host, const std::string& port, int type, int flags) {
  addrinfo hints{};
  hints.ai_socktype = type;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  Answer answer;
  answer.error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(answer.error == 0 ? found : nullptr,
                                                            &::freeaddrinfo);
  for (const addrinfo* each = list.get(); each; each = each->ai_next) {
    Address address;
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    address.size = each->ai_addrlen;
    answer.addresses.push_back(address);
  }
  return answer;
}

/// What the asking and the looking thread share; whoever is last frees it.
struct Question {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<Answer> answer;  // guarded by mutex
};

/// For a new thread: signals are the business of the host's own ones.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

std::shared_ptr<Question> ask(const Endpoint& endpoint, int type) {
  auto question = std::make_shared<Question>();
  const SignalsBlocked inherited;
  std::thread([question, host = endpoint.host, port = endpoint.port, type] {
    Answer answer = look_up(host, port, type, 0);
    const std::lock_guard lock(question->mutex);
    question->answer = std::move(answer);
    question->answered.notify_one();
  }).detach();
  return question;
}

Answer look_up_aside(const Endpoint& endpoint, int type, const Patience& patience,
                     const std::string& what) {
  const std::shared_ptr<Question> question = ask(endpoint, type);
  std::unique_lock lock(question->mutex);
  while (!question->answer) question->answered.wait_for(lock, patience.slice(what));
  return std::move(*question->answer);
}

Address unix_address(const Endpoint& endpoint) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (endpoint.path.size() >= sizeof name.sun_path)
    throw sdk::Error(GANTRY_UNAVAILABLE, "dial " + endpoint.name() + ": connect: invalid argument");
  std::memcpy(name.sun_path, endpoint.path.data(), endpoint.path.size());
  Address address;
  std::memcpy(&address.storage, &name, sizeof name);
  address.size = sizeof name;
  return address;
}

std::string why(int error) {
  if (error == EAI_NONAME) return "no such host";
  return ::gai_strerror(error);
}

}  // namespace

std::vector<Address> resolve(const Endpoint& endpoint, const Patience& patience) {
  if (endpoint.is_unix()) return {unix_address(endpoint)};
  const int type = endpoint.is_datagrams() ? SOCK_DGRAM : SOCK_STREAM;
  const std::string what = std::string("dial ") + (endpoint.is_datagrams() ? "udp" : "tcp") +
                           ": lookup " + endpoint.host;
  Answer answer = look_up(endpoint.host, endpoint.port, type, AI_NUMERICHOST);
  if (answer.error != 0) answer = look_up_aside(endpoint, type, patience, what);
  if (answer.addresses.empty())
    throw sdk::Error(GANTRY_UNAVAILABLE, what + ": " + why(answer.error));
  return std::move(answer.addresses);
}

}  // namespace log_remote
