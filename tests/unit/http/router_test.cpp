#include "core/http/router.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"

using namespace gantry;
using http::Router;

namespace {

/// A router whose handlers tell which pattern they stand for.
struct Fixture {
  Fixture() {
    for (const auto& [method, pattern] : std::initializer_list<std::pair<const char*, const char*>>{
             {"GET", "/_ping"},
             {"HEAD", "/_ping"},
             {"GET", "/containers/json"},
             {"GET", "/containers/{id}/json"},
             {"POST", "/containers/prune"},
             {"POST", "/containers/{id}/start"},
             {"DELETE", "/containers/{id}"},
             {"GET", "/images/json"},
             {"DELETE", "/images/{name...}"},
             {"GET", "/images/{name...}/json"},
             {"GET", "/images/{name...}/get"},
             {"GET", "/images/get"},
             {"POST", "/images/{name...}/push"},
             {"GET", "/networks/{id}"},
             {"GET", "/networks/"},
             {"POST", "/x/{a}/y/{b}"},
         }) {
      const std::string name = std::string(method) + " " + pattern;
      router.add(method, pattern, [this, name](http::Exchange&) { called = name; });
    }
  }

  /// Pattern and parameters that a request ends up at; empty for none.
  std::string find(std::string_view method, std::string_view path) {
    const http::Match match = router.find(method, path);
    if (match.handler == nullptr) return {};
    struct Nobody : http::Exchange {
      const std::string& method() const override { return none; }
      const std::string& path() const override { return none; }
      http::ApiVersion version() const override { return {}; }
      const http::Query& query() const override { return no_query; }
      const std::string& param(std::string_view) const override { return none; }
      std::string header(std::string_view) const override { return {}; }
      std::vector<std::string> headers(std::string_view) const override { return {}; }
      bool has_body() const override { return false; }
      http::BodyReader& body() override { throw std::logic_error("no body"); }
      std::string read_body(size_t, bool) override { return {}; }
      void set_header(std::string_view, std::string_view) override {}
      void send(int, std::string_view, std::string_view) override {}
      http::ResponseStream& stream(std::string_view, int) override {
        throw std::logic_error("no stream");
      }
      http::Hijacked hijack(std::string_view) override { return {}; }
      http::Upgraded upgrade(std::string_view) override { return {-1, {}}; }
      const std::string& usual_headers() const override { return none; }
      bool wants_upgrade() const override { return false; }
      Peer peer() const override { return Peer(); }
      bool answered() const override { return false; }
      std::string none;
      http::Query no_query;
    } nobody;
    (*match.handler)(nobody);
    std::string result = called;
    for (const auto& [name, value] : match.params) result += " " + name + "=" + value;
    return result;
  }

  Router router;
  std::string called;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(fixed_paths_win_over_parameters, Fixture) {
  BOOST_TEST(find("GET", "/containers/json") == "GET /containers/json");
  BOOST_TEST(find("GET", "/images/json") == "GET /images/json");
  BOOST_TEST(find("GET", "/images/get") == "GET /images/get");
  BOOST_TEST(find("GET", "/networks/") == "GET /networks/");
}

BOOST_FIXTURE_TEST_CASE(parameters_are_percent_decoded, Fixture) {
  BOOST_TEST(find("GET", "/containers/web/json") == "GET /containers/{id}/json id=web");
  BOOST_TEST(find("GET", "/containers/%2Fweb/json") == "GET /containers/{id}/json id=/web");
  BOOST_TEST(find("DELETE", "/containers/json") == "DELETE /containers/{id} id=json");
  BOOST_TEST(find("POST", "/x/1/y/2") == "POST /x/{a}/y/{b} a=1 b=2");
}

BOOST_FIXTURE_TEST_CASE(parameters_with_a_nul_or_a_broken_escape_are_refused, Fixture) {
  for (const char* path : {"/containers/a%00b/json", "/images/a/b%00/json", "/containers/%zz/json"})
    BOOST_CHECK_EXCEPTION(find("GET", path), Error,
                          [](const Error& error) { return error.code() == Errc::invalid; });
}

BOOST_FIXTURE_TEST_CASE(greedy_parameters_keep_their_slashes, Fixture) {
  BOOST_TEST(find("GET", "/images/busybox/json") == "GET /images/{name...}/json name=busybox");
  BOOST_TEST(find("GET", "/images/ghcr.io/a/b:1/json") ==
             "GET /images/{name...}/json name=ghcr.io/a/b:1");
  BOOST_TEST(find("GET", "/images/json/json") == "GET /images/{name...}/json name=json");
  BOOST_TEST(find("GET", "/images/a/json/json") == "GET /images/{name...}/json name=a/json");
  BOOST_TEST(find("GET", "/images/a%2Fb/get") == "GET /images/{name...}/get name=a/b");
  BOOST_TEST(find("DELETE", "/images/ghcr.io/a/b:1") ==
             "DELETE /images/{name...} name=ghcr.io/a/b:1");
  BOOST_TEST(find("DELETE", "/images/x/push") == "DELETE /images/{name...} name=x/push");
}

BOOST_FIXTURE_TEST_CASE(unknown_paths_and_wrong_methods_match_nothing, Fixture) {
  for (const char* path : {"/", "", "*", "/unknown", "/containers", "/containers/",
                           "/containers//json", "/containers/a/b/json", "/containers/web/json/",
                           "/images//json", "/networks", "//_ping", "/_ping/"})
    BOOST_TEST(find("GET", path) == "", path);
  BOOST_TEST(find("PUT", "/_ping") == "");
  BOOST_TEST(find("get", "/_ping") == "");
  BOOST_TEST(find("DELETE", "/images/") == "");
  BOOST_TEST(find("HEAD", "/containers/json") == "");
}

BOOST_AUTO_TEST_CASE(patterns_that_cannot_work_are_refused) {
  Router router;
  for (const char* pattern : {"x", "/{a}/x", "/a/{b...}/c/{d...}"})
    BOOST_CHECK_THROW(router.add("GET", pattern, [](http::Exchange&) {}), Error);
}
