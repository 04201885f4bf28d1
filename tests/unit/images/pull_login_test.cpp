// Pulling with tokens and passwords, and where they must not go.
#include "tests/unit/images/pull_checks.hpp"

using namespace gantry;
using gantry::test::check_nothing_left;
using gantry::test::contains;
using gantry::test::digest_of;
using gantry::test::error_text;
using gantry::test::FakeRegistry;
using gantry::test::ImageWorld;
using gantry::test::MadeImage;
using gantry::test::make_image;
using gantry::test::Reply;
using gantry::test::ServedRequest;

BOOST_AUTO_TEST_SUITE(pull_login)

namespace {

struct TokenRegistry : FakeRegistry {
  std::vector<ServedRequest> token_requests;
  std::string valid_token = "good";
  std::string token_answer = R"({"token":"good"})";
  int token_status = 200;

  TokenRegistry() {
    hook = [this](const ServedRequest& q, Reply& r) {
      if (q.target.starts_with("/token")) {
        token_requests.push_back(q);
        r.send(token_status, token_answer);
        return true;
      }
      if (q.header("authorization") == "Bearer " + valid_token) return false;
      r.send(401, R"({"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]})",
             "WWW-Authenticate: Bearer realm=\"http://" + host() +
                 "/token\",service=\"reg\",scope=\"repository:x:pull\"\r\n");
      return true;
    };
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_bearer_token_is_fetched_once_for_all_connections) {
  TokenRegistry registry;
  registry.add("x", "latest", make_image(3));
  ImageWorld world;
  world.pull(registry.host() + "/x:latest");
  BOOST_REQUIRE(registry.token_requests.size() == 1u);
  BOOST_TEST(registry.token_requests[0].target == "/token?scope=repository%3Ax%3Apull&service=reg");
  BOOST_TEST(registry.token_requests[0].header("authorization") == "");
}

BOOST_AUTO_TEST_CASE(a_login_is_shown_to_the_token_server) {
  TokenRegistry registry;
  registry.add("x", "latest", make_image(1));
  ImageWorld world;
  world.pull(registry.host() + "/x:latest", {.username = "u", .password = "p"});
  BOOST_TEST(registry.token_requests.at(0).header("authorization") ==
             "Basic " + base64_encode("u:p"));
  BOOST_TEST(contains(registry.token_requests.at(0).target, "account=u"));
}

BOOST_AUTO_TEST_CASE(an_identity_token_is_traded_by_the_oauth_form) {
  TokenRegistry registry;
  registry.add("x", "latest", make_image(1));
  registry.token_answer = R"({"access_token":"good"})";
  ImageWorld world;
  world.pull(registry.host() + "/x:latest", {.identity_token = "id&1"});
  const ServedRequest& q = registry.token_requests.at(0);
  BOOST_TEST(q.method == "POST");
  BOOST_TEST(contains(q.body, "grant_type=refresh_token"));
  BOOST_TEST(contains(q.body, "refresh_token=id%261"));
}

BOOST_AUTO_TEST_CASE(a_registry_token_is_sent_as_it_is) {
  TokenRegistry registry;
  registry.add("x", "latest", make_image(1));
  ImageWorld world;
  world.pull(registry.host() + "/x:latest", {.registry_token = "good"});
  BOOST_TEST(registry.token_requests.empty());
}

BOOST_AUTO_TEST_CASE(wrong_logins_are_told) {
  TokenRegistry registry;
  registry.add("x", "latest", make_image(1));
  registry.token_status = 401;
  registry.token_answer = R"({"details":"incorrect username or password"})";
  ImageWorld world;
  BOOST_TEST(error_text(Errc::internal,
                        [&] {
                          world.pull(registry.host() + "/x:latest",
                                     {.username = "u", .password = "geheim"});
                        }) ==
             "Get \"http://" + registry.host() +
                 "/v2/x/manifests/latest\": unauthorized: incorrect username or password");
}

