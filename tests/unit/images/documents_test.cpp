// Manifests, indexes and image configs: what is read, what is refused, what is written back.
#include "core/base/digest.hpp"
#include "core/images/chain_id.hpp"
#include "core/images/image_config.hpp"
#include "core/images/image_document.hpp"
#include "core/images/manifest.hpp"
#include "core/images/media_types.hpp"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::images;
using gantry::test::contains;
using gantry::test::error_text;

BOOST_AUTO_TEST_SUITE(documents)

namespace {

const std::string kA = "sha256:" + std::string(64, 'a');
const std::string kB = "sha256:" + std::string(64, 'b');

std::string docker_manifest(const std::string& layer_type = std::string(media::kDockerLayerGzip)) {
  return R"({"schemaVersion":2,"mediaType":")" + std::string(media::kDockerManifest) +
         R"(","config":{"mediaType":")" + std::string(media::kDockerConfig) +
         R"(","size":7,"digest":")" + kA + R"("},"layers":[{"mediaType":")" + layer_type +
         R"(","size":9,"digest":")" + kB + R"("}]})";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_docker_manifest_is_read) {
  const auto document = parse_manifest(docker_manifest(), media::kDockerManifest);
  BOOST_REQUIRE(document.manifest);
  BOOST_TEST(document.manifest->config.digest == kA);
  BOOST_TEST(document.manifest->layers.at(0).size == 9u);
}

BOOST_AUTO_TEST_CASE(an_oci_document_without_media_type_is_told_by_its_members) {
  const auto manifest = parse_manifest(
      R"({"schemaVersion":2,"config":{"digest":")" + kA + R"("},"layers":[]})", "application/json");
  BOOST_TEST(manifest.manifest->media_type == media::kOciManifest);
  const auto index = parse_manifest(R"({"schemaVersion":2,"manifests":[]})", "");
  BOOST_TEST(index.index->media_type == media::kOciIndex);
}

BOOST_AUTO_TEST_CASE(one_text_must_not_have_two_meanings) {
  error_text(Errc::invalid, [] { parse_manifest(docker_manifest(), media::kDockerList); });
  error_text(Errc::invalid, [] {
    parse_manifest(R"({"schemaVersion":2,"manifests":[],"layers":[]})", media::kOciIndex);
  });
  error_text(Errc::invalid, [] {
    parse_manifest(R"({"schemaVersion":2,"manifests":[{}],"config":{"digest":")" + kA + R"("}})",
                   media::kOciManifest);
  });
}

BOOST_AUTO_TEST_CASE(bad_manifests_are_refused) {
  error_text(Errc::invalid, [] { parse_manifest("[]", ""); });
  error_text(Errc::invalid, [] { parse_manifest("{", ""); });
  error_text(Errc::invalid,
             [] { parse_manifest(R"({"config":{"digest":"sha256:x"},"layers":[]})", ""); });
  error_text(Errc::invalid,
             [] { parse_manifest(R"({"config":{"digest":")" + kA + R"(","size":-1}})", ""); });
  BOOST_TEST(
      contains(error_text(Errc::invalid, [] { parse_manifest(docker_manifest("text/plain"), ""); }),
               "unsupported media type text/plain"));
  BOOST_TEST(contains(
      error_text(Errc::invalid,
                 [] { parse_manifest(R"({"schemaVersion":1})", media::kDockerSchema1Signed); }),
      "schema 1 support has been removed"));
}

BOOST_AUTO_TEST_CASE(index_entries_carry_platforms_and_attestations_are_known) {
  const auto document = parse_manifest(
      R"({"mediaType":")" + std::string(media::kOciIndex) + R"(","manifests":[)" +
          R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" + kA +
          R"(","size":1,"platform":{"os":"linux","architecture":"arm64","variant":"v8"}},)" +
          R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" + kB +
          R"(","size":1,"platform":{"os":"unknown","architecture":"unknown"},)" +
          R"("annotations":{"vnd.docker.reference.type":"attestation-manifest"}}]})",
      media::kOciIndex);
  BOOST_REQUIRE(document.index);
  BOOST_TEST(document.index->entries.at(0).platform->variant == "v8");
  BOOST_TEST(!document.index->entries.at(0).is_attestation());
  BOOST_TEST(document.index->entries.at(1).is_attestation());
}

BOOST_AUTO_TEST_CASE(written_manifests_are_read_back) {
  const std::string text = write_manifest({std::string(media::kOciConfig), kA, 3},
                                          {{std::string(media::kOciLayerZstd), kB, 4}});
  const auto document = parse_manifest(text, media::kOciManifest);
  BOOST_TEST(document.manifest->layers.at(0).media_type == media::kOciLayerZstd);
  BOOST_TEST(document.manifest->config.size == 3u);
}

