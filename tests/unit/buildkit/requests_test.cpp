// Small parts of what clients ask: filters of caches, build graphs.
#include <functional>

#include "core/base/digest.hpp"
#include "core/buildkit/definition.hpp"
#include "core/buildkit/usage_filters.hpp"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::buildkit;
using gantry::test::error_text;
using List = std::vector<std::string>;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::string filter_of(const List& filters, const std::string& key, std::int64_t keep = 0) {
  const domain::FilterArgs args = usage_filters(filters, keep);
  std::string all;
  for (const std::string& value : args.get(key)) all += value + ";";
  return all;
}

Inputs inputs_of(const proto::Definition& definition) {
  google::protobuf::Map<std::string, proto::Definition> inputs;
  inputs["in"] = definition;
  return read_inputs(inputs);
}

std::string refusal(Errc expected, const proto::Definition& definition) {
  return error_text(expected, [&] { inputs_of(definition); });
}

proto::Definition graph_of(const std::vector<proto::Op>& ops) {
  proto::Definition definition;
  for (const proto::Op& op : ops) definition.add_ops(op.SerializeAsString());
  return definition;
}

proto::Op source(const std::string& identifier) {
  proto::Op op;
  op.mutable_source()->set_identifier(identifier);
  return op;
}

proto::Op taking(int inputs) {
  proto::Op op;
  for (int i = 0; i < inputs; ++i) op.add_inputs()->set_digest("sha256:x");
  return op;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(usage_filters_of_clients)

BOOST_AUTO_TEST_CASE(each_form_of_a_filter_is_read) {
  const struct {
    const char* filter;
    const char* key;
    const char* values;
  } kTable[] = {{"type==exec.cachemount", "type", "exec.cachemount;"},
                {"id~=abc", "id", "abc;"},
                {"inuse", "inuse", "true;"},
                {"inuse==false", "inuse", "false;"},
                {"description==a=b", "description", "a=b;"},
                {"id==", "id", ";"}};
  for (const auto& row : kTable) BOOST_TEST(filter_of({row.filter}, row.key) == row.values);
  BOOST_TEST(filter_of({"type==t,,id~=a"}, "type") == "t;");
  BOOST_TEST(filter_of({"type==t,,id~=a"}, "id") == "a;");
  BOOST_TEST(usage_filters({}, 0).empty());
  BOOST_TEST(usage_filters({""}, 0).empty());
}

BOOST_AUTO_TEST_CASE(others_are_refused_as_they_would_remove_too_much) {
  for (const char* filter : {"id!=a", "id=a", "=a", "id^=a"})
    error_text(Errc::unsupported, [&] { usage_filters({filter}, 0); });
  error_text(Errc::unsupported, [] { usage_filters({"id~=a", "id~=b"}, 0); });
  error_text(Errc::unsupported, [] { usage_filters({"id~=a,id~=b"}, 0); });
  error_text(Errc::unsupported, [] { usage_filters({"until==1h"}, kSecond); });
}

BOOST_AUTO_TEST_CASE(how_long_caches_are_kept_is_rounded_up_to_seconds) {
  const std::pair<std::int64_t, const char*> kTable[] = {{-1, ""},
                                                         {0, ""},
                                                         {1, "1s;"},
                                                         {kSecond, "1s;"},
                                                         {kSecond + 1, "2s;"},
                                                         {INT64_MAX, "9223372037s;"}};
  for (const auto& [nanos, until] : kTable)
    BOOST_TEST(filter_of({"inuse"}, "until", nanos) == until);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(definitions)

BOOST_AUTO_TEST_CASE(an_image_goes_to_the_client_and_comes_back) {
  for (const char* image : {"sha256:0123", "docker.io/library/alpine:3@sha256:45"}) {
    const proto::Definition definition = definition_of(image);
    BOOST_TEST(definition.metadata_size() == 1);  // clients take it for none without
    BOOST_TEST(inputs_of(definition).at("in").image == image);
    proto::Definition again;
    BOOST_TEST_REQUIRE(again.ParseFromString(definition.SerializeAsString()));
    BOOST_TEST(inputs_of(again).at("in").image == image);
  }
}

BOOST_AUTO_TEST_CASE(a_graph_may_lack_the_last_op) {
  BOOST_TEST(inputs_of(graph_of({source("docker-image://a")})).at("in").image == "a");
}

BOOST_AUTO_TEST_CASE(graphs_of_anything_else_are_refused) {
  const std::vector<proto::Op> kTable[] = {{source("local://context")},
                                           {source("docker-image://a"), source("docker-image://b")},
                                           {source("docker-image://a"), taking(2)},
                                           {source("docker-image://a"), taking(0)},
                                           {source("docker-image://a"), taking(1), taking(1)},
                                           {source("docker-image://a"), taking(1)},
                                           {source("oci-layout://a")},
                                           {taking(1), source("docker-image://a")}};
  for (const auto& ops : kTable)
    BOOST_TEST(refusal(Errc::unsupported, graph_of(ops)) ==
               "input in: only images, Git repositories and URLs can be sources of a build");
}

BOOST_AUTO_TEST_CASE(a_repository_is_read_from_a_graph) {
  proto::Op op = source("git://host/a/repo#v1:dir");
  auto& attributes = *op.mutable_source()->mutable_attributes();
  attributes["git.fullurl"] = "http://host/a/repo";
  attributes["git.checksum"] = "ABC";
  attributes["git.keepgitdir"] = attributes["git.skipsubmodules"] = "true";
  attributes["git.mtime"] = "commit";
  attributes["git.authtokensecret"] = "GIT_AUTH_TOKEN";
  const build::GitUrl url = inputs_of(graph_of({op})).at("in").remote->repository.value();
  BOOST_TEST(url.remote == "http://host/a/repo");
  BOOST_TEST((url.ref == "v1" && url.directory == "dir" && url.checksum == "abc"));
  BOOST_TEST((url.keep_git == true && !url.submodules && url.commit_times));
  BOOST_TEST(inputs_of(graph_of({source("git://host/a")})).at("in").remote->repository->remote ==
             "https://host/a");
  attributes["git.bundle"] = "x";
  BOOST_TEST(refusal(Errc::unsupported, graph_of({op})).ends_with("git.bundle is not supported"));
  attributes.erase("git.bundle");
  attributes["git.fullurl"] = "file:///a";
  refusal(Errc::invalid, graph_of({op}));
}

BOOST_AUTO_TEST_CASE(a_file_at_a_url_is_read_from_a_graph) {
  proto::Op url = source("https://host/a.tar");
  BOOST_TEST(inputs_of(graph_of({url})).at("in").remote->name == "context");
  (*url.mutable_source()->mutable_attributes())["http.filename"] = "Other";
  const auto remote = inputs_of(graph_of({url})).at("in").remote.value();
  BOOST_TEST((remote.url == "https://host/a.tar" && remote.name == "Other" && !remote.unpack));
  for (const auto& [key, value] : {std::pair{"http.filename", "../x"}, {"http.header.a", "b"}}) {
    proto::Op other = url;
    (*other.mutable_source()->mutable_attributes())[key] = value;
    refusal(Errc::unsupported, graph_of({other}));
  }
}

BOOST_AUTO_TEST_CASE(of_file_operations_only_the_one_that_unpacks_is_known) {
  const proto::Op url = source("https://host/a.tar");
  proto::Op unpack;
  unpack.add_inputs()->set_digest("sha256:" + sha256_hex(url.SerializeAsString()));
  proto::FileAction& action = *unpack.mutable_file()->add_actions();
  action.set_input(-1);
  proto::FileActionCopy& copy = *action.mutable_copy();
  copy.set_source("/context");
  copy.set_target("/");
  copy.set_mode(-1);
  copy.set_unpack(true);
  BOOST_TEST(inputs_of(graph_of({url, unpack})).at("in").remote->unpack);
  refusal(Errc::unsupported, graph_of({unpack}));
  refusal(Errc::unsupported, graph_of({url, unpack, unpack}));
  refusal(Errc::unsupported, graph_of({source("docker-image://a"), unpack}));
  const std::function<void(proto::FileActionCopy&)> kChanges[] = {
      [](auto& changed) { changed.set_unpack(false); },
      [](auto& changed) { changed.set_target("/sub"); },
      [](auto& changed) { changed.set_source("/other"); },
      [](auto& changed) { changed.set_mode(0644); },
      [](auto& changed) { changed.add_exclude_patterns("x"); },
      [](auto& changed) { changed.mutable_owner(); }};
  for (const auto& change : kChanges) {
    proto::Op other = unpack;
    change(*other.mutable_file()->mutable_actions(0)->mutable_copy());
    refusal(Errc::unsupported, graph_of({url, other}));
  }
}

BOOST_AUTO_TEST_CASE(graphs_of_nothing_are_refused) {
  BOOST_TEST(refusal(Errc::invalid, {}) == "input in is empty");
  BOOST_TEST(refusal(Errc::invalid, graph_of({taking(1)})) == "input in is empty");
  BOOST_TEST(refusal(Errc::invalid, graph_of({source("docker-image://")})) == "input in is empty");
  proto::Definition garbage;
  garbage.add_ops("\xff\xff\xff");
  BOOST_TEST(refusal(Errc::invalid, garbage) == "input in cannot be read");
}

BOOST_AUTO_TEST_SUITE_END()
