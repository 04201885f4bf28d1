// Pulling from registries that behave, and from some that don't.
#include <sys/socket.h>

#include <thread>

#include "tests/unit/images/image_world.hpp"

using namespace gantry;
using gantry::test::contains;
using gantry::test::digest_of;
using gantry::test::error_text;
using gantry::test::FakeRegistry;
using gantry::test::ImageWorld;
using gantry::test::MadeImage;
using gantry::test::make_image;
using gantry::test::Reply;
using gantry::test::ServedRequest;
using images::short_id;
using Filter = gantry::test::TarMaker::Filter;

BOOST_AUTO_TEST_SUITE(pull)

namespace {

void check_nothing_left(ImageWorld& world, bool partials_allowed = false) {
  BOOST_TEST(world.images->store.count() == 0u);
  BOOST_TEST(world.runtime.layers.empty());
  BOOST_TEST(world.blobs() == 0u);
  if (!partials_allowed) BOOST_TEST(world.partials() == 0u);
}

// A hook for blob requests only.
auto on_blob(const std::string& digest, std::function<bool(const ServedRequest&, Reply&)> action) {
  return [=](const ServedRequest& q, Reply& r) {
    return q.target.find("/blobs/" + digest) != std::string::npos && action(q, r);
  };
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_tag_is_pulled_layer_by_layer) {
  FakeRegistry registry;
  const MadeImage image = make_image(4);
  registry.add("a/b", "latest", image);
  ImageWorld world;
  world.pull(registry.host() + "/a/b:latest");

  const auto record = world.images->store.get(registry.host() + "/a/b");
  BOOST_TEST(record->id == image.id());
  BOOST_TEST(record->layers.size() == 4u);
  BOOST_TEST(record->unpacked_size() > 0u);
  BOOST_TEST(record->repo_digests.at(0) == registry.host() + "/a/b@" + image.digest());
  BOOST_TEST(world.runtime.layers.size() == 4u);
  BOOST_TEST(world.runtime.has(record->top_chain_id()));
  BOOST_TEST(world.blobs() == 6u);  // layers, config, manifest
  BOOST_TEST(world.partials() == 0u);

  const auto texts = world.texts();
  BOOST_TEST(texts.front() == "Pulling from a/b");
  BOOST_TEST(texts.at(texts.size() - 2) == "Digest: " + image.digest());
  BOOST_TEST(texts.back() ==
             "Status: Downloaded newer image for " + registry.host() + "/a/b:latest");
  const auto steps = world.steps_of(short_id(digest_of(image.layers[0])));
  BOOST_TEST(steps ==
             (std::vector<std::string>{"Pulling fs layer", "Downloading", "Verifying Checksum",
                                       "Download complete", "Extracting", "Pull complete"}));
  BOOST_TEST(world.steps_of(short_id(digest_of(image.layers[3]))).at(1) == "Waiting");
  BOOST_TEST(world.actions() == std::vector<std::string>{"pull"});
}

BOOST_AUTO_TEST_CASE(an_image_that_is_here_is_up_to_date) {
  FakeRegistry registry;
  registry.add("x", "latest", make_image(2));
  ImageWorld world;
  world.pull(registry.host() + "/x:latest");
  world.pull(registry.host() + "/x:latest");
  BOOST_TEST(world.texts().back() ==
             "Status: Image is up to date for " + registry.host() + "/x:latest");
  BOOST_TEST(world.lines.size() == 3u);
  BOOST_TEST(world.runtime.unpacked == 2);
}

BOOST_AUTO_TEST_CASE(shared_layers_already_exist) {
  FakeRegistry registry;
  registry.add("x", "1", make_image(2, {.config_extra = R"({"Cmd":["a"]})"}));
  const MadeImage second = make_image(3, {.config_extra = R"({"Cmd":["b"]})"});
  registry.add("x", "2", second);
  ImageWorld world;
  world.pull(registry.host() + "/x:1");
  world.pull(registry.host() + "/x:2");
  BOOST_TEST(world.steps_of(short_id(digest_of(second.layers[0]))) ==
             std::vector<std::string>{"Already exists"});
  BOOST_TEST(world.runtime.unpacked == 3);
}

BOOST_AUTO_TEST_CASE(every_compression_is_unpacked) {
  for (const Filter filter : {Filter::none, Filter::gzip, Filter::zstd}) {
    FakeRegistry registry;
    registry.add("x", "latest", make_image(1, {.filter = filter}));
    ImageWorld world;
    world.pull(registry.host() + "/x:latest");
    BOOST_TEST(world.runtime.layers.size() == 1u);
    BOOST_TEST(world.runtime.layers.begin()->second.paths.at(1) == "d0/f");
  }
}

BOOST_AUTO_TEST_CASE(one_layer_twice_in_an_image_is_downloaded_once) {
  FakeRegistry registry;
  MadeImage image = make_image(1);
  const std::string diff = image.diff_ids[0];
  image.config = R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[")" +
                 diff + "\",\"" + diff + R"("]}})";
  const images::Descriptor layer{std::string(images::media::kOciLayerGzip),
                                 digest_of(image.layers[0]), image.layers[0].size()};
  image.manifest = images::write_manifest(
      {std::string(images::media::kOciConfig), image.id(), image.config.size()}, {layer, layer});
  registry.add("x", "latest", image);
  ImageWorld world;
  world.pull(registry.host() + "/x:latest");
  BOOST_TEST(registry.server().count("/blobs/" + digest_of(image.layers[0])) == 1);
  BOOST_TEST(world.runtime.layers.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_digest_is_pulled_without_a_tag) {
  FakeRegistry registry;
  const MadeImage image = make_image(1);
  registry.add("x", "latest", image);
  ImageWorld world;
  const std::string name = registry.host() + "/x@" + image.digest();
  world.pull(name);
  BOOST_TEST(world.images->store.get(name)->repo_tags.empty());
  BOOST_TEST(world.texts().back() == "Status: Downloaded newer image for " + name);
}

