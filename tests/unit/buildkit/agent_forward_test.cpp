// Connections to a client's SSH agent: what goes through, and that nothing waits for a client.
#include "core/buildkit/agent_forward.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

#include <condition_variable>
#include <ctime>
#include <mutex>

#include "core/base/error.hpp"
#include "core/base/socket.hpp"
#include "core/buildkit/proto/session.pb.h"
#include "tests/unit/buildkit/session_client.hpp"
#include "tests/unit/images/expect.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using namespace gantry::buildkit;
using namespace gantry::test;
using grpc::Call;
using grpc::Status;

namespace {

constexpr const char* kForward = "/moby.sshforward.v1.SSH/ForwardAgent";

Status echo(Call& call) {
  while (const auto message = call.receive(call.gone())) call.send(*message);
  return {};
}

/// Takes nothing and says nothing until the call is gone.
Status hang(Call& call) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait(lock, call.gone(), [] { return false; });
  return {};
}

class Forwarded {
 public:
  explicit Forwarded(grpc::Handler agent) : client_({kForward}, std::move(agent)) {
    address_.sun_family = AF_UNIX;
    const std::string path = directory_.path() / "agent";
    path.copy(address_.sun_path, sizeof address_.sun_path - 1);
    UniqueFd listener = make_socket(AF_UNIX, SOCK_STREAM);
    BOOST_REQUIRE(::bind(listener.get(), address(), sizeof address_) == 0);
    BOOST_REQUIRE(::listen(listener.get(), 64) == 0);
    forward_ = std::make_unique<AgentForward>(client_.shared(), "own", std::move(listener));
  }
  UniqueFd connect() const {
    UniqueFd fd = make_socket(AF_UNIX, SOCK_STREAM);
    connect(fd);
    return fd;
  }
  void connect(const UniqueFd& fd) const {
    BOOST_REQUIRE(::connect(fd.get(), address(), sizeof address_) == 0);
  }
  void end() { forward_.reset(); }
  SessionClient& client() { return client_; }

 private:
  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&address_); }

  TemporaryDirectory directory_;
  SessionClient client_;
  sockaddr_un address_{};
  std::unique_ptr<AgentForward> forward_;
};

/// While it is there this process gets no new file descriptors.
class FewDescriptors {
 public:
  FewDescriptors() {
    BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(make_socket(AF_UNIX, SOCK_STREAM).get());
    BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &now) == 0);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_{};
};

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t size = 0; (size = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
    text.append(buffer, static_cast<std::size_t>(size));
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(agents_of_clients)

BOOST_AUTO_TEST_CASE(what_is_said_goes_both_ways_until_both_have_ended) {
  Forwarded agent(echo);
  for (int i = 0; i < 100; ++i) {
    const UniqueFd fd = agent.connect();
    send_all(fd.get(), "question " + std::to_string(i));
    ::shutdown(fd.get(), SHUT_WR);
    BOOST_TEST(read_all(fd.get()) == "question " + std::to_string(i));
  }
}

BOOST_AUTO_TEST_CASE(the_client_is_told_which_agent_is_meant) {
  Forwarded agent([](Call& call) {
    proto::BytesMessage answer;
    for (const auto& [name, value] : call.metadata())
      if (name == "buildkit.ssh.id") answer.set_data(value);
    call.send(answer.SerializeAsString());
    return Status();
  });
  BOOST_TEST(read_all(agent.connect().get()) == "own");
}

BOOST_AUTO_TEST_CASE(a_client_that_refuses_ends_the_connection) {
  Forwarded agent([](Call&) { return Status{grpc::Code::not_found, "no such agent"}; });
  BOOST_TEST(read_all(agent.connect().get()) == "");
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_ends_the_connections) {
  Forwarded agent(hang);
  const UniqueFd fd = agent.connect();
  send_all(fd.get(), "question");
  agent.client().go();
  BOOST_TEST(read_all(fd.get()) == "");
  BOOST_TEST(read_all(agent.connect().get()) == "");
}

BOOST_AUTO_TEST_CASE(a_client_that_takes_nothing_is_not_waited_for_in_the_end) {
  Forwarded agent(hang);
  const UniqueFd fd = agent.connect(), other = agent.connect();
  // Until all that lies in between is full.
  const std::string piece(64u << 10, 'x');
  pollfd room{fd.get(), POLLOUT, 0};
  while (::poll(&room, 1, 200) > 0)
    if (::send(fd.get(), piece.data(), piece.size(), MSG_DONTWAIT | kNoSigpipe) < 0) break;
  agent.end();
  BOOST_TEST(read_all(fd.get()) == "");
  BOOST_TEST(read_all(other.get()) == "");
}

BOOST_AUTO_TEST_CASE(more_connections_than_there_may_be_are_closed) {
  Forwarded agent(hang);
  std::vector<UniqueFd> held;
  bool closed = false;
  for (int i = 0; i < 40 && !closed; ++i) {
    held.push_back(agent.connect());
    pollfd end{held.back().get(), POLLIN, 0};
    closed = i >= 32 && ::poll(&end, 1, 5000) > 0;
  }
  BOOST_TEST(closed);
  BOOST_TEST(held.size() == 33u);
}

BOOST_AUTO_TEST_CASE(who_cannot_be_accepted_is_waited_for_without_haste) {
  Forwarded agent(echo);
  const UniqueFd fd = make_socket(AF_UNIX, SOCK_STREAM);
  {
    const FewDescriptors none_more;
    agent.connect(fd);
    send_all(fd.get(), "question");
    ::shutdown(fd.get(), SHUT_WR);
    const std::clock_t before = std::clock();
    pollfd answer{fd.get(), POLLIN, 0};
    BOOST_TEST(::poll(&answer, 1, 500) == 0);
    BOOST_TEST(std::clock() - before < CLOCKS_PER_SEC / 4);
  }
  BOOST_TEST(read_all(fd.get()) == "question");
}

BOOST_AUTO_TEST_CASE(who_cannot_be_accepted_is_not_waited_for_in_the_end) {
  Forwarded agent(echo);
  const UniqueFd fd = make_socket(AF_UNIX, SOCK_STREAM);
  const FewDescriptors none_more;
  agent.connect(fd);
  agent.end();
  BOOST_TEST(read_all(fd.get()) == "");
}

BOOST_AUTO_TEST_SUITE_END()
