// Small readers and writers of text: progress, challenges, credentials, URLs, proxies, changes.
#include "core/base/digest.hpp"
#include "core/images/config_change.hpp"
#include "core/images/dockerfile_words.hpp"
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

BOOST_AUTO_TEST_CASE(changes_alter_the_configuration) {
  ImageDefaults d;
  apply_changes({"CMD [\"a\",\"b c\"]", "entrypoint run me", "ENV A=1 B=\"x y\"", "ENV A 2 3",
                 "EXPOSE 80 443/udp 90-91", "LABEL k=v \"k 2\"=w", "USER root", "VOLUME [\"/a\"]",
                 "VOLUME /b /a", "WORKDIR /w", "WORKDIR sub", "STOPSIGNAL SIGINT", "ONBUILD RUN x",
                 "HEALTHCHECK CMD curl x"},
                d);
  BOOST_TEST(*d.cmd == (std::vector<std::string>{"a", "b c"}));
  BOOST_TEST(*d.entrypoint == (std::vector<std::string>{"/bin/sh", "-c", "run me"}));
  BOOST_TEST(d.env == (std::vector<std::string>{"B=x y", "A=2 3"}));
  BOOST_TEST(d.exposed_ports ==
             (std::vector<std::string>{"80/tcp", "443/udp", "90/tcp", "91/tcp"}));
  BOOST_TEST(d.labels.at("k 2") == "w");
  BOOST_TEST(d.volumes == (std::vector<std::string>{"/a", "/b"}));
  BOOST_TEST(d.working_dir == "/w/sub");
  BOOST_TEST(d.stop_signal == "SIGINT");
  BOOST_TEST(*d.healthcheck_json == R"({"Test":["CMD-SHELL","curl x"]})");
  BOOST_TEST(error_text(Errc::invalid, [&] { apply_changes({"RUN x"}, d); }) ==
             "run is not a valid change command");
  BOOST_TEST(error_text(Errc::invalid, [&] { apply_changes({"USER"}, d); }) ==
             "USER requires at least one argument");
  BOOST_TEST(error_text(Errc::invalid, [&] { apply_changes({"EXPOSE x"}, d); }) ==
             "invalid containerPort: x");
}

BOOST_AUTO_TEST_CASE(changes_are_one_dockerfile) {
  ImageDefaults d;
  d.cmd = {{"apk", "add", "x"}};
  d.env = {"PATH=/bin", "PORT=8080", "NONE="};
  d.shell = {"/bin/ash", "-e"};
  apply_changes(
      {"# first\nENV PATH=/opt:$PATH \\\n  B=\"${PORT}/x\" C='$PORT'\n\nEXPOSE $PORT",
       "ENTRYPOINT serve", "USER ${WHO:-nobody}", "LABEL at=${PORT:+on} \"$PORT\"=\\$PORT"},
      d);
  BOOST_TEST(d.env == (std::vector<std::string>{"PORT=8080", "NONE=", "PATH=/opt:/bin", "B=8080/x",
                                                "C=$PORT"}));
  BOOST_TEST(d.exposed_ports == std::vector<std::string>{"8080/tcp"});
  BOOST_TEST(!d.cmd);
  BOOST_TEST(*d.entrypoint == (std::vector<std::string>{"/bin/ash", "-e", "serve"}));
  BOOST_TEST(d.user == "nobody");
  BOOST_TEST(d.labels.at("at") == "on");
  BOOST_TEST(d.labels.at("8080") == "$PORT");
  apply_changes({"CMD [\"kept\"]", "ENTRYPOINT [\"e\"]"}, d);
  BOOST_TEST(*d.cmd == std::vector<std::string>{"kept"});
}

BOOST_AUTO_TEST_CASE(words_are_those_of_a_dockerfile) {
  const Environment env = {"A=one two", "EMPTY="};
  const auto word = [&](const char* text) { return dockerfile_word(text, env); };
  BOOST_TEST(word("$A") == "one two");
  BOOST_TEST(word("${A}s") == "one twos");
  BOOST_TEST(word("$Ab-$") == "-$");
  BOOST_TEST(word("${EMPTY:-x}${EMPTY-y}") == "x");
  BOOST_TEST(word("${NO-${A}}") == "one two");
  BOOST_TEST(word("${A+set}${NO+set}${EMPTY:+set}") == "set");
  BOOST_TEST(word("'$A' \"$A\"") == "$A one two");
  BOOST_TEST(word("\\$A \\\\ \"\\n\\\"\"") == "$A \\ \\n\"");
  BOOST_TEST(dockerfile_words(" a  'b c'd \"\" $A", env) ==
             (std::vector<std::string>{"a", "b cd", "", "one two"}));
  for (const char* bad :
       {"'x", "\"x", "${", "${A", "${A:", "${A:-", "${}", "${A*x}", "${NO:?words}"})
    BOOST_TEST_CONTEXT(bad) {
      const std::string text = error_text(Errc::invalid, [&] { word(bad); });
      BOOST_TEST(!text.empty());
    }
  BOOST_TEST(error_text(Errc::invalid, [&] { word("${NO:?words}"); }) == "NO: words");
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += "${NO-";
  BOOST_TEST(error_text(Errc::invalid, [&] { word(deep.c_str()); }) ==
             "substitutions are nested too deeply");
}

BOOST_AUTO_TEST_SUITE_END()