BOOST_AUTO_TEST_CASE(without_a_tag_all_tags_come) {
  FakeRegistry registry;
  registry.add("x", "1", make_image(1, {.marker = "1"}));
  registry.add("x", "2", make_image(1, {.marker = "2"}));
  ImageWorld world;
  world.pull(registry.host() + "/x");
  BOOST_TEST(world.images->store.count() == 2u);
  BOOST_TEST(world.images->store.get(registry.host() + "/x:2")->repo_tags.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_index_gives_the_asked_platform_and_its_digest) {
  FakeRegistry registry;
  const MadeImage amd = make_image(1, {.architecture = "amd64", .marker = "amd"});
  const MadeImage arm = make_image(1, {.architecture = "arm64", .marker = "arm"});
  registry.add("x", "", amd);
  registry.add("x", "", arm);
  const auto entry = [](const MadeImage& image, const std::string& architecture) {
    return R"({"mediaType":")" + std::string(images::media::kOciManifest) + R"(","digest":")" +
           image.digest() + R"(","size":)" + std::to_string(image.manifest.size()) +
           R"(,"platform":{"os":"linux","architecture":")" + architecture + "\"}}";
  };
  const std::string index = R"({"schemaVersion":2,"mediaType":")" +
                            std::string(images::media::kOciIndex) + R"(","manifests":[)" +
                            entry(arm, "arm64") + "," + entry(amd, "amd64") + "]}";
  registry.add_manifest("x", "latest", index, std::string(images::media::kOciIndex));
  ImageWorld world;
  world.pull(registry.host() + "/x:latest", {}, images::parse_platform("linux/arm64"));
  BOOST_TEST(world.images->store.get(registry.host() + "/x")->platform.architecture == "arm64");
  BOOST_TEST(world.said("Digest: " + digest_of(index)));
  world.pull(registry.host() + "/x:latest", {}, images::parse_platform("linux/amd64"));
  BOOST_TEST(world.images->store.get(registry.host() + "/x")->id == amd.id());
  BOOST_TEST(error_text(Errc::not_found, [&] {
               world.pull(registry.host() + "/x:latest", {}, images::parse_platform("linux/s390x"));
             }) == "no matching manifest for linux/s390x in the manifest list entries");
}

BOOST_AUTO_TEST_CASE(another_platform_than_asked_for_is_warned_of) {
  FakeRegistry registry;
  registry.add("x", "latest", make_image(1));
  ImageWorld world;
  world.pull(registry.host() + "/x:latest", {}, images::parse_platform("linux/arm64"));
  BOOST_TEST(world.said(
      "WARNING: image with reference " + registry.host() +
      "/x:latest was found but its platform (linux/amd64) does not match the specified platform "
      "(linux/arm64)"));
}