BOOST_AUTO_TEST_CASE(chain_ids_follow_the_specification) {
  BOOST_TEST(chain_id("", kA) == kA);
  BOOST_TEST(chain_id(kA, kB) == "sha256:" + sha256_hex(kA + " " + kB));
  BOOST_TEST(chain_ids({kA, kB}).at(1) == chain_id(kA, kB));
}

BOOST_AUTO_TEST_CASE(an_image_config_gives_containers_their_defaults) {
  const ImageConfig config = parse_image_config(
      R"({"architecture":"amd64","os":"linux","created":"2024-01-02T03:04:05Z","author":"a","config":{)"
      R"("Cmd":["sh"],"Entrypoint":null,"Env":["A=1"],"WorkingDir":"/w","User":"u","Labels":{"l":"v"},)"
      R"("ExposedPorts":{"80/tcp":{}},"Volumes":{"/d":{}},"StopSignal":"INT","Healthcheck":{"Test":["NONE"]},)"
      R"("Shell":["/bin/bash","-c"],"OnBuild":["RUN x"]},"rootfs":{"type":"layers","diff_ids":[")" +
      kA + R"("]},"history":[{"created_by":"x","empty_layer":true},{"created_by":"y"}]})");
  BOOST_TEST(*config.defaults.cmd == std::vector<std::string>{"sh"});
  BOOST_TEST(!config.defaults.entrypoint.has_value());
  BOOST_TEST(config.defaults.env.at(0) == "A=1");
  BOOST_TEST(config.defaults.exposed_ports.at(0) == "80/tcp");
  BOOST_TEST(config.defaults.volumes.at(0) == "/d");
  BOOST_TEST(*config.defaults.healthcheck_json == R"({"Test":["NONE"]})");
  BOOST_TEST(config.defaults.labels.at("l") == "v");
  BOOST_TEST(config.history.size() == 2u);
  BOOST_TEST(rfc3339_nano(config.created) == "2024-01-02T03:04:05Z");
}

BOOST_AUTO_TEST_CASE(configs_without_layers_list_or_with_wrong_types_are_refused) {
  BOOST_TEST(error_text(Errc::invalid, [] { parse_image_config("{}"); }) ==
             "invalid image JSON, no RootFS key");
  error_text(Errc::invalid, [] { parse_image_config(R"({"rootfs":{"diff_ids":["md5:1"]}})"); });
  error_text(Errc::invalid,
             [] { parse_image_config(R"({"rootfs":{"diff_ids":[]},"config":{"Cmd":5}})"); });
  error_text(Errc::invalid,
             [] { parse_image_config(R"({"rootfs":{"diff_ids":[]},"created":"yesterday"})"); });
}

BOOST_AUTO_TEST_CASE(a_record_survives_its_journal_document) {
  ImageConfig config = parse_image_config(
      R"({"architecture":"arm","variant":"v7","os":"linux","config":{"Cmd":["a"],"Env":["K=V"]},)"
      R"("rootfs":{"diff_ids":[")" +
      kA + R"(",")" + kB + R"("]}})");
  ImageRecord image = make_record({std::string(media::kOciConfig), kA, 5}, config);
  image.manifest = {std::string(media::kOciManifest), kB, 6};
  image.layers[0].blob = {std::string(media::kOciLayerGzip), kB, 10};
  image.layers[0].unpacked_size = 100;
  image.layers[1].unpacked_size = 20;
  image.last_tag_time = 77;
  const ImageRecord old = read_image_document(write_image_document(image));
  BOOST_TEST(old.parent == "");
  BOOST_TEST(old.built_by == "");
  image.parent = kB;
  image.built_by = "/bin/sh -c make";
  const ImageRecord back = read_image_document(write_image_document(image));
  BOOST_TEST(back.parent == kB);
  BOOST_TEST(back.built_by == "/bin/sh -c make");
  BOOST_TEST(back.id == kA);
  BOOST_TEST(back.manifest.digest == kB);
  BOOST_TEST(back.unpacked_size() == 120u);
  BOOST_TEST(back.top_chain_id() == chain_id(kA, kB));
  BOOST_TEST(back.platform.str() == "linux/arm/v7");
  BOOST_TEST(back.defaults.env.at(0) == "K=V");
  BOOST_TEST(back.last_tag_time == 77);
}

BOOST_AUTO_TEST_SUITE_END()
