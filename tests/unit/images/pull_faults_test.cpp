// Pulling from registries that lie, break off, stall or are not there.
#include "tests/unit/images/pull_checks.hpp"

using namespace gantry;
using gantry::test::check_nothing_left;
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

BOOST_AUTO_TEST_SUITE(pull_faults)

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
  const MadeImage image = make_image(1);
  registry.add("x", "latest", image);
  registry.blobs[digest_of(image.layers[0])] = std::string(image.layers[0].size(), 'x');
  ImageWorld world;
  BOOST_TEST(error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }) ==
             "filesystem layer verification failed for digest " + digest_of(image.layers[0]));
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
  world.options.stall_timeout = std::chrono::milliseconds(1000);
  world.options.tries = 2;
  world.start();
  BOOST_TEST(contains(
      error_text(Errc::internal, [&] { world.pull(registry.host() + "/x:latest"); }), "timeout"));
  check_nothing_left(world, true);
  BOOST_TEST(world.partials() == 2u);  // the whole first layer and the part of the second

  healthy = true;
  world.options.stall_timeout = std::chrono::seconds(30);
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

BOOST_AUTO_TEST_SUITE_END()