// --- refusals

BOOST_AUTO_TEST_CASE(unknown_images_are_refused_in_dockers_words_before_the_first_line) {
  FakeRegistry registry;
  ImageWorld world;
  const std::string name = registry.host() + "/x:nope";
  BOOST_TEST(error_text(Errc::not_found, [&] { world.pull(name); }) ==
             "manifest for " + name + " not found: manifest unknown: manifest unknown");
  BOOST_TEST(world.lines.empty());
  registry.hook = [](const ServedRequest&, Reply& r) {
    r.send(
        403,
        R"({"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]})");
    return true;
  };
  BOOST_TEST(error_text(Errc::not_found, [&] { world.pull(name); }) ==
             "pull access denied for " + registry.host() +
                 "/x, repository does not exist or may require 'docker login': denied: requested "
                 "access to the "
                 "resource is denied");
}

BOOST_AUTO_TEST_CASE(an_unreachable_registry_is_a_server_error) {
  std::string host;
  {
    FakeRegistry gone;
    host = gone.host();
  }
  ImageWorld world;
  BOOST_TEST(error_text(Errc::internal, [&] { world.pull(host + "/x:latest"); }) ==
             "Get \"http://" + host + "/v2/x/manifests/latest\": dial tcp " + host +
                 ": connect: connection refused");
}

BOOST_AUTO_TEST_CASE(a_wrong_layer_digest_is_refused_and_leaves_nothing) {
  FakeRegistry registry;
  const MadeImage image = make_image(2);
  registry.add("x", "latest", image);
  registry.blobs[digest_of(image.layers[1])] = std::string(image.layers[1].size(), 'x');
  ImageWorld world;
  BOOST_TEST(error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }) ==
             "filesystem layer verification failed for digest " + digest_of(image.layers[1]));
  check_nothing_left(world);
}

BOOST_AUTO_TEST_CASE(a_longer_layer_than_announced_is_refused) {
  FakeRegistry registry;
  const MadeImage image = make_image(1);
  registry.add("x", "latest", image);
  registry.blobs[digest_of(image.layers[0])] += "more";
  ImageWorld world;
  error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); });
  check_nothing_left(world);
}

BOOST_AUTO_TEST_CASE(a_shorter_layer_than_announced_is_refused_at_once) {
  FakeRegistry registry;
  const MadeImage image = make_image(1, {.padding = 50'000});
  registry.add("x", "latest", image);
  registry.blobs[digest_of(image.layers[0])].resize(20'000);
  ImageWorld world;
  const std::string text =
      "filesystem layer verification failed for digest " + digest_of(image.layers[0]);
  BOOST_TEST(error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }) ==
             text);
  BOOST_TEST(registry.server().count("/blobs/" + digest_of(image.layers[0])) == 1);
  check_nothing_left(world);
  {  // also when a part is there already: the range is refused, then the whole is too short
    images::IncomingBlob part = world.images->blobs.resume(digest_of(image.layers[0]));
    part.append(image.layers[0].data(), 30'000);
    part.keep();
  }
  BOOST_TEST(error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }) ==
             text);
  check_nothing_left(world);
}

BOOST_AUTO_TEST_CASE(a_wrong_manifest_digest_is_refused) {
  FakeRegistry registry;
  const MadeImage image = make_image(1), other = make_image(1, {.marker = "other"});
  registry.add("x", "latest", image);
  registry.manifests["x/" + image.digest()].first = other.manifest;
  ImageWorld world;
  BOOST_TEST(error_text(Errc::internal, [&] {
               world.pull(registry.host() + "/x@" + image.digest());
             }) == "manifest verification failed for digest " + image.digest());
  check_nothing_left(world);
}

BOOST_AUTO_TEST_CASE(a_wrong_config_digest_is_refused) {
  FakeRegistry registry;
  const MadeImage image = make_image(1);
  registry.add("x", "latest", image);
  registry.blobs[image.id()] = "{}";
  ImageWorld world;
  BOOST_TEST(error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }) ==
             "image config verification failed for digest " + image.id());
  check_nothing_left(world);
}

