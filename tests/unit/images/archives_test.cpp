// import, load and save: good archives of every age, and hostile ones.
#include "core/images/archive_spool.hpp"
#include "core/images/plain_layer.hpp"
#include "tests/unit/images/image_world.hpp"

using namespace gantry;
using gantry::test::compress;
using gantry::test::contains;
using gantry::test::digest_of;
using gantry::test::error_text;
using gantry::test::ImageWorld;
using gantry::test::MadeImage;
using gantry::test::make_image;
using gantry::test::pieces_of;
using gantry::test::TarMaker;
using Filter = gantry::test::TarMaker::Filter;

BOOST_AUTO_TEST_SUITE(archives)

namespace {

std::string unwrapped(const std::string& bytes) {
  std::string out;
  images::PlainLayer plain(pieces_of(bytes, 100));
  for (std::string_view piece = plain.next(); !piece.empty(); piece = plain.next()) out += piece;
  return out;
}

std::string manifest_json(const MadeImage& image, const std::vector<std::string>& layers,
                          const std::string& config, const std::string& tags = "[\"x:1\"]") {
  (void)image;
  std::string list;
  for (const std::string& layer : layers) list += (list.empty() ? "\"" : ",\"") + layer + "\"";
  return R"([{"Config":")" + config + R"(","RepoTags":)" + tags + R"(,"Layers":[)" + list + "]}]";
}

// What `docker save` wrote before version 25.
std::string old_archive(const MadeImage& image, const std::string& tags = "[\"x:1\"]") {
  TarMaker tar;
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    const std::string id = std::to_string(i);
    tar.directory(id)
        .file(id + "/VERSION", "1.0")
        .file(id + "/json", "{}")
        .file(id + "/layer.tar", image.layers[i]);
    paths.push_back(id + "/layer.tar");
  }
  const std::string config = image.id().substr(7) + ".json";
  tar.file(config, image.config).file("manifest.json", manifest_json(image, paths, config, tags));
  return tar.take();
}

std::string blob_path(const std::string& bytes) {
  return "blobs/sha256/" + digest_of(bytes).substr(7);
}

std::string oci_layout(const MadeImage& image, const std::string& annotations) {
  TarMaker tar;
  for (const std::string& layer : image.layers) tar.file(blob_path(layer), layer);
  tar.file(blob_path(image.config), image.config).file(blob_path(image.manifest), image.manifest);
  tar.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
  tar.file(
      "index.json",
      R"({"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
      R"("digest":")" +
          image.digest() + R"(","size":)" + std::to_string(image.manifest.size()) +
          R"(,"annotations":)" + annotations + "}]}");
  return tar.take();
}

