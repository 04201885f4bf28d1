// Small readers and writers of text: progress, challenges, credentials, URLs, proxies.
#include "core/base/digest.hpp"
#include "core/images/progress.hpp"
#include "core/images/registry_auth.hpp"
#include "core/images/registry_challenge.hpp"
#include "core/images/registry_options.hpp"
#include "core/images/registry_url.hpp"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::images;
using gantry::test::error_text;

BOOST_AUTO_TEST_SUITE(texts)

BOOST_AUTO_TEST_CASE(sizes_are_printed_with_four_digits) {
  BOOST_TEST(human_size(0) == "0B");
  BOOST_TEST(human_size(999) == "999B");
  BOOST_TEST(human_size(1000) == "1kB");
  BOOST_TEST(human_size(1234567) == "1.235MB");
  BOOST_TEST(human_size(34.5e9) == "34.5GB");
}

BOOST_AUTO_TEST_CASE(the_bar_is_drawn_as_dockerd_draws_it) {
  BOOST_TEST(progress_bar(0, 0) == "");
  BOOST_TEST(progress_bar(1000, 2000) ==
             "[" + std::string(25, '=') + ">" + std::string(25, ' ') + "]      1kB/2kB");
  BOOST_TEST(progress_bar(2000, 2000) == "[" + std::string(50, '=') + ">]      2kB/2kB");
  BOOST_TEST(progress_bar(3000, 2000) == "[" + std::string(50, '=') + ">]      3kB");
  BOOST_TEST(progress_bar(3000, 0) == "     3kB");
}

