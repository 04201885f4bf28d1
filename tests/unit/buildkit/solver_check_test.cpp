// What a Solve may ask for besides the build itself.
#include "core/buildkit/solver.hpp"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::buildkit;
using gantry::test::error_text;
using Request = proto::ControlSolveRequest;

namespace {

Request exporting(const std::string& type, const std::map<std::string, std::string>& attributes) {
  Request request;
  proto::Exporter& exporter = *request.add_exporters();
  exporter.set_type(type);
  exporter.mutable_attributes()->insert(attributes.begin(), attributes.end());
  return request;
}

std::string refusal(const Request& request) {
  return error_text(Errc::unsupported, [&] { Solver::check(request); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checks_of_solves)

BOOST_AUTO_TEST_CASE(results_go_to_images_tars_and_directories) {
  for (const char* type : {"moby", "image", "tar", "local"}) Solver::check(exporting(type, {}));
  Solver::check(exporting("moby", {{"name", "a,b"}, {"push", "true"}, {"unpack", "true"}}));
  Solver::check(
      exporting("moby", {{"load", "true"}, {"push", "false"}}));  // Compose 2 without Bake
  BOOST_TEST(refusal(exporting("image", {{"push", "true"}})) ==
             "exporter image: push is not supported");
  for (const char* no : {"", "false", "0"}) Solver::check(exporting("image", {{"new-thing", no}}));
  for (const char* type : {"oci", "docker", ""})
    BOOST_TEST(refusal(exporting(type, {})) ==
               "exporter " + std::string(type) + " is not supported");
  BOOST_TEST(refusal(exporting("image", {{"compression", "zstd"}})) ==
             "exporter image: compression is not supported");
  BOOST_TEST(refusal(exporting("moby", {{"dangling-name-prefix", "x"}})) ==
             "exporter moby: dangling-name-prefix is not supported");
  BOOST_TEST(refusal(exporting("tar", {{"name", "a"}})) == "exporter tar: name is not supported");
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_had_spoils_the_others) {
  Request request = exporting("moby", {});
  *request.add_exporters() = exporting("oci", {}).exporters(0);
  refusal(request);
}

BOOST_AUTO_TEST_CASE(graphs_of_clients_are_refused) {
  Request request;
  Solver::check(request);
  request.mutable_definition()->add_ops("x");
  BOOST_TEST(refusal(request).starts_with("build graphs (LLB) of clients are not supported"));
}

BOOST_AUTO_TEST_CASE(policies_that_would_not_be_heeded_are_refused) {
  Request by_session, by_rules;
  by_session.set_source_policy_session("s");
  by_rules.set_source_policy("x");
  for (const Request& request : {by_session, by_rules})
    BOOST_TEST(refusal(request) == "source policies are not supported");
}

BOOST_AUTO_TEST_CASE(caches_go_into_images_only) {
  Request request;
  request.mutable_cache()->add_exports()->set_type("inline");
  request.mutable_cache()->add_imports()->set_type("registry");
  Solver::check(request);
  request.mutable_cache()->add_exports()->set_type("local");
  BOOST_TEST(refusal(request) == "cache export of type local is not supported");
}

BOOST_AUTO_TEST_CASE(of_entitlements_there_is_the_hosts_network) {
  Request request;
  request.add_entitlements("network.host");
  Solver::check(request);
  request.add_entitlements("security.insecure");
  BOOST_TEST(refusal(request) == "entitlement security.insecure is not supported");
}

BOOST_AUTO_TEST_SUITE_END()