BOOST_AUTO_TEST_CASE(a_config_that_lies_about_a_layer_cannot_poison_it) {
  FakeRegistry registry;
  MadeImage image = make_image(1, {.config_extra = R"({"Cmd":["evil"]})"});
  const MadeImage good = make_image(1, {.marker = "good"});
  // The evil image claims good's diff id for its own content.
  const auto at = image.config.find(image.diff_ids[0]);
  image.config.replace(at, image.diff_ids[0].size(), good.diff_ids[0]);
  image.manifest = images::write_manifest(
      {std::string(images::media::kOciConfig), image.id(), image.config.size()},
      {{std::string(images::media::kOciLayerGzip), digest_of(image.layers[0]),
        image.layers[0].size()}});
  registry.add("evil", "latest", image);
  registry.add("good", "latest", good);
  ImageWorld world;
  BOOST_TEST(
      contains(error_text(Errc::invalid, [&] { world.pull(registry.host() + "/evil:latest"); }),
               "layers from manifest don't match image configuration"));
  check_nothing_left(world);
  world.pull(registry.host() + "/good:latest");
  // … nor slip in when the layer is already there.
  error_text(Errc::invalid, [&] { world.pull(registry.host() + "/evil:latest"); });
  BOOST_TEST(world.images->store.count() == 1u);
  BOOST_TEST(world.runtime.layers.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_config_with_another_number_of_layers_is_refused) {
  FakeRegistry registry;
  MadeImage image = make_image(2);
  image.manifest = images::write_manifest(
      {std::string(images::media::kOciConfig), image.id(), image.config.size()},
      {{std::string(images::media::kOciLayerGzip), digest_of(image.layers[0]),
        image.layers[0].size()}});
  registry.add("x", "latest", image);
  ImageWorld world;
  BOOST_TEST(error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }) ==
             "layers from manifest don't match image configuration");
}

BOOST_AUTO_TEST_CASE(a_layer_that_is_no_archive_is_refused_and_leaves_nothing) {
  FakeRegistry registry;
  MadeImage image = make_image(2);
  const std::string junk = "\x1f\x8b" + std::string(500, 'j');
  image.layers[1] = junk;
  image.manifest = images::write_manifest(
      {std::string(images::media::kOciConfig), image.id(), image.config.size()},
      {{std::string(images::media::kOciLayerGzip), digest_of(image.layers[0]),
        image.layers[0].size()},
       {std::string(images::media::kOciLayerGzip), digest_of(junk), junk.size()}});
  registry.add("x", "latest", image);
  ImageWorld world;
  error_text(Errc::invalid, [&] { world.pull(registry.host() + "/x:latest"); });
  check_nothing_left(world);
}

BOOST_AUTO_TEST_CASE(server_errors_are_tried_again_and_then_reported) {
  FakeRegistry registry;
  const MadeImage image = make_image(1);
  registry.add("x", "latest", image);
  registry.hook = on_blob(digest_of(image.layers[0]), [](const ServedRequest&, Reply& r) {
    r.send(500, "oops");
    return true;
  });
  ImageWorld world;
  BOOST_TEST(error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }) ==
             "received unexpected HTTP status: 500 Status");
  BOOST_TEST(registry.server().count("/blobs/" + digest_of(image.layers[0])) == 5);
  BOOST_TEST(world.said("Retrying in 1 second"));
  check_nothing_left(world, true);
}

// --- broken connections

