// Reading from mirrors, and what happens when they have it not, or not whole.
#include <atomic>

#include "tests/unit/images/pull_checks.hpp"

using namespace gantry;
using gantry::test::contains;
using gantry::test::digest_of;
using gantry::test::error_text;
using gantry::test::FakeRegistry;
using gantry::test::ImageWorld;
using gantry::test::MadeImage;
using gantry::test::make_image;
using gantry::test::on_blob;
using gantry::test::Reply;
using gantry::test::ServedRequest;

BOOST_AUTO_TEST_SUITE(mirrors)

namespace {

/// A registry with one mirror.
struct Mirrored {
  FakeRegistry home, mirror;
  ImageWorld world;

  Mirrored() { use({"http://" + mirror.host()}); }
  void use(const std::vector<std::string>& urls) {
    world.options.mirrors.clear();
    for (const std::string& url : urls)
      world.options.mirrors[home.host()].push_back(images::mirror_endpoint(url));
    world.start();
  }
  std::string name(const std::string& rest) const { return home.host() + "/" + rest; }
};

std::string closed_port() { return FakeRegistry().host(); }

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_a_mirror_has_is_not_asked_of_the_registry, Mirrored) {
  const MadeImage image = make_image(2);
  mirror.add("a/b", "v1", image);
  world.pull(name("a/b:v1"));
  BOOST_TEST(world.images->store.get(name("a/b:v1"))->repo_digests.at(0) ==
             name("a/b@") + image.digest());
  BOOST_TEST(home.server().log().empty());
}

BOOST_FIXTURE_TEST_CASE(what_it_has_not_comes_from_the_next_and_the_registry_is_the_last,
                        Mirrored) {
  FakeRegistry second;
  use({"http://" + closed_port(), "http://" + mirror.host(), "http://" + second.host() + "/"});
  second.add("x", "1", make_image(1));
  home.add("x", "2", make_image(1, {.marker = "y"}));
  world.pull(name("x:1"));
  BOOST_TEST(home.server().log().empty());
  BOOST_TEST(!mirror.server().log().empty());
  world.pull(name("x:2"));
  BOOST_TEST(world.images->store.count() == 2u);
  const std::string said = error_text(Errc::not_found, [&] { world.pull(name("x:3")); });
  BOOST_TEST(contains(said, name("x:3")), said);
}

BOOST_FIXTURE_TEST_CASE(a_registry_of_another_name_is_asked_itself, Mirrored) {
  FakeRegistry other;
  other.add("x", "1", make_image(1));
  world.pull(other.host() + "/x:1");
  BOOST_TEST(mirror.server().log().empty());
}

BOOST_FIXTURE_TEST_CASE(a_mirror_may_lie_below_a_path, Mirrored) {
  use({"http://" + mirror.host() + "/hub/"});
  const MadeImage image = make_image(1);
  mirror.hook = [&](const ServedRequest& q, Reply& r) {
    if (q.target.ends_with("/manifests/1"))
      r.send(200, image.manifest,
             "Content-Type: " + std::string(images::media::kOciManifest) + "\r\n");
    else
      r.send(200, q.target.ends_with(image.id()) ? image.config : image.layers[0]);
    return true;
  };
  world.pull(name("x:1"));
  for (const std::string& line : mirror.server().log())
    BOOST_TEST(line.starts_with("GET /hub/v2/x/"), line);
}

BOOST_FIXTURE_TEST_CASE(all_tags_are_those_of_a_mirror_that_has_some, Mirrored) {
  home.add("x", "1", make_image(1));
  home.add("y", "1", make_image(1));
  mirror.add("y", "2", make_image(1, {.marker = "y"}));
  const auto pull_all = [&](const std::string& path) {
    services::ImagePull::Request request;
    request.reference = images::parse_reference(name(path));
    world.images->pull.run(request, world.output());
  };
  pull_all("x");  // the mirror lists none
  BOOST_TEST(world.images->store.get(name("x:1"))->layers.size() == 1u);
  pull_all("y");
  BOOST_TEST(world.images->store.get(name("y:2"))->layers.size() == 1u);
  BOOST_TEST(home.server().count("/y/") == 0);
}

BOOST_FIXTURE_TEST_CASE(a_digest_is_believed_of_nobody, Mirrored) {
  const MadeImage image = make_image(1), other = make_image(1, {.marker = "other"});
  home.add("x", "1", image);
  mirror.hook = [&](const ServedRequest& q, Reply& r) {
    if (!contains(q.target, "/manifests/")) return false;
    r.send(200, other.manifest,
           "Content-Type: " + std::string(images::media::kOciManifest) + "\r\n");
    return true;
  };
  world.pull(name("x@") + image.digest());
  BOOST_TEST(world.images->store.get(name("x@") + image.digest())->id == image.id());
}

