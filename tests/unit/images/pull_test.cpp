// Pulling from registries that behave.
#include "tests/unit/images/pull_checks.hpp"

using namespace gantry;
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
using gantry::test::check_nothing_left;
using gantry::test::on_blob;

BOOST_AUTO_TEST_SUITE(pull)

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

BOOST_AUTO_TEST_CASE(a_blob_that_a_power_cut_shortened_comes_again) {
  FakeRegistry registry;
  registry.add("x", "1", make_image(2, {.config_extra = R"({"Cmd":["a"]})"}));
  const MadeImage second = make_image(2, {.config_extra = R"({"Cmd":["b"]})"});
  registry.add("x", "2", second);
  ImageWorld world;
  world.pull(registry.host() + "/x:1");
  const std::string& content = second.layers[0];
  std::filesystem::resize_file(world.images->blobs.path(digest_of(content)), content.size() / 2);
  world.pull(registry.host() + "/x:2");
  BOOST_TEST((file::read(world.images->blobs.path(digest_of(content))) == content));
  BOOST_TEST(world.steps_of(short_id(digest_of(second.layers[1]))) ==
             std::vector<std::string>{"Already exists"});
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

BOOST_AUTO_TEST_CASE(a_configuration_is_read_without_the_layers) {
  FakeRegistry registry;
  const MadeImage image = make_image(1, {.config_extra = R"({"Env":["A=1"]})"});
  registry.add("x", "latest", image);
  ImageWorld world;
  const auto config = world.images->registry.config(images::parse_reference(registry.host() + "/x"),
                                                    images::parse_platform("linux/amd64"), {}, {});
  BOOST_TEST(config.defaults.env.at(0) == "A=1");
  BOOST_TEST(world.images->store.count() == 0u);
  BOOST_TEST(world.blobs() == 0u);
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

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_ends_the_pull) {
  int sockets[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
  const UniqueFd ours(sockets[0]);
  const UniqueFd clients(sockets[1]);
  FakeRegistry registry;  // after what its threads use
  const MadeImage image = make_image(1, {.padding = 200'000});
  registry.add("x", "latest", image);
  registry.hook = on_blob(digest_of(image.layers[0]), [&](const ServedRequest&, Reply& r) {
    r.raw("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(image.layers[0].size()) +
          "\r\n\r\n" + image.layers[0].substr(0, 1000));
    ::shutdown(clients.get(), SHUT_RDWR);
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
  registry.add("other", "latest", make_image(1, {.padding = 1000}));
  ImageWorld world;
  world.pull(registry.host() + "/other");
  const auto layers = world.runtime.layers.size(), blobs = world.blobs();
  // As after kill -9 between unpacking and the record: a blob and a layer that no image knows.
  world.images->blobs.put(image.layers[0], "");
  world.runtime.layers[image.diff_ids[0]] = {};
  { world.images->blobs.begin().keep(); }
  world.start();
  BOOST_TEST(world.runtime.layers.size() == layers);
  BOOST_TEST(world.blobs() == blobs);
  BOOST_TEST(world.partials() == 1u);
  world.pull(registry.host() + "/x:latest");
  BOOST_TEST(registry.server().count("/blobs/" + digest_of(image.layers[0])) == 0);
  BOOST_TEST(world.partials() == 0u);
}

BOOST_AUTO_TEST_CASE(what_lost_records_may_have_known_stays_until_it_is_pruned) {
  const MadeImage image = make_image(1);
  ImageWorld world;
  world.images->blobs.put(image.layers[0], "");
  world.runtime.layers[image.diff_ids[0]] = {};
  world.start();
  BOOST_TEST(world.blobs() == 1u);
  BOOST_TEST(world.runtime.layers.size() == 1u);
  world.images->garbage.sweep();
  BOOST_TEST(world.blobs() == 0u);
  BOOST_TEST(world.runtime.layers.empty());
}

BOOST_AUTO_TEST_SUITE_END()
