// Text pairs of a client, made into a build.
#include "core/buildkit/solve_attributes.hpp"

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::buildkit;
using gantry::test::error_text;
using List = std::vector<std::string>;

namespace {

constexpr const char* kFrontend = "dockerfile.v0";

SolveAttributes read(const Attributes& attributes) {
  return read_attributes(kFrontend, attributes, {});
}

std::string refusal(Errc expected, const Attributes& attributes) {
  return error_text(expected, [&] { read(attributes); });
}

std::string host_config(const std::string& key, const std::string& value) {
  return read({{key, value}}).request.host_config;
}

std::string platform_text(const images::Platform& platform) {
  return platform.os + "/" + platform.architecture +
         (platform.variant.empty() ? "" : "/" + platform.variant);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(solve_attributes)

BOOST_AUTO_TEST_CASE(without_any_the_build_is_that_of_a_dockerfile) {
  const SolveAttributes read_ones = read({});
  const services::BuildRequest& request = read_ones.request;
  BOOST_TEST(read_ones.filename == "Dockerfile");
  BOOST_TEST(request.dockerfile == "Dockerfile");
  BOOST_TEST(read_ones.context == "context");
  BOOST_TEST(read_ones.dockerfile == "dockerfile");
  BOOST_TEST(!read_ones.has_dockerfile);
  BOOST_TEST(read_ones.context_url == "");
  BOOST_TEST(request.host_config == "{}");
  BOOST_TEST(request.buildkit_rules);
  BOOST_TEST(request.use_cache);
  BOOST_TEST(!request.pull);
  BOOST_TEST(request.force_remove);
  BOOST_TEST(!request.platform.has_value());
}

BOOST_AUTO_TEST_CASE(each_key_has_its_place) {
  const SolveAttributes all = read({{"filename", "sub/Dockerfile.x"},
                                    {"target", "Final"},
                                    {"platform", "linux/arm64"},
                                    {"build-arg:A", "1"},
                                    {"build-arg:B=C", ""},
                                    {"label:l", "v"},
                                    {"image-resolve-mode", "pull"},
                                    {"force-network-mode", "none"},
                                    {"contextkey", "ctx"},
                                    {"dockerfilekey", "df"},
                                    {"local-sessionid:ctx", "s2"}});
  BOOST_TEST(all.filename == "sub/Dockerfile.x");
  BOOST_TEST(all.request.dockerfile == "sub/Dockerfile.x");
  BOOST_TEST(all.request.target == "Final");
  BOOST_TEST(platform_text(all.request.platform.value()) == "linux/arm64");
  BOOST_TEST((all.request.arguments == build::GivenArguments{{"A", "1"}, {"B=C", ""}}));
  BOOST_TEST((all.request.labels == std::map<std::string, std::string>{{"l", "v"}}));
  BOOST_TEST(all.request.pull);
  BOOST_TEST(all.request.network_mode == "none");
  BOOST_TEST(all.context == "ctx");
  BOOST_TEST(all.dockerfile == "df");
  BOOST_TEST(all.has_dockerfile);
  BOOST_TEST((all.sessions == std::map<std::string, std::string>{{"ctx", "s2"}}));
}

BOOST_AUTO_TEST_CASE(what_limits_containers_is_as_the_api_has_it) {
  const std::tuple<const char*, const char*, const char*> kTable[] = {
      {"shm-size", "67108864", R"({"ShmSize":67108864})"},
      {"memory", "-1", R"({"Memory":-1})"},
      {"memswap", "9223372036854775807", R"({"MemorySwap":9223372036854775807})"},
      {"cpushares", "2", R"({"CpuShares":2})"},
      {"cpuperiod", "100000", R"({"CpuPeriod":100000})"},
      {"cpuquota", "0", R"({"CpuQuota":0})"},
      {"cpusetcpus", "0-1,3", R"({"CpusetCpus":"0-1,3"})"},
      {"cpusetmems", "0", R"({"CpusetMems":"0"})"},
      {"cgroup-parent", "a\"b", R"({"CgroupParent":"a\"b"})"},
      {"ulimit", "nofile=1024:2048,core=0",
       R"({"Ulimits":[{"Name":"nofile","Soft":1024,"Hard":2048},{"Name":"core","Soft":0,"Hard":0}]})"},
      {"ulimit", "core=-1:-1", R"({"Ulimits":[{"Name":"core","Soft":-1,"Hard":-1}]})"},
      {"ulimit", "", "{}"},
      {"add-hosts", "a=10.0.0.1,b=::1", R"({"ExtraHosts":["a:10.0.0.1","b:::1"]})"},
      {"add-hosts", "a=host-gateway", R"({"ExtraHosts":["a:host-gateway"]})"},
      {"add-hosts", "", "{}"}};
  for (const auto& [key, value, config] : kTable) BOOST_TEST(host_config(key, value) == config);
}

BOOST_AUTO_TEST_CASE(several_limits_are_one_object) {
  BOOST_TEST(read({{"memory", "1"}, {"cpushares", "2"}, {"target", "x"}}).request.host_config ==
             R"({"CpuShares":2,"Memory":1})");
}

BOOST_AUTO_TEST_CASE(wrong_numbers_are_refused) {
  for (const char* key : {"shm-size", "memory", "memswap", "cpushares", "cpuperiod", "cpuquota"})
    for (const std::string value : {"", "1.5", "64m", " 1", "9223372036854775808", "0x10"})
      BOOST_TEST(refusal(Errc::invalid, {{key, value}}) ==
                 std::string(key) + ": \"" + value + "\" is no number");
  BOOST_TEST(refusal(Errc::invalid, {{"ulimit", "nofile"}}) == "ulimit: \"nofile\"");
  BOOST_TEST(refusal(Errc::invalid, {{"ulimit", "core=0,"}}) == "ulimit: \"\"");
  for (const char* value : {"nofile=", "nofile=1:", "nofile=:1", "nofile=1:2:3", "nofile=a"})
    BOOST_TEST(refusal(Errc::invalid, {{"ulimit", value}}).ends_with("is no number"), value);
  BOOST_TEST(refusal(Errc::invalid, {{"add-hosts", "a:1.2.3.4"}}) == "add-hosts: \"a:1.2.3.4\"");
  BOOST_TEST(refusal(Errc::invalid, {{"add-hosts", "a=1.2.3.4,"}}) == "add-hosts: \"\"");
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_refused_unless_it_is_empty) {
  BOOST_TEST(refusal(Errc::unsupported, {{"new-thing", "1"}}) == "new-thing is not supported");
  BOOST_TEST(refusal(Errc::unsupported, {{"Target", "a"}}) == "Target is not supported");
  BOOST_TEST(refusal(Errc::unsupported, {{"", "a"}}) == " is not supported");
  BOOST_TEST(read({{"new-thing", ""}}).request.target == "");
}

BOOST_AUTO_TEST_CASE(what_a_client_tells_besides_is_left_out) {
  const SolveAttributes told = read({{"sharedkey:context", "k"},
                                     {"vcs:source", "https://x"},
                                     {"input-metadata:a", "{}"},
                                     {"input:a", "b"},
                                     {"cmdline", "docker/dockerfile:1"},
                                     {"frontend.caps",
                                      "moby.buildkit.frontend.contexts+forward,"
                                      "moby.buildkit.frontend.subrequests"},
                                     {"multi-platform", "false"},
                                     {"platform", ""}});
  BOOST_TEST(told.request.host_config == "{}");
  BOOST_TEST(!told.request.platform.has_value());
}

BOOST_AUTO_TEST_CASE(what_would_be_left_out_silently_is_refused) {
  const std::pair<const char*, const char*> kTable[] = {
      {"attest:sbom", ""},
      {"attest:provenance", "mode=max"},
      {"requestid", "frontend.convertllb"},
      {"frontend.caps", "moby.buildkit.frontend.contexts,other"},
      {"platform", "linux/amd64,linux/arm64"},
      {"context:base", "oci-layout://x"},
      {"context:base", ""}};
  for (const auto& [key, value] : kTable) refusal(Errc::unsupported, {{key, value}});
  for (const char* yes : {"1", "true", "t", "TRUE", "True", "T"})
    refusal(Errc::unsupported, {{"multi-platform", yes}});
}

BOOST_AUTO_TEST_CASE(a_question_takes_the_place_of_a_build) {
  BOOST_TEST(read({{"requestid", "frontend.lint"}}).question == "frontend.lint");
  BOOST_TEST(read({}).question == "");
}

BOOST_AUTO_TEST_CASE(options_of_checks_are_no_argument_of_the_dockerfile) {
  const SolveAttributes told = read({{"build-arg:BUILDKIT_DOCKERFILE_CHECK", "skip=all"}});
  BOOST_TEST(told.request.checks.value() == "skip=all");
  BOOST_TEST(told.request.arguments.empty());
  BOOST_TEST(!read({}).request.checks.has_value());
}

BOOST_AUTO_TEST_CASE(images_may_be_made_at_a_time_that_the_client_says) {
  const std::string key = "build-arg:SOURCE_DATE_EPOCH";
  BOOST_TEST(read({{key, "1700000000"}}).request.created.value() == 1'700'000'000'000'000'000);
  BOOST_TEST(read({{key, "9223372036"}}).request.created.value() == 9'223'372'036'000'000'000);
  BOOST_TEST(read({{key, "-1"}}).request.created.value() == -1'000'000'000);
  BOOST_TEST(!read({{key, ""}}).request.created.has_value());
  for (const char* value : {"now", "1.5", "9223372037", "-9223372037", "9223372036854775807"})
    refusal(Errc::invalid, {{key, value}});
}

BOOST_AUTO_TEST_CASE(modes_of_pulling_are_known_ones) {
  for (const char* mode : {"", "default", "local"})
    BOOST_TEST(!read({{"image-resolve-mode", mode}}).request.pull, mode);
  BOOST_TEST(refusal(Errc::invalid, {{"image-resolve-mode", "Pull"}}) ==
             "invalid image-resolve-mode: Pull");
}

BOOST_AUTO_TEST_CASE(stages_without_cache_are_a_list_and_nothing_means_all) {
  const struct {
    const char* value;
    bool use_cache;
    List stages;
  } kTable[] = {
      {"", false, {}}, {",", false, {}}, {"Base", true, {"base"}}, {"a,,B", true, {"a", "b"}}};
  for (const auto& row : kTable) {
    const services::BuildRequest request = read({{"no-cache", row.value}}).request;
    BOOST_TEST(request.use_cache == row.use_cache, row.value);
    BOOST_TEST(request.uncached_stages == row.stages, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(caches_are_images_of_registries) {
  const services::BuildRequest old = read({{"cache-from", "a,,b:1"}}).request;
  BOOST_TEST(old.cache_from == (List{"a", "b:1"}), boost::test_tools::per_element());
  const services::BuildRequest imports =
      read({{"cache-imports", R"([{"Type":"registry","Attrs":{"ref":"x/y"}},)"
                              R"({"Type":"local","Attrs":{"src":"/tmp"}}])"}})
          .request;
  BOOST_TEST(imports.cache_from == List{"x/y"}, boost::test_tools::per_element());
  for (const char* value : {"", "[", "{}", "[1]", R"([{"Type":1}])"})
    refusal(Errc::invalid, {{"cache-imports", value}});
}

BOOST_AUTO_TEST_CASE(sources_are_dockerfiles_syntax_or_refused) {
  for (const char* source : {"docker/dockerfile:1", "docker.io/docker/dockerfile",
                             "docker/dockerfile-upstream:master", "docker/dockerfile:1 x=y"})
    read_attributes("gateway.v0", {{"source", source}}, {});
  for (const char* source : {"example.com/docker/dockerfile", "tonistiigi/xx", "busybox"})
    refusal(Errc::unsupported, {{"source", source}});
  refusal(Errc::invalid, {{"source", "UPPER"}});
}

BOOST_AUTO_TEST_CASE(frontends_are_two) {
  BOOST_TEST(error_text(Errc::unsupported, [] { read_attributes("", {}, {}); }) ==
             "frontend  is not supported");
  BOOST_TEST(error_text(Errc::unsupported, [] { read_attributes("gateway.v1", {}, {}); }) ==
             "frontend gateway.v1 is not supported");
  BOOST_TEST(error_text(Errc::invalid, [] { read_attributes("gateway.v0", {}, {}); }) ==
             "no source was given for frontend gateway.v0");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(contexts_of_clients)

BOOST_AUTO_TEST_CASE(the_context_is_a_directory_or_a_url) {
  BOOST_TEST(read({{"context", "local:here"}}).context == "here");
  BOOST_TEST(read({{"context", "local:here"}}).context_url == "");
  const SolveAttributes far = read({{"context", "https://example.com/a.tar"}});
  BOOST_TEST(far.context_url == "https://example.com/a.tar");
  BOOST_TEST(far.context == "context");
  BOOST_TEST(read({{"context", "http://buildkit-session/x"}}).context_url ==
             "http://buildkit-session/x");
}

BOOST_AUTO_TEST_CASE(named_contexts_are_images_directories_or_results) {
  const SolveAttributes named = read_attributes(kFrontend,
                                                {{"context:Base", "docker-image://alpine:3"},
                                                 {"context:files", "local:Files-1"},
                                                 {"context:other", "input:0-default"}},
                                                {{"0-default", {"sha256:abc"}}});
  BOOST_TEST((named.request.named_images ==
              std::map<std::string, std::string>{{"base", "alpine:3"}, {"other", "sha256:abc"}}));
  BOOST_TEST((named.named_directories == std::map<std::string, std::string>{{"files", "Files-1"}}));
  BOOST_TEST(refusal(Errc::invalid, {{"context:x", "input:none"}}) == "context x: no input:none");
}

BOOST_AUTO_TEST_CASE(contexts_may_be_elsewhere) {
  const GraphSource graph{{}, {{build::make_git_url("https://host/repo", "v1:dir")}}};
  const SolveAttributes named = read_attributes(kFrontend,
                                                {{"context:Repo", "https://host/x.git#v2"},
                                                 {"context:file", "http://host/file"},
                                                 {"context:graph", "input:git"}},
                                                {{"git", graph}, {"context", graph}});
  BOOST_TEST_REQUIRE(named.named_remotes.size() == 3u);
  BOOST_TEST(named.named_remotes.at("repo").repository->ref == "v2");
  BOOST_TEST(named.named_remotes.at("file").url == "http://host/file");
  BOOST_TEST(named.named_remotes.at("graph").repository->directory == "dir");
  BOOST_TEST(named.request.repository->ref == "v1");
  BOOST_TEST(!read_attributes(kFrontend, {{"context", "local:x"}}, {{"context", graph}})
                  .request.repository);
  BOOST_CHECK_THROW(read_attributes(kFrontend, {}, {{"context", {"sha256:abc"}}}), Error);
}

BOOST_AUTO_TEST_CASE(a_context_for_a_platform_is_for_that_one_alone) {
  const std::string here = platform_text(images::host_platform());
  const std::string elsewhere =
      images::host_platform().architecture == "s390x" ? "linux/riscv64" : "linux/s390x";
  const SolveAttributes named = read({{"context:a::" + here, "docker-image://mine"},
                                      {"context:b::" + elsewhere, "docker-image://theirs"},
                                      {"context:c", "docker-image://all"},
                                      {"context:c::" + here, "local:dir"},
                                      {"context:d", "docker-image://all"},
                                      {"context:d::" + elsewhere, "local:dir"}});
  BOOST_TEST((named.request.named_images ==
              std::map<std::string, std::string>{{"a", "mine"}, {"d", "all"}}));
  BOOST_TEST((named.named_directories == std::map<std::string, std::string>{{"c", "dir"}}));
  refusal(Errc::invalid, {{"context:a::nonsense/at/all/x", "docker-image://a"}});
}

BOOST_AUTO_TEST_SUITE_END()