BOOST_AUTO_TEST_CASE(a_token_without_the_scope_is_access_denied) {
  FakeRegistry registry;
  registry.hook = [&](const ServedRequest& q, Reply& r) {
    if (q.target.starts_with("/token"))
      r.send(200, R"({"token":"weak"})");
    else
      r.send(
          401, "{}",
          "WWW-Authenticate: Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\"" +
              (q.header("authorization").empty() ? "" : ",error=\"insufficient_scope\"") + "\r\n");
    return true;
  };
  ImageWorld world;
  BOOST_TEST(error_text(Errc::not_found, [&] { world.pull(registry.host() + "/x:latest"); }) ==
             "pull access denied for " + registry.host() +
                 "/x, repository does not exist or may require 'docker login': denied: requested "
                 "access to the "
                 "resource is denied");
}

BOOST_AUTO_TEST_CASE(basic_authentication_works_and_is_asked_for) {
  FakeRegistry registry;
  registry.add("x", "latest", make_image(1));
  registry.hook = [](const ServedRequest& q, Reply& r) {
    if (q.header("authorization") == "Basic " + base64_encode("u:p")) return false;
    r.send(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n");
    return true;
  };
  ImageWorld world;
  BOOST_TEST(
      contains(error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }),
               "no basic auth credentials"));
  BOOST_TEST(error_text(Errc::internal, [&] {
               world.pull(registry.host() + "/x:latest", {.username = "u", .password = "no"});
             }) == "unauthorized: authentication required");
  world.pull(registry.host() + "/x:latest", {.username = "u", .password = "p"});
  BOOST_TEST(world.images->store.count() == 1u);
}

BOOST_AUTO_TEST_CASE(credentials_do_not_follow_a_redirect_to_another_host) {
  FakeRegistry cdn;
  std::atomic<bool> leaked{false};
  const MadeImage image = make_image(1);
  cdn.hook = [&](const ServedRequest& q, Reply& r) {
    if (!q.header("authorization").empty()) leaked = true;
    r.send(200, image.layers[0]);
    return true;
  };
  FakeRegistry registry;
  registry.add("x", "latest", image);
  registry.hook = [&](const ServedRequest& q, Reply& r) {
    if (q.header("authorization").empty()) {
      r.send(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n");
      return true;
    }
    if (q.target.find("/blobs/" + digest_of(image.layers[0])) == std::string::npos) return false;
    r.send(307, "", "Location: http://" + cdn.host() + "/somewhere?sig=1\r\n");
    return true;
  };
  ImageWorld world;
  world.pull(registry.host() + "/x:latest", {.username = "u", .password = "p"});
  BOOST_TEST(cdn.server().count("GET /somewhere?sig=1") == 1);
  BOOST_TEST(!leaked);
}

BOOST_AUTO_TEST_CASE(redirects_without_end_are_given_up) {
  FakeRegistry registry;
  registry.hook = [](const ServedRequest& q, Reply& r) {
    r.send(302, "", "Location: " + q.target + "x\r\n");
    return true;
  };
  ImageWorld world;
  BOOST_TEST(
      contains(error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }),
               "stopped after 10 redirects"));
}

BOOST_AUTO_TEST_CASE(a_server_that_speaks_no_http_is_an_error) {
  FakeRegistry registry;
  registry.hook = [](const ServedRequest&, Reply& r) {
    r.raw("SSH-2.0-nonsense\r\n\r\n");
    r.close();
    return true;
  };
  ImageWorld world;
  error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); });
  check_nothing_left(world);
}

BOOST_AUTO_TEST_CASE(scratch_is_reserved) {
  ImageWorld world;
  BOOST_TEST(error_text(Errc::invalid, [&] { world.pull("scratch:latest"); }) ==
             "'scratch' is a reserved name");
}

BOOST_AUTO_TEST_SUITE_END()