BOOST_FIXTURE_TEST_CASE(a_layer_that_breaks_off_is_gone_on_with_at_the_registry, Mirrored) {
  world.options.parallel_downloads = 1;
  world.start();
  const MadeImage image = make_image(2, {.padding = 300'000});
  mirror.add("x", "1", image);
  home.add("x", "1", image);
  const std::string spoilt = digest_of(image.layers[1]);
  mirror.hook = on_blob(spoilt, [&](const ServedRequest&, Reply& r) {
    r.send_part(image.layers[1], 200'000);
    return true;
  });
  std::string range;  // asked for by the one thread that downloads
  home.hook = on_blob(spoilt, [&](const ServedRequest& q, Reply&) {
    range = q.header("range");
    return false;
  });
  world.pull(name("x:1"));
  BOOST_TEST(world.runtime.layers.size() == 2u);
  BOOST_TEST(range == "bytes=200000-");
  BOOST_TEST(home.server().count(digest_of(image.layers[0])) == 0);  // came from the mirror
}

BOOST_FIXTURE_TEST_CASE(the_login_is_the_registrys_alone, Mirrored) {
  home.add("x", "1", make_image(1));
  std::atomic<bool> told_mirror = false, told_home = false;
  const auto guard = [](std::atomic<bool>& told) {
    return [&told](const ServedRequest& q, Reply& r) {
      if (!q.header("authorization").empty()) told = true;
      if (told) return false;
      r.send(401, "{}", "WWW-Authenticate: Basic realm=\"r\"\r\n");
      return true;
    };
  };
  home.hook = guard(told_home);
  mirror.hook = guard(told_mirror);
  images::RegistryAuth auth;
  auth.username = "ann";
  auth.password = "secret";
  world.pull(name("x:1"), auth);
  BOOST_TEST(mirror.server().count("/manifests/1") == 1);
  BOOST_TEST(told_home.load());
  BOOST_TEST(!told_mirror.load());
}

BOOST_FIXTURE_TEST_CASE(what_a_registry_has_is_asked_of_mirrors_too, Mirrored) {
  const MadeImage image = make_image(1);
  mirror.add("x", "1", image);
  const services::RegistryInspect inspect(world.options);
  const images::Reference reference = images::parse_reference(name("x:1"));
  BOOST_TEST(inspect.run(reference, {}, {}).descriptor.digest == image.digest());
  BOOST_TEST(home.server().log().empty());
}

BOOST_AUTO_TEST_CASE(who_is_insecure_is_decided_by_the_address_that_was_named) {
  images::RegistryOptions options;
  options.insecure_hosts = {"reg.lan:443", "10.0.0.0/8"};
  options.mirrors["docker.io"] = {images::mirror_endpoint("https://10.1.1.1"),
                                  images::mirror_endpoint("http://[fd00::1]:5000/a")};
  const images::RegistryEndpoint registry = images::registry_endpoint("reg.lan", options);
  BOOST_TEST(registry.insecure);
  BOOST_TEST(registry.origin.str() == "http://reg.lan");
  const auto endpoints = images::read_endpoints("Docker.io", options);
  BOOST_TEST(endpoints.size() == 3u);
  BOOST_TEST(endpoints.at(0).insecure);
  BOOST_TEST(endpoints.at(0).origin.tls);
  BOOST_TEST(!endpoints.at(1).insecure);
  BOOST_TEST(endpoints.at(1).origin.host == "fd00::1");
  BOOST_TEST(!endpoints.at(2).mirror);
}

BOOST_AUTO_TEST_CASE(addresses_of_mirrors_are_urls_of_hosts) {
  const images::RegistryEndpoint endpoint = images::mirror_endpoint("https://m.lan:444/a/b/");
  BOOST_TEST(endpoint.origin.str() == "https://m.lan:444");
  BOOST_TEST(endpoint.prefix == "/a/b");
  BOOST_TEST(endpoint.mirror);
  BOOST_TEST(images::mirror_endpoint("http://m.lan").prefix == "");
  for (const char* url : {"m.lan", "ftp://m.lan", "https://u:p@m.lan", "https://m.lan/?a",
                          "https://m.lan/#a", "https://"})
    error_text(Errc::invalid, [&] { images::mirror_endpoint(url); });
}

BOOST_AUTO_TEST_SUITE_END()