BOOST_AUTO_TEST_CASE(progress_objects_have_dockers_shape) {
  BOOST_TEST(status_line("Pulling from library/x", "latest") ==
             R"({"status":"Pulling from library/x","id":"latest"})");
  BOOST_TEST(pushed_line("v1", "sha256:ab", 528) ==
             R"({"progressDetail":{},"aux":{"Tag":"v1","Digest":"sha256:ab","Size":528}})");
  BOOST_TEST(progress_line("abc", "Waiting") ==
             R"({"status":"Waiting","progressDetail":{},"id":"abc"})");
  const std::string line = progress_line("abc", "Downloading", 5, 10);
  BOOST_TEST(line.starts_with(
      R"({"status":"Downloading","progressDetail":{"current":5,"total":10},"progress":"[==)"));
  BOOST_TEST(line.find(R"(=\u003e)") != std::string::npos);
  BOOST_TEST(error_line("a") == R"({"errorDetail":{"message":"a"},"error":"a"})");
}

BOOST_AUTO_TEST_CASE(challenges_are_split) {
  const auto one = parse_challenges(
      R"(Bearer realm="https://auth/token",service="reg",scope="repository:a/b:pull,push")");
  BOOST_REQUIRE(one.size() == 1u);
  BOOST_TEST(one[0].scheme == "bearer");
  BOOST_TEST(one[0].param("scope") == "repository:a/b:pull,push");
  const auto two =
      parse_challenges(R"(Basic realm="a \"b\"", Bearer realm=x , error="insufficient_scope")");
  BOOST_REQUIRE(two.size() == 2u);
  BOOST_TEST(two[0].param("realm") == "a \"b\"");
  BOOST_TEST(two[1].param("realm") == "x");
  BOOST_TEST(two[1].param("error") == "insufficient_scope");
  BOOST_TEST(parse_challenges("").empty());
  BOOST_TEST(parse_challenges("Bearer realm=\"never closed").size() == 1u);
  BOOST_TEST(parse_challenges("=,=,\"").empty());
}

BOOST_AUTO_TEST_CASE(credentials_are_read_in_every_form_and_nonsense_is_none) {
  const auto login = decode_registry_auth(
      base64_encode(R"({"username":"u","password":"p?>","serveraddress":"r"})"));
  BOOST_TEST(login.username == "u");
  BOOST_TEST(login.password == "p?>");
  BOOST_TEST(decode_registry_auth(base64_encode(R"({"identitytoken":"t"})")).identity_token == "t");
  BOOST_TEST(decode_registry_auth(base64_encode(R"({"registrytoken":"t"})")).registry_token == "t");
  const auto joined =
      decode_registry_auth(base64_encode(R"({"auth":")" + base64_encode("a:b:c") + "\"}"));
  BOOST_TEST(joined.username == "a");
  BOOST_TEST(joined.password == "b:c");
  BOOST_TEST(!decode_registry_auth("e30=").has_login());
  BOOST_TEST(!decode_registry_auth("").has_login());
  BOOST_TEST(!decode_registry_auth("%%%").has_login());
  BOOST_TEST(!decode_registry_auth(base64_encode("[1]")).has_login());
}

BOOST_AUTO_TEST_CASE(urls_are_taken_apart) {
  const Url url = parse_url("https://u:p%40@host:444/a/b?c=d%20e");
  BOOST_TEST(url.origin.str() == "https://host:444");
  BOOST_TEST(url.target == "/a/b?c=d%20e");
  BOOST_TEST(url.login == "u:p@");
  BOOST_TEST(parse_url("http://[::1]:5000/").origin.host == "::1");
  BOOST_TEST(parse_url("http://[::1]:5000/").origin.authority() == "[::1]:5000");
  BOOST_TEST(resolve_url(url, "/x").str() == "https://host:444/x");
  BOOST_TEST(resolve_url(url, "http://cdn/y?z").str() == "http://cdn/y?z");
  error_text(Errc::invalid, [] { parse_url("ftp://x/"); });
  error_text(Errc::invalid, [] { parse_url("nonsense"); });
  BOOST_TEST(registry_origin("docker.io").host == "registry-1.docker.io");
  BOOST_TEST(registry_origin("r:5000").port == 5000);
}

BOOST_AUTO_TEST_CASE(loopback_and_configured_hosts_are_insecure) {
  RegistryOptions options;
  options.insecure_hosts = {"reg.local:5000", "plain", "10.1.0.0/20", "fd00::/8"};
  const auto origin = [](const std::string& host, std::uint16_t port) {
    return Origin{true, host, port};
  };
  BOOST_TEST(options.is_insecure(origin("127.8.9.1", 5000)));
  BOOST_TEST(options.is_insecure(origin("localhost", 443)));
  BOOST_TEST(options.is_insecure(origin("::1", 1)));
  BOOST_TEST(options.is_insecure(origin("reg.local", 5000)));
  BOOST_TEST(!options.is_insecure(origin("reg.local", 5001)));
  BOOST_TEST(options.is_insecure(origin("plain", 80)));
  BOOST_TEST(options.is_insecure(origin("10.1.15.255", 443)));
  BOOST_TEST(!options.is_insecure(origin("10.1.16.0", 443)));
  BOOST_TEST(options.is_insecure(origin("fd12::1", 443)));
  BOOST_TEST(!options.is_insecure(origin("fe80::1", 443)));
  BOOST_TEST(!options.is_insecure(origin("127.evil.com", 80)));
  BOOST_TEST(!options.is_insecure(origin("docker.io", 443)));
}

BOOST_AUTO_TEST_CASE(proxies_are_bypassed_as_told) {
  RegistryOptions options;
  options.https_proxy = "proxy:3128";
  options.no_proxy = "a.com, .b.com,c.com:5000";
  const auto proxy = [&](const std::string& host, std::uint16_t port = 443) {
    return options.proxy_for({true, host, port});
  };
  BOOST_TEST(proxy("x.org") == "http://proxy:3128");
  BOOST_TEST(proxy("a.com") == "");
  BOOST_TEST(proxy("sub.a.com") == "");
  BOOST_TEST(proxy("nota.com") == "http://proxy:3128");
  BOOST_TEST(proxy("x.b.com") == "");
  BOOST_TEST(proxy("c.com", 5000) == "");
  BOOST_TEST(proxy("c.com") == "http://proxy:3128");
  BOOST_TEST(proxy("127.0.0.1") == "");
  options.no_proxy = "*";
  BOOST_TEST(proxy("x.org") == "");
}

BOOST_AUTO_TEST_SUITE_END()
