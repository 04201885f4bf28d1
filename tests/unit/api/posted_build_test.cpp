// POST /build?version=2: queries of clients made into builds.
#include "core/api/posted_build.hpp"

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using buildkit::PostedBuild;
using gantry::test::error_text;
using Context = PostedBuild::Context;
using Pairs = std::vector<std::pair<std::string, std::string>>;

namespace {

std::string escaped(const std::string& text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    (result += '%').append({kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return result;
}

http::Query query(const Pairs& pairs) {
  std::string text;
  for (const auto& [name, value] : pairs) text += name + "=" + escaped(value) + "&";
  return http::Query::parse(text);
}

PostedBuild read(const Pairs& pairs) { return api::read_posted_build(query(pairs)); }

/// What the frontend is given, without what it is always given.
buildkit::Attributes attributes(const Pairs& pairs) {
  buildkit::Attributes all = read(pairs).attributes;
  if (all["image-resolve-mode"] == "default") all.erase("image-resolve-mode");
  return all;
}

std::string refusal(const Pairs& pairs) {
  return error_text(Errc::invalid, [&] { read(pairs); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(posted_builds)

BOOST_AUTO_TEST_CASE(what_the_cli_always_sends_asks_for_nothing) {
  const Pairs pairs{{"buildargs", "{}"}, {"cachefrom", "[]"}, {"cgroupparent", ""},
                    {"cpuperiod", "0"},  {"cpuquota", "0"},   {"cpusetcpus", ""},
                    {"cpusetmems", ""},  {"cpushares", "0"},  {"dockerfile", ""},
                    {"labels", "{}"},    {"memory", "0"},     {"memswap", "0"},
                    {"shmsize", "0"},    {"ulimits", "null"}, {"networkmode", "default"},
                    {"rm", "1"},         {"target", ""},      {"version", "2"}};
  const buildkit::Attributes all = attributes(pairs);
  BOOST_TEST(all.size() == 1u);
  BOOST_TEST(all.at("cache-from") == "");
  const PostedBuild build = read(pairs);
  BOOST_TEST((build.context == Context::body));
  BOOST_TEST(build.exporter == "moby");
  BOOST_TEST(build.exporter_attributes.empty());
  BOOST_TEST(!build.host_network);
  BOOST_TEST(!build.quiet);
}

BOOST_AUTO_TEST_CASE(words_become_attributes) {
  const buildkit::Attributes all = attributes({{"target", "Final"},
                                               {"dockerfile", "sub/Own"},
                                               {"platform", "linux/arm64"},
                                               {"nocache", "1"},
                                               {"pull", "1"},
                                               {"buildargs", R"({"A":"1","B":null,"C":""})"},
                                               {"labels", R"({"l":"v,w"})"},
                                               {"cachefrom", R"(["one","two:v1"])"}});
  const buildkit::Attributes wanted{{"target", "Final"},
                                    {"filename", "sub/Own"},
                                    {"platform", "linux/arm64"},
                                    {"no-cache", ""},
                                    {"image-resolve-mode", "pull"},
                                    {"build-arg:A", "1"},
                                    {"build-arg:C", ""},
                                    {"label:l", "v,w"},
                                    {"cache-from", "one,two:v1"}};
  BOOST_TEST((all == wanted));
}

BOOST_AUTO_TEST_CASE(limits_become_attributes) {
  const buildkit::Attributes all =
      attributes({{"shmsize", "1024"},
                  {"memory", "4096"},
                  {"memswap", "-1"},
                  {"cpusetcpus", "0-1"},
                  {"cgroupparent", "/own"},
                  {"ulimits", R"([{"Name":"nofile","Hard":20,"Soft":10},{"Name":"core"}])"},
                  {"extrahosts", "far:10.1.2.3"},
                  {"extrahosts", "six:::7"}});
  const buildkit::Attributes wanted{{"shm-size", "1024"},
                                    {"memory", "4096"},
                                    {"memswap", "-1"},
                                    {"cpusetcpus", "0-1"},
                                    {"cgroup-parent", "/own"},
                                    {"ulimit", "nofile=10:20,core=0:0"},
                                    {"add-hosts", "far=10.1.2.3,six=::7"}};
  BOOST_TEST((all == wanted));
}

BOOST_AUTO_TEST_CASE(a_context_comes_in_one_of_four_ways) {
  BOOST_TEST((read({{"remote", "client-session"}, {"session", "s"}}).context == Context::session));
  BOOST_TEST((read({{"remote", "upload-request"}, {"buildid", "b"}}).context == Context::upload));
  BOOST_TEST((read({{"session", "s"}}).context == Context::body));
  const PostedBuild build = read({{"remote", "https://far/x.tar"}});
  BOOST_TEST((build.context == Context::url));
  BOOST_TEST(build.attributes.at("context") == "https://far/x.tar");
  BOOST_TEST(refusal({{"remote", "client-session"}}).starts_with("session: "));
  BOOST_TEST(refusal({{"remote", "upload-request"}}).starts_with("buildid: "));
}

BOOST_AUTO_TEST_CASE(the_hosts_network_is_a_right_as_well) {
  const PostedBuild host = read({{"networkmode", "host"}});
  BOOST_TEST(host.host_network);
  BOOST_TEST(host.attributes.at("force-network-mode") == "host");
  BOOST_TEST(!read({{"networkmode", "none"}}).host_network);
  BOOST_TEST(refusal({{"networkmode", "own"}}) ==
             "networkmode: network mode \"own\" not supported by buildkit");
}

BOOST_AUTO_TEST_CASE(a_result_has_names_or_goes_elsewhere) {
  const PostedBuild named = read({{"t", "a"}, {"t", ""}, {"t", "own/b:2"}});
  BOOST_TEST(named.names.size() == 2u);
  BOOST_TEST(named.exporter_attributes.at("name") == "docker.io/library/a,docker.io/own/b:2");
  const PostedBuild tar =
      read({{"t", "a"}, {"outputs", R"([{"Type":"tar","Attrs":{"dest":"x"}}])"}});
  BOOST_TEST(tar.exporter == "tar");
  BOOST_TEST(tar.exporter_attributes.empty());
  BOOST_TEST(tar.names.empty());
  BOOST_TEST(read({{"outputs", R"([{"Type":"cacheonly"}])"}}).exporter == "");
  BOOST_TEST(read({{"outputs", "[]"}}).exporter == "moby");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_named) {
  const std::pair<const char*, const char*> kTable[] = {
      {"buildargs", "x"},
      {"buildargs", "[]"},
      {"buildargs", R"({"A":1})"},
      {"labels", "[1]"},
      {"labels", R"({"a":{}})"},
      {"cachefrom", "{}"},
      {"cachefrom", "[1]"},
      {"outputs", "{}"},
      {"outputs", R"([{"Type":1}])"},
      {"outputs", "[{}]"},
      {"outputs", R"([{"Type":"tar","Attrs":[]}])"},
      {"ulimits", "{}"},
      {"ulimits", R"([{"Soft":1}])"},
      {"ulimits", R"([{"Name":"a=b"}])"},
      {"ulimits", R"([{"Name":"a","Soft":"x"}])"},
      {"shmsize", "x"},
      {"memory", "1.5"},
      {"cpuquota", "-"},
      {"extrahosts", "far"},
      {"extrahosts", ":1.2.3.4"},
      {"extrahosts", "far:"},
      {"extrahosts", "a,b:1.2.3.4"},
      {"extrahosts", "a=b:1.2.3.4"},
      {"networkmode", "own"}};
  for (const auto& [name, value] : kTable)
    BOOST_TEST(test::contains(refusal({{name, value}}), name), name << "=" << value);
  BOOST_TEST(refusal({{"outputs", R"([{"Type":"tar"},{"Type":"local"}])"}}) ==
             "outputs: multiple outputs not supported");
  BOOST_TEST(test::contains(refusal({{"t", "A:B:C"}}), "invalid reference format"));
  BOOST_TEST(refusal({{"t", "a@sha256:" + std::string(64, '0')}}) ==
             "build tag cannot contain a digest");
  BOOST_TEST(test::contains(refusal({{"platform", "a/b/c/d"}}), "cannot parse platform"));
  for (const char* name : {"squash", "securityopt"}) refusal({{name, "1"}});
  BOOST_TEST(test::contains(refusal({{"isolation", "hyperv"}}), "hyperv"));
}

BOOST_AUTO_TEST_CASE(an_upload_names_its_build) {
  BOOST_TEST(api::upload_id(query({{"buildid", "upload-request:abc"}})) == "abc");
  BOOST_TEST(api::upload_id(query({{"buildid", "abc"}})) == "");
  BOOST_TEST(api::upload_id(query({})) == "");
  BOOST_TEST(test::contains(error_text(Errc::invalid,
                                       [] {
                                         api::upload_id(query({{"buildid", "upload-request:"}}));
                                       }),
                            "buildid"));
}

BOOST_AUTO_TEST_SUITE_END()
