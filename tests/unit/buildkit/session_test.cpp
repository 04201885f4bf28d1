// Sessions of clients: who waits for whom, and what they answer.
#include "core/buildkit/session.hpp"

#include <atomic>

#include "core/buildkit/proto/session.pb.h"
#include "tests/unit/buildkit/session_client.hpp"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::buildkit;
using namespace gantry::test;
using grpc::Call;
using grpc::Status;

namespace {

constexpr const char* kSecrets = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
constexpr const char* kCredentials = "/moby.filesync.v1.Auth/Credentials";

/// One whose client is `other`.
SessionPtr session_with(UniqueFd& other) {
  auto [mine, theirs] = make_socket_pair();
  other = std::move(theirs);
  return std::make_shared<Session>(std::move(mine), "", std::set<std::string>());
}

Status secret(Call& call) {
  proto::SecretRequest request;
  request.ParseFromString(call.receive().value());
  if (request.id() == "none") return {grpc::Code::not_found, "no such secret"};
  if (request.id() == "forbidden") return {grpc::Code::permission_denied, "not yours"};
  proto::SecretResponse answer;
  answer.set_data("secret of " + request.id());
  call.send(request.id() == "garbage" ? "\xff\xff" : answer.SerializeAsString());
  return {};
}

/// Anonymous for "anonymous", a token for "token", else user and password.
Status credentials(Call& call) {
  proto::CredentialsRequest request;
  request.ParseFromString(call.receive().value());
  proto::CredentialsResponse answer;
  if (request.host() != "anonymous") answer.set_secret("secret of " + request.host());
  if (!request.host().starts_with("token") && request.host() != "anonymous")
    answer.set_username("user");
  call.send(answer.SerializeAsString());
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sessions_of_clients)

BOOST_AUTO_TEST_CASE(a_session_that_comes_late_is_waited_for) {
  Sessions sessions;
  UniqueFd client;
  const SessionPtr session = session_with(client);
  SessionPtr found;
  std::jthread waiting([&] { found = sessions.get("s", {}); });
  std::jthread serving([&] { sessions.serve("s", session); });
  waiting.join();
  BOOST_TEST(found == session);
  client.reset();
}

BOOST_AUTO_TEST_CASE(waiting_for_a_session_can_be_given_up) {
  Sessions sessions;
  std::stop_source stop;
  std::jthread giving_up([&] { stop.request_stop(); });
  BOOST_TEST(error_text(Errc::cancelled, [&] { sessions.get("s", stop.get_token()); }) ==
             "context canceled");
}

BOOST_AUTO_TEST_CASE(a_session_is_forgotten_when_its_client_goes) {
  Sessions sessions;
  UniqueFd client;
  const SessionPtr session = session_with(client);
  std::jthread serving([&] { sessions.serve("s", session); });
  sessions.get("s", {});
  client.reset();
  serving.join();
  const SessionPtr next = session_with(client);
  client.reset();
  bool begun = false;
  sessions.serve("s", next, [&] { begun = true; });
  BOOST_TEST(begun);  // the id is free again
}

BOOST_AUTO_TEST_CASE(an_id_is_taken_by_one_session) {
  Sessions sessions;
  UniqueFd client, other;
  const SessionPtr session = session_with(client);
  Flag begun;
  std::jthread serving([&] { sessions.serve("s", session, [&] { begun.raise(); }); });
  begun.wait();
  bool second_begun = false;
  BOOST_TEST(error_text(Errc::invalid, [&] {
               sessions.serve("s", session_with(other), [&] { second_begun = true; });
             }) == "session s already exists");
  BOOST_TEST(!second_begun);
  BOOST_TEST(sessions.get("s", {}) == session);
  client.reset();
}

BOOST_AUTO_TEST_CASE(in_the_end_sessions_break_and_none_begins) {
  Sessions sessions;
  UniqueFd client, other;
  const SessionPtr session = session_with(client);
  Flag begun;
  std::jthread serving([&] { sessions.serve("s", session, [&] { begun.raise(); }); });
  begun.wait();
  Errc early = Errc::internal;
  std::jthread waiting([&] { early = thrown_by([&] { sessions.get("unknown", {}); }).code(); });
  sessions.close();
  waiting.join();
  serving.join();
  BOOST_TEST((early == Errc::not_found));
  BOOST_TEST(error_text(Errc::not_found, [&] { sessions.get("s", {}); }) ==
             "no active session for s");
  BOOST_TEST(error_text(Errc::unavailable, [&] { sessions.serve("t", session_with(other)); }) ==
             "the engine is stopping");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(answers_of_sessions)

BOOST_AUTO_TEST_CASE(methods_are_offered_in_letters_of_any_size) {
  UniqueFd client;
  auto [mine, theirs] = make_socket_pair();
  Session session(std::move(mine), "", {"/Moby.X/DoIt"});
  BOOST_TEST(session.offers("/moby.x/doit"));
  BOOST_TEST(session.offers("/MOBY.X/DoIt"));
  BOOST_TEST(!session.offers("/moby.x/other"));
  BOOST_TEST(error_text(Errc::unsupported, [&] { session.call("/a/B", {}); }) ==
             "the client does not offer /a/B");
  error_text(Errc::unsupported, [&] { session.call_once("/a/B", "", {}); });
}

BOOST_AUTO_TEST_CASE(secrets_are_there_or_not) {
  SessionClient client({kSecrets}, secret);
  BOOST_TEST(client.session().find_secret("a", {}).value() == "secret of a");
  BOOST_TEST(!client.session().find_secret("none", {}));
  BOOST_TEST(error_text(Errc::permission, [&] { client.session().find_secret("forbidden", {}); }) ==
             "not yours");
  BOOST_TEST(error_text(Errc::invalid, [&] { client.session().find_secret("garbage", {}); }) ==
             "the client's answer for secret garbage cannot be read");
  SessionClient without({}, secret);
  BOOST_TEST(!without.session().find_secret("a", {}));
}

BOOST_AUTO_TEST_CASE(logins_are_passwords_tokens_or_none) {
  SessionClient client({kCredentials}, credentials);
  const images::RegistryAuth password = client.session().login("example.com:5000", {});
  BOOST_TEST(password.username == "user");
  BOOST_TEST(password.password == "secret of example.com:5000");
  BOOST_TEST(password.identity_token == "");
  BOOST_TEST(client.session().login("docker.io", {}).password == "secret of registry-1.docker.io");
  const images::RegistryAuth token = client.session().login("token.example.com", {});
  BOOST_TEST(token.username == "");
  BOOST_TEST(token.identity_token == "secret of token.example.com");
  BOOST_TEST(client.session().login("anonymous", {}).identity_token == "");
  SessionClient without({}, credentials);
  BOOST_TEST(without.session().login("docker.io", {}).username == "");
}

BOOST_AUTO_TEST_CASE(a_client_that_answers_is_there) {
  constexpr const char* kHealth = "/grpc.health.v1.Health/Check";
  std::atomic<int> asked{0};
  const auto healthy = [&](Call& call) {
    ++asked;
    call.send("");
    return Status();
  };
  SessionClient(std::set<std::string>{kHealth}, healthy).session().check();
  BOOST_TEST(asked == 1);
  SessionClient(std::set<std::string>{kSecrets}, healthy).session().check();
  BOOST_TEST(asked == 1);  // one that does not offer it
  SessionClient ending({kHealth}, [](Call&) { return Status{grpc::Code::unavailable, "ending"}; });
  error_text(Errc::unavailable, [&] { ending.session().check(); });
}

BOOST_AUTO_TEST_SUITE_END()