void check_empty(ImageWorld& world) {
  BOOST_TEST(world.images->store.count() == 0u);
  BOOST_TEST(world.runtime.layers.empty());
  BOOST_TEST(world.blobs() == 0u);
  BOOST_TEST(world.partials() == 0u);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_wrapping_is_taken_off) {
  const std::string text = gantry::test::noise(300'000, 5);
  for (const Filter filter : {Filter::gzip, Filter::zstd, Filter::bzip2, Filter::xz})
    BOOST_TEST((unwrapped(compress(text, filter)) == text));
  BOOST_TEST((unwrapped(text) == text));
  BOOST_TEST(unwrapped("").empty());
  BOOST_TEST(
      (unwrapped(compress(text, Filter::gzip) + compress(text, Filter::gzip)) == text + text));
}

BOOST_AUTO_TEST_CASE(cut_off_compression_is_an_error) {
  const std::string text = gantry::test::noise(300'000, 5);
  for (const Filter filter : {Filter::gzip, Filter::zstd, Filter::xz}) {
    const std::string wrapped = compress(text, filter);
    error_text(Errc::invalid, [&] { unwrapped(wrapped.substr(0, wrapped.size() / 2)); });
    if (filter != Filter::zstd) continue;
    std::string broken = wrapped;
    broken[broken.size() / 2] = static_cast<char>(~broken[broken.size() / 2]);
  }
}

BOOST_AUTO_TEST_CASE(paths_must_stay_in_the_archive) {
  BOOST_TEST(images::archive_path("./a//b/../c") == "a/c");
  BOOST_TEST(images::archive_path("../x/layer.tar", "y") == "x/layer.tar");
  BOOST_TEST(images::archive_path("/a/b", "y") == "a/b");
  error_text(Errc::invalid, [] { images::archive_path("/../b"); });
  error_text(Errc::invalid, [] { images::archive_path("a/../../b"); });
  error_text(Errc::invalid, [] { images::archive_path("../../b", "a"); });
}

// --- import

BOOST_AUTO_TEST_CASE(a_tar_becomes_an_image_of_one_layer) {
  ImageWorld world;
  for (const Filter filter :
       {Filter::none, Filter::gzip, Filter::zstd, Filter::bzip2, Filter::xz}) {
    TarMaker tar(filter);
    tar.directory("bin").file("bin/sh", std::string(5000, 'x'));
    const std::string id = world.import(tar.take(), "base:v1", {"CMD [\"/bin/sh\"]", "ENV A=1"});
    const auto image = world.images->store.get("base:v1");
    BOOST_TEST(image->id == id);
    BOOST_TEST(image->unpacked_size() == 5000u);
    BOOST_TEST(image->defaults.cmd->at(0) == "/bin/sh");
    BOOST_TEST(image->comment == "Imported from -");
    BOOST_TEST(image->layers.at(0).diff_id == image->layers.at(0).blob.digest);
  }
  const auto history = world.images->inspect.history("base:v1", {});
  BOOST_TEST(history.size() == 1u);
  BOOST_TEST(history[0].size == 5000u);
}

BOOST_AUTO_TEST_CASE(import_announces_tag_and_import) {
  ImageWorld world;
  world.import(TarMaker().file("a", "b").take(), "x:1");
  BOOST_TEST(world.actions() == (std::vector<std::string>{"tag", "import"}));
}

BOOST_AUTO_TEST_CASE(bad_imports_leave_nothing) {
  ImageWorld world;
  error_text(Errc::invalid, [&] { world.import(std::string(2000, 'x'), "x"); });
  check_empty(world);
  const std::string tar = TarMaker(Filter::gzip).file("a", gantry::test::noise(90'000, 1)).take();
  error_text(Errc::invalid, [&] { world.import(tar.substr(0, tar.size() / 2), "x"); });
  check_empty(world);
  error_text(Errc::invalid, [&] { world.import(TarMaker().file("../../etc/x", "b").take(), "x"); });
  check_empty(world);
  BOOST_TEST(error_text(Errc::invalid, [&] { world.import(tar, "x", {"RUN x"}); }) ==
             "run is not a valid change command");
}

BOOST_AUTO_TEST_CASE(a_url_is_imported) {
  const std::string tar = TarMaker().file("a", "b").take();
  gantry::test::TestServer server(
      [&](const gantry::test::ServedRequest& q, gantry::test::Reply& r) {
        if (q.target == "/moved")
          r.send(302, "", "Location: /x.tar\r\n");
        else if (q.target == "/x.tar")
          r.send(200, tar);
        else
          r.send(404, "");
      });
  ImageWorld world;
  services::ImageImport::Request request;
  request.source = "http://" + server.host() + "/moved";
  world.images->import.run(request, {}, world.output());
  BOOST_TEST(world.texts().front() == "Downloading from " + request.source);
  BOOST_TEST(world.images->store.count() == 1u);
  request.source = "http://" + server.host() + "/missing";
  error_text(Errc::invalid, [&] { world.images->import.run(request, {}, world.output()); });
}

// --- load

BOOST_AUTO_TEST_CASE(old_archives_load_in_every_compression) {
  for (const Filter inner : {Filter::none, Filter::gzip, Filter::xz, Filter::bzip2}) {
    for (const Filter outer :
         {Filter::none, Filter::gzip, Filter::zstd, Filter::bzip2, Filter::xz}) {
      ImageWorld world;
      const MadeImage image = make_image(2, {.filter = inner});
      const std::string archive = old_archive(image);
      world.load(outer == Filter::none ? archive : compress(archive, outer));
      const auto record = world.images->store.get("x:1");
      BOOST_TEST(record->id == image.id());
      BOOST_TEST(record->layers.at(1).diff_id == image.diff_ids[1]);
      BOOST_TEST(world.texts("stream") == std::vector<std::string>{"Loaded image: x:1\n"});
      BOOST_TEST(world.partials() == 0u);
      BOOST_TEST(world.blobs() == 4u);
      if (inner == Filter::none) BOOST_TEST(record->layers.at(0).blob.digest == image.diff_ids[0]);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_untagged_image_is_reported_by_its_id) {
  ImageWorld world;
  const MadeImage image = make_image(1);
  world.load(old_archive(image, "null"));
  BOOST_TEST(world.texts("stream") ==
             std::vector<std::string>{"Loaded image ID: " + image.id() + "\n"});
  BOOST_TEST(world.actions() == std::vector<std::string>{"load"});
}

BOOST_AUTO_TEST_CASE(layers_linked_to_each_other_are_followed) {
  ImageWorld world;
  MadeImage image = make_image(1, {.filter = Filter::none});
  image.config = R"({"architecture":"amd64","os":"linux","rootfs":{"diff_ids":[")" +
                 image.diff_ids[0] + "\",\"" + image.diff_ids[0] + R"("]}})";
  TarMaker tar;
  tar.file("a/layer.tar", image.layers[0]).symlink("b/layer.tar", "../a/layer.tar");
  tar.file("c.json", image.config);
  tar.file("manifest.json", manifest_json(image, {"a/layer.tar", "b/layer.tar"}, "c.json"));
  world.load(tar.take());
  BOOST_TEST(world.images->store.get("x:1")->layers.size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_oci_layout_loads_under_its_annotated_name) {
  ImageWorld world;
  const MadeImage image = make_image(2, {.filter = Filter::zstd});
  world.load(oci_layout(image, R"({"io.containerd.image.name":"docker.io/library/y:2"})"));
  const auto record = world.images->store.get("y:2");
  BOOST_TEST(record->manifest.digest == image.digest());
  world.load(oci_layout(make_image(1), R"({"org.opencontainers.image.ref.name":"latest"})"));
  BOOST_TEST(contains(world.texts("stream").at(0), "Loaded image ID: "));
}

BOOST_AUTO_TEST_CASE(a_name_taken_over_is_mentioned) {
  ImageWorld world;
  const MadeImage first = make_image(1), second = make_image(1, {.marker = "2"});
  world.load(old_archive(first));
  world.load(old_archive(second));
  BOOST_TEST(world.texts("stream").at(0) ==
             "The image x:1 already exists, renaming the old one with ID " + first.id() +
                 " to empty string\n");
}

BOOST_AUTO_TEST_CASE(loading_shows_progress_only_when_asked) {
  ImageWorld world;
  world.load(old_archive(make_image(1, {.filter = Filter::none})), true);
  BOOST_TEST(world.texts().empty());
  world.load(old_archive(make_image(1, {.filter = Filter::none, .marker = "2"})), false);
  BOOST_TEST(world.texts().at(0) == "Loading layer");
}

BOOST_AUTO_TEST_CASE(an_archive_is_the_root_of_its_paths_and_links) {
  const MadeImage image = make_image(1, {.filter = Filter::none});
  const std::string config = "c.json";
  const auto loads = [&](const std::string& layer, const std::function<void(TarMaker&)>& fill) {
    TarMaker tar;
    tar.file("/c.json", image.config).file("/a/l.tar", image.layers[0]);
    fill(tar);
    tar.file("manifest.json", manifest_json(image, {layer}, config));
    ImageWorld world;
    world.load(tar.take());
    return world.images->store.find("x:1") != nullptr;
  };
  BOOST_TEST(loads("/a/l.tar", [](TarMaker&) {}));
  BOOST_TEST(loads("b.tar", [](TarMaker& t) { t.symlink("b.tar", "/a/l.tar"); }));
  BOOST_TEST(loads("b/l.tar", [](TarMaker& t) { t.symlink("b", "a"); }));
  BOOST_TEST(loads("d/b/../l.tar", [](TarMaker& t) { t.symlink("d", "c").symlink("c", "/a"); }));
}

BOOST_AUTO_TEST_CASE(hostile_and_broken_archives_leave_nothing) {
  const MadeImage image = make_image(1, {.filter = Filter::none});
  const std::string config = "c.json";
  const auto archive = [&](const std::function<void(TarMaker&)>& fill) {
    TarMaker tar;
    fill(tar);
    return tar.take();
  };
  const std::map<std::string, std::string> hostile{
      {"climbs out", archive([](TarMaker& t) { t.file("../../x", "y"); })},
      {"absolute", archive([](TarMaker& t) { t.file("/etc/x", "y"); })},
      {"device", archive([](TarMaker& t) { t.device("dev"); })},
      {"link out", archive([](TarMaker& t) { t.symlink("a/layer.tar", "../../../etc/passwd"); })},
      {"absolute link", archive([](TarMaker& t) { t.symlink("a", "/etc/passwd"); })},
      {"link circle", archive([&](TarMaker& t) {
         t.symlink("manifest.json", "b").symlink("b", "manifest.json");
       })},
      {"empty", archive([](TarMaker&) {})},
      {"nothing", ""},
      {"no tar", std::string(3000, 'x')},
      {"no manifest", archive([](TarMaker& t) { t.file("a", "b"); })},
      {"bad json", archive([](TarMaker& t) { t.file("manifest.json", "[{"); })},
      {"object", archive([](TarMaker& t) { t.file("manifest.json", "{}"); })},
      {"missing layer", archive([&](TarMaker& t) {
         t.file(config, image.config)
             .file("manifest.json", manifest_json(image, {"no.tar"}, config));
       })},
      {"wrong layer", archive([&](TarMaker& t) {
         t.file(config, image.config).file("l.tar", TarMaker().file("evil", "x").take());
         t.file("manifest.json", manifest_json(image, {"l.tar"}, config));
       })},
      {"wrong compressed layer", archive([&](TarMaker& t) {
         t.file(config, image.config)
             .file("l.tar", TarMaker(Filter::gzip).file("evil", "x").take());
         t.file("manifest.json", manifest_json(image, {"l.tar"}, config));
       })},
      {"too few layers", archive([&](TarMaker& t) {
         t.file(config, image.config).file("manifest.json", manifest_json(image, {}, config));
       })},
      {"bad tag", archive([&](TarMaker& t) {
         t.file(config, image.config).file("l.tar", image.layers[0]);
         t.file("manifest.json", manifest_json(image, {"l.tar"}, config, "[\"UPPER:1\"]"));
       })},
      {"blob with a false name", archive([&](TarMaker& t) {
         const std::string path = "blobs/sha256/" + std::string(64, 'a');
         t.file(config, image.config).file(path, image.layers[0]);
         t.file("manifest.json", manifest_json(image, {path}, config));
       })},
      {"layer that climbs out",
       [] {
         const std::string evil = TarMaker().file("../../evil", "x").take();
         MadeImage bad;
         bad.layers = {evil};
         bad.config = R"({"os":"linux","rootfs":{"diff_ids":[")" + digest_of(evil) + R"("]}})";
         return old_archive(bad);
       }()},
      {"cut short", old_archive(image).substr(0, 3000)}};
  for (const auto& [name, bytes] : hostile) {
    ImageWorld world;
    BOOST_TEST_CONTEXT(name) {
      const std::string text = error_text(Errc::invalid, [&, b = bytes] { world.load(b); });
      BOOST_TEST_MESSAGE(name + ": " + text);
      check_empty(world);
    }
  }
}

BOOST_AUTO_TEST_CASE(too_many_entries_are_refused) {
  const gantry::test::TemporaryDirectory directory;
  images::BlobStore blobs(directory.path());
  TarMaker tar;
  for (int i = 0; i < 20; ++i) tar.directory(std::string("d").append(std::to_string(i)));
  const std::string bytes = tar.take();
  images::ArchiveSpool spool(blobs, {.entries = 10, .json_bytes = 100});
  error_text(Errc::invalid, [&] { spool.read(pieces_of(bytes)); });
  images::ArchiveSpool small(blobs, {.entries = 10, .json_bytes = 10});
  const std::string big = TarMaker().file("a", std::string(50, 'x')).take();
  small.read(pieces_of(big));
  error_text(Errc::invalid, [&] { small.text("a"); });
}

// --- save

BOOST_AUTO_TEST_CASE(what_is_saved_loads_elsewhere_as_the_same_image) {
  ImageWorld world, other;
  const MadeImage image = make_image(3);
  world.load(oci_layout(image, R"({"io.containerd.image.name":"docker.io/library/y:2"})"));
  world.images->tag.run("y:2", "localhost:5000/z", "");
  const std::string archive = world.save({"y:2", "localhost:5000/z"});
  other.load(archive);
  const auto record = other.images->store.get("y:2");
  BOOST_TEST(record->id == image.id());
  BOOST_TEST(record->manifest.digest == image.digest());
  BOOST_TEST(other.images->store.get("localhost:5000/z")->id == image.id());
  BOOST_TEST(
      (other.save({"y:2", "localhost:5000/z"}) == archive));  // nothing of time or place in it
}

BOOST_AUTO_TEST_CASE(a_repository_name_saves_all_its_tags_and_shared_blobs_once) {
  ImageWorld world;
  const MadeImage one = make_image(
      2, {.filter = Filter::none, .padding = 50'000, .config_extra = R"({"Cmd":["1"]})"});
  const MadeImage two = make_image(
      2, {.filter = Filter::none, .padding = 50'000, .config_extra = R"({"Cmd":["2"]})"});
  world.load(old_archive(one, "[\"r:1\"]"));
  world.load(old_archive(two, "[\"r:2\"]"));
  const std::string archive = world.save({"r"});
  BOOST_TEST(archive.size() < 2 * (one.layers[0].size() + one.layers[1].size()));
  ImageWorld other;
  other.load(archive);
  BOOST_TEST(other.images->store.get("r:1")->id == one.id());
  BOOST_TEST(other.images->store.get("r:2")->id == two.id());
  BOOST_TEST(error_text(Errc::not_found, [&] { world.save({"r:3"}); }) == "No such image: r:3");
}

BOOST_AUTO_TEST_CASE(an_image_saved_by_id_has_no_name) {
  ImageWorld world, other;
  const MadeImage image = make_image(1);
  world.load(old_archive(image));
  other.load(world.save({image.id()}));
  BOOST_TEST(other.texts("stream") ==
             std::vector<std::string>{"Loaded image ID: " + image.id() + "\n"});
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_ends_the_saving) {
  ImageWorld world;
  world.load(old_archive(make_image(1, {.filter = Filter::none, .padding = 500'000})));
  const auto plan = world.images->save.plan({"x:1"}, {});
  error_text(Errc::cancelled, [&] {
    world.images->save.write(plan, [](std::string_view) { throw Error(Errc::cancelled, "gone"); });
  });
}

BOOST_AUTO_TEST_SUITE_END()
