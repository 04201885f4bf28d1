#include "core/http/target.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"

using namespace gantry;

namespace {

std::string refusal(std::string_view version) {
  try {
    http::negotiate(version);
  } catch (const Error& e) {
    BOOST_CHECK(e.code() == Errc::invalid);
    return e.what();
  }
  return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_target_is_version_path_and_query) {
  const auto t = http::split_target("/v1.43/images/a/b:1/json?x=/v1.2/");
  BOOST_TEST(t.version == "1.43");
  BOOST_TEST(t.path == "/images/a/b:1/json");
  BOOST_TEST(t.query == "x=/v1.2/");
  BOOST_TEST(http::split_target("/_ping").path == "/_ping");
  BOOST_TEST(http::split_target("/_ping").version == "");
  BOOST_TEST(http::split_target("/x?").query == "");
}

BOOST_AUTO_TEST_CASE(only_a_real_prefix_is_a_version) {
  for (const char* path :
       {"/version", "/volumes", "/v/x", "/v1.51", "/vx.y/z", "/v1.51x/z", "/v"}) {
    BOOST_TEST(http::split_target(path).path == path);
    BOOST_TEST(http::split_target(path).version == "", path);
  }
}

BOOST_AUTO_TEST_CASE(slashes_and_escapes_stay_as_they_were_sent) {
  BOOST_TEST(http::split_target("//v1.51//containers///json").path == "//v1.51//containers///json");
  BOOST_TEST(http::split_target("/v1.51//containers//a%2Fb/").path == "//containers//a%2Fb/");
}

BOOST_AUTO_TEST_CASE(absolute_targets_lose_their_authority) {
  BOOST_TEST(http::split_target("http://docker/v1.24/info?a=b").path == "/info");
  BOOST_TEST(http::split_target("http://docker").path == "/");
  BOOST_TEST(http::split_target("http://docker?x").query == "x");
  BOOST_TEST(http::split_target("*").path == "*");
  BOOST_TEST(http::split_target("/build?remote=http://x/y").path == "/build");
}

BOOST_AUTO_TEST_CASE(versions_are_kept_or_lowered_to_the_newest) {
  BOOST_TEST(http::negotiate("").minor == 51);
  BOOST_TEST(http::negotiate("1.24").minor == 24);
  BOOST_TEST(http::negotiate("1.51").minor == 51);
  BOOST_TEST(http::negotiate("1.52").minor == 51);
  BOOST_TEST(http::negotiate("1.60").minor == 51);
  BOOST_TEST(http::negotiate("1.43").at_least(42));
  BOOST_TEST(!http::negotiate("1.41").at_least(42));
}

BOOST_AUTO_TEST_CASE(old_and_absurd_versions_are_refused_in_dockers_words) {
  BOOST_TEST(
      refusal("1.12") ==
      "client version 1.12 is too old. Minimum supported API version is 1.24, please upgrade "
      "your client to a newer version");
  BOOST_TEST(refusal("1.99") ==
             "client version 1.99 is too new. Maximum supported API version is 1.51");
  for (const char* version : {"1", "1.", ".", "0.99", "1.23"})
    BOOST_TEST(refusal(version).find("too old") != std::string::npos, version);
  for (const char* version : {"2.0", "2", "1.100000000000000000000", "99999999999999999999.1"})
    BOOST_TEST(refusal(version).find("too new") != std::string::npos, version);
}