BOOST_AUTO_TEST_CASE(a_broken_download_goes_on_where_it_stopped) {
  FakeRegistry registry;
  const MadeImage image = make_image(1, {.padding = 300'000});
  registry.add("x", "latest", image);
  std::atomic<int> tries{0};
  std::vector<std::string> ranges;
  registry.hook = on_blob(digest_of(image.layers[0]), [&](const ServedRequest& q, Reply& r) {
    ranges.push_back(q.header("range"));
    if (++tries > 2) return false;
    const std::string& blob = image.layers[0];
    if (tries == 1) {
      r.send_part(blob, 100'000);
    } else {
      const std::size_t from = std::stoul(q.header("range").substr(6));
      r.send_part(blob.substr(from), 50'000, 206,
                  "Content-Range: bytes " + std::to_string(from) + "-" +
                      std::to_string(blob.size() - 1) + "/" + std::to_string(blob.size()) + "\r\n");
    }
    return true;
  });
  ImageWorld world;
  world.pull(registry.host() + "/x:latest");
  BOOST_TEST(ranges == (std::vector<std::string>{"", "bytes=100000-", "bytes=150000-"}));
  BOOST_TEST(world.images->store.count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_registry_without_ranges_sends_all_again) {
  FakeRegistry registry;
  const MadeImage image = make_image(1, {.padding = 50'000});
  registry.add("x", "latest", image);
  std::atomic<int> tries{0};
  registry.hook = on_blob(digest_of(image.layers[0]), [&](const ServedRequest&, Reply& r) {
    if (++tries == 1)
      r.send_part(image.layers[0], 10'000);
    else
      r.send(200, image.layers[0]);
    return true;
  });
  ImageWorld world;
  world.pull(registry.host() + "/x:latest");
  BOOST_TEST(world.images->store.count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_corrupt_part_of_an_earlier_try_is_thrown_away) {
  FakeRegistry registry;
  const MadeImage image = make_image(1, {.padding = 50'000});
  registry.add("x", "latest", image);
  ImageWorld world;
  {
    images::IncomingBlob part = world.images->blobs.resume(digest_of(image.layers[0]));
    part.append("rubbish", 7);
    part.keep();
  }
  world.pull(registry.host() + "/x:latest");
  BOOST_TEST(world.images->store.count() == 1u);
  BOOST_TEST(world.partials() == 0u);
}

BOOST_AUTO_TEST_CASE(a_stalled_download_is_given_up_and_its_part_serves_the_next_pull) {
  FakeRegistry registry;
  const MadeImage image = make_image(2, {.padding = 100'000});
  registry.add("x", "latest", image);
  std::atomic<bool> healthy{false};
  registry.hook = on_blob(digest_of(image.layers[1]), [&](const ServedRequest& q, Reply& r) {
    if (healthy) return false;
    if (q.header("range").empty())
      r.raw("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(image.layers[1].size()) +
            "\r\n\r\n" + image.layers[1].substr(0, 60'000));
    r.stall();
    return true;
  });
  ImageWorld world;
  world.options.stall_timeout = std::chrono::milliseconds(100);
  world.options.tries = 2;
  world.start();
  BOOST_TEST(contains(
      error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }), "timeout"));
  check_nothing_left(world, true);
  BOOST_TEST(world.partials() == 2u);  // the whole first layer and the part of the second

  healthy = true;
  world.start();  // also after a restart
  world.pull(registry.host() + "/x:latest");
  BOOST_TEST(registry.server().count("/blobs/" + digest_of(image.layers[0])) == 1);
  BOOST_TEST(world.partials() == 0u);
}

BOOST_AUTO_TEST_CASE(a_stalled_manifest_times_out) {
  FakeRegistry registry;
  registry.hook = [](const ServedRequest&, Reply& r) {
    r.stall();
    return true;
  };
  ImageWorld world;
  world.options.stall_timeout = std::chrono::milliseconds(100);
  world.start();
  BOOST_TEST(
      contains(error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }),
               "i/o timeout"));
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_ends_the_pull) {
  FakeRegistry registry;
  const MadeImage image = make_image(1, {.padding = 200'000});
  registry.add("x", "latest", image);
  int sockets[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
  const UniqueFd ours(sockets[0]);
  UniqueFd clients(sockets[1]);
  registry.hook = on_blob(digest_of(image.layers[0]), [&](const ServedRequest&, Reply& r) {
    r.raw("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(image.layers[0].size()) +
          "\r\n\r\n" + image.layers[0].substr(0, 1000));
    clients.reset();
    r.stall();
    return true;
  });
  ImageWorld world;
  world.options.stall_timeout = std::chrono::seconds(60);
  world.start();
  services::ImagePull::Request request;
  request.reference = images::parse_reference(registry.host() + "/x:latest");
  error_text(Errc::cancelled,
             [&] { world.images->pull.run(request, world.output(Peer(ours.get()))); });
  check_nothing_left(world, true);
  BOOST_TEST(world.partials() == 1u);
}

BOOST_AUTO_TEST_CASE(two_pulls_of_the_same_image_download_it_once) {
  FakeRegistry registry;
  const MadeImage image = make_image(3, {.padding = 200'000});
  registry.add("x", "latest", image);
  ImageWorld world;
  services::ImagePull::Request request;
  request.reference = images::parse_reference(registry.host() + "/x:latest");
  const services::ProgressOutput quiet{[](std::string_view) { return true; }, Peer()};
  std::jthread other([&] { world.images->pull.run(request, quiet); });
  world.images->pull.run(request, quiet);
  other.join();
  BOOST_TEST(world.images->store.count() == 1u);
  for (const std::string& layer : image.layers)
    BOOST_TEST(registry.server().count("/blobs/" + digest_of(layer)) == 1);
  BOOST_TEST(world.runtime.unpacked == 3);
}

BOOST_AUTO_TEST_CASE(what_an_interrupted_engine_left_is_removed_or_reused_at_boot) {
  FakeRegistry registry;
  const MadeImage image = make_image(2);
  registry.add("x", "latest", image);
  ImageWorld world;
  // As after kill -9 between unpacking and the record: a blob and a layer that no image knows.
  world.images->blobs.put(image.layers[0], "");
  world.runtime.layers[image.diff_ids[0]] = {};
  { world.images->blobs.begin().keep(); }
  world.start();
  BOOST_TEST(world.runtime.layers.empty());
  BOOST_TEST(world.blobs() == 0u);
  BOOST_TEST(world.partials() == 1u);
  world.pull(registry.host() + "/x:latest");
  BOOST_TEST(registry.server().count("/blobs/" + digest_of(image.layers[0])) == 0);
  BOOST_TEST(world.partials() == 0u);
}

// --- authentication

namespace {

struct TokenRegistry : FakeRegistry {
  std::vector<ServedRequest> token_requests;
  std::string valid_token = "good";
  std::string token_answer = R"({"token":"good"})";
  int token_status = 200;

  TokenRegistry() {
    hook = [this](const ServedRequest& q, Reply& r) {
      if (q.target.starts_with("/token")) {
        token_requests.push_back(q);
        r.send(token_status, token_answer);
        return true;
      }
      if (q.header("authorization") == "Bearer " + valid_token) return false;
      r.send(401, R"({"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]})",
             "WWW-Authenticate: Bearer realm=\"http://" + host() +
                 "/token\",service=\"reg\",scope=\"repository:x:pull\"\r\n");
      return true;
    };
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_bearer_token_is_fetched_once_for_all_connections) {
  TokenRegistry registry;
  registry.add("x", "latest", make_image(3));
  ImageWorld world;
  world.pull(registry.host() + "/x:latest");
  BOOST_REQUIRE(registry.token_requests.size() == 1u);
  BOOST_TEST(registry.token_requests[0].target == "/token?scope=repository%3Ax%3Apull&service=reg");
  BOOST_TEST(registry.token_requests[0].header("authorization") == "");
}

BOOST_AUTO_TEST_CASE(a_login_is_shown_to_the_token_server) {
  TokenRegistry registry;
  registry.add("x", "latest", make_image(1));
  ImageWorld world;
  world.pull(registry.host() + "/x:latest", {.username = "u", .password = "p"});
  BOOST_TEST(registry.token_requests.at(0).header("authorization") ==
             "Basic " + base64_encode("u:p"));
  BOOST_TEST(contains(registry.token_requests.at(0).target, "account=u"));
}

BOOST_AUTO_TEST_CASE(an_identity_token_is_traded_by_the_oauth_form) {
  TokenRegistry registry;
  registry.add("x", "latest", make_image(1));
  registry.token_answer = R"({"access_token":"good"})";
  ImageWorld world;
  world.pull(registry.host() + "/x:latest", {.identity_token = "id&1"});
  const ServedRequest& q = registry.token_requests.at(0);
  BOOST_TEST(q.method == "POST");
  BOOST_TEST(contains(q.body, "grant_type=refresh_token"));
  BOOST_TEST(contains(q.body, "refresh_token=id%261"));
}

BOOST_AUTO_TEST_CASE(a_registry_token_is_sent_as_it_is) {
  TokenRegistry registry;
  registry.add("x", "latest", make_image(1));
  ImageWorld world;
  world.pull(registry.host() + "/x:latest", {.registry_token = "good"});
  BOOST_TEST(registry.token_requests.empty());
}

BOOST_AUTO_TEST_CASE(wrong_logins_are_told) {
  TokenRegistry registry;
  registry.add("x", "latest", make_image(1));
  registry.token_status = 401;
  registry.token_answer = R"({"details":"incorrect username or password"})";
  ImageWorld world;
  BOOST_TEST(error_text(Errc::internal,
                        [&] {
                          world.pull(registry.host() + "/x:latest",
                                     {.username = "u", .password = "geheim"});
                        }) ==
             "Get \"http://" + registry.host() +
                 "/v2/x/manifests/latest\": unauthorized: incorrect username or password");
}

BOOST_AUTO_TEST_CASE(a_token_without_the_scope_is_access_denied) {
  FakeRegistry registry;
  registry.hook = [&](const ServedRequest& q, Reply& r) {
    if (q.target.starts_with("/token"))
      r.send(200, R"({"token":"weak"})");
    else
      r.send(
          401, "{}",
          "WWW-Authenticate: Bearer realm=\"http://" + registry.host() + "/token\",service=\"s\"" +
              (q.header("authorization").empty() ? "" : ",error=\"insufficient_scope\"") + "\r\n");
    return true;
  };
  ImageWorld world;
  BOOST_TEST(error_text(Errc::not_found, [&] { world.pull(registry.host() + "/x:latest"); }) ==
             "pull access denied for " + registry.host() +
                 "/x, repository does not exist or may require 'docker login': denied: requested "
                 "access to the "
                 "resource is denied");
}

BOOST_AUTO_TEST_CASE(basic_authentication_works_and_is_asked_for) {
  FakeRegistry registry;
  registry.add("x", "latest", make_image(1));
  registry.hook = [](const ServedRequest& q, Reply& r) {
    if (q.header("authorization") == "Basic " + base64_encode("u:p")) return false;
    r.send(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n");
    return true;
  };
  ImageWorld world;
  BOOST_TEST(
      contains(error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }),
               "no basic auth credentials"));
  BOOST_TEST(error_text(Errc::internal, [&] {
               world.pull(registry.host() + "/x:latest", {.username = "u", .password = "no"});
             }) == "unauthorized: authentication required");
  world.pull(registry.host() + "/x:latest", {.username = "u", .password = "p"});
  BOOST_TEST(world.images->store.count() == 1u);
}

BOOST_AUTO_TEST_CASE(credentials_do_not_follow_a_redirect_to_another_host) {
  FakeRegistry cdn;
  std::atomic<bool> leaked{false};
  const MadeImage image = make_image(1);
  cdn.hook = [&](const ServedRequest& q, Reply& r) {
    if (!q.header("authorization").empty()) leaked = true;
    r.send(200, image.layers[0]);
    return true;
  };
  FakeRegistry registry;
  registry.add("x", "latest", image);
  registry.hook = [&](const ServedRequest& q, Reply& r) {
    if (q.header("authorization").empty()) {
      r.send(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n");
      return true;
    }
    if (q.target.find("/blobs/" + digest_of(image.layers[0])) == std::string::npos) return false;
    r.send(307, "", "Location: http://" + cdn.host() + "/somewhere?sig=1\r\n");
    return true;
  };
  ImageWorld world;
  world.pull(registry.host() + "/x:latest", {.username = "u", .password = "p"});
  BOOST_TEST(cdn.server().count("GET /somewhere?sig=1") == 1);
  BOOST_TEST(!leaked);
}

BOOST_AUTO_TEST_CASE(redirects_without_end_are_given_up) {
  FakeRegistry registry;
  registry.hook = [](const ServedRequest& q, Reply& r) {
    r.send(302, "", "Location: " + q.target + "x\r\n");
    return true;
  };
  ImageWorld world;
  BOOST_TEST(
      contains(error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }),
               "stopped after 10 redirects"));
}

BOOST_AUTO_TEST_CASE(a_server_that_speaks_no_http_is_an_error) {
  FakeRegistry registry;
  registry.hook = [](const ServedRequest&, Reply& r) {
    r.raw("SSH-2.0-nonsense\r\n\r\n");
    r.close();
    return true;
  };
  ImageWorld world;
  error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); });
  check_nothing_left(world);
}

BOOST_AUTO_TEST_CASE(scratch_is_reserved) {
  ImageWorld world;
  BOOST_TEST(error_text(Errc::invalid, [&] { world.pull("scratch:latest"); }) ==
             "'scratch' is a reserved name");
}

BOOST_AUTO_TEST_SUITE_END()
