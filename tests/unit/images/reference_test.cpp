#include "core/images/reference.hpp"

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::images;
using gantry::test::error_text;

BOOST_AUTO_TEST_SUITE(reference)

namespace {
const std::string kHex(64, 'a');
const std::string kDigest = "sha256:" + kHex;
}  // namespace

BOOST_AUTO_TEST_CASE(short_names_live_on_docker_hub) {
  const Reference r = parse_reference("busybox");
  BOOST_TEST(r.domain == "docker.io");
  BOOST_TEST(r.path == "library/busybox");
  BOOST_TEST(r.tag == "");
  BOOST_TEST(r.familiar() == "busybox");
  BOOST_TEST(r.with_default_tag().familiar() == "busybox:latest");
  BOOST_TEST(parse_reference("a/b:1").str() == "docker.io/a/b:1");
  BOOST_TEST(parse_reference("a/b:1").familiar() == "a/b:1");
  BOOST_TEST(parse_reference("index.docker.io/library/x").familiar() == "x");
  BOOST_TEST(parse_reference("docker.io/x").familiar() == "x");
}

BOOST_AUTO_TEST_CASE(a_first_part_that_looks_like_a_host_is_a_registry) {
  BOOST_TEST(parse_reference("localhost/x").domain == "localhost");
  BOOST_TEST(parse_reference("localhost:5000/x").domain == "localhost:5000");
  BOOST_TEST(parse_reference("127.0.0.1:5000/a/b/c:t").path == "a/b/c");
  BOOST_TEST(parse_reference("ghcr.io/a/b").familiar() == "ghcr.io/a/b");
  BOOST_TEST(parse_reference("[::1]:5000/x").domain == "[::1]:5000");
  BOOST_TEST(parse_reference("host/x").str() == "docker.io/host/x");
}

BOOST_AUTO_TEST_CASE(tags_and_digests_are_split_off) {
  const Reference r = parse_reference("localhost:5000/x:v1.2_3@" + kDigest);
  BOOST_TEST(r.tag == "v1.2_3");
  BOOST_TEST(r.digest == kDigest);
  BOOST_TEST(r.familiar() == "localhost:5000/x:v1.2_3@" + kDigest);
  BOOST_TEST(parse_reference("x@" + kDigest).with_default_tag().tag == "");
}

BOOST_AUTO_TEST_CASE(bad_references_are_refused_in_dockers_words) {
  for (const char* bad :
       {"", ":", "x:", "x@", "-x", "x-", "x/", "/x", "a//b", "x:-t", "x y", "a__b__", "a___b",
        "a..b", "x@sha256:abc", "local host/x", "host.:5000/x", "x:t:u", "[::1/x"})
    BOOST_TEST(
        error_text(Errc::invalid, [&] { parse_reference(bad); }) == "invalid reference format",
        bad);
  BOOST_TEST(error_text(Errc::invalid, [] { parse_reference("Foo"); }) ==
             "invalid reference format: repository name (library/Foo) must be lowercase");
  BOOST_TEST(error_text(Errc::invalid, [] { parse_reference(kHex); }) ==
             "invalid repository name (" + kHex + "), cannot specify 64-byte hexadecimal strings");
  BOOST_TEST(error_text(Errc::invalid, [] { parse_reference("x/" + std::string(300, 'a')); }) ==
             "repository name must not be more than 255 characters");
  BOOST_TEST(error_text(Errc::invalid, [] { parse_reference("x:" + std::string(129, 'a')); }) ==
             "invalid reference format");
}

BOOST_AUTO_TEST_CASE(separators_inside_names_follow_the_grammar) {
  for (const char* good : {"a.b", "a_b", "a__b", "a-b", "a---b", "z/a.b-c_d/e"})
    BOOST_TEST(find_reference(good).has_value(), good);
}

BOOST_AUTO_TEST_CASE(ids_are_told_from_names) {
  BOOST_TEST(parse_any_reference(kHex).image_id == kDigest);
  BOOST_TEST(parse_any_reference(kDigest).image_id == kDigest);
  BOOST_TEST(parse_any_reference("abc").name->familiar() == "abc");
  BOOST_TEST(short_id(kDigest) == std::string(12, 'a'));
}

BOOST_AUTO_TEST_SUITE_END()
