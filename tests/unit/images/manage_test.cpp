// tag, delete, prune, list, inspect and history by dockerd's rules.
#include "tests/unit/images/image_world.hpp"

using namespace gantry;
using gantry::test::error_text;
using gantry::test::FakeRegistry;
using gantry::test::ImageWorld;
using gantry::test::MadeImage;
using gantry::test::make_image;
using gantry::test::TarMaker;

BOOST_AUTO_TEST_SUITE(manage)

namespace {

const std::string kContainer(64, 'c');

std::string import(ImageWorld& world, const std::string& name, const std::string& content = "x",
                   std::vector<std::string> changes = {}) {
  return world.import(TarMaker().file("f", content).take(), name, std::move(changes));
}

std::string printed(const services::ImageDelete::Result& result) {
  std::string text;
  for (const services::DeletedImage& line : result.lines)
    text += line.untagged.empty() ? "D " + line.deleted + "\n" : "U " + line.untagged + "\n";
  return text;
}

std::vector<std::string> listed(ImageWorld& world, const std::string& filters = "") {
  std::vector<std::string> ids;
  for (const auto& item : world.images->list.run(domain::FilterArgs::parse(filters), false))
    ids.push_back(item.image->id);
  return ids;
}

}  // namespace

BOOST_AUTO_TEST_CASE(deleting_the_only_name_deletes_image_and_layers) {
  ImageWorld world;
  const std::string id = import(world, "x:1");
  const std::string layer = world.images->store.get("x:1")->layers.at(0).chain_id;
  world.actions();
  BOOST_TEST(printed(world.images->remove.run("x:1", false)) ==
             "U x:1\nD " + id + "\nD " + layer + "\n");
  BOOST_TEST(world.runtime.layers.empty());
  BOOST_TEST(world.blobs() == 0u);
  BOOST_TEST(world.actions() == (std::vector<std::string>{"untag", "delete"}));
  BOOST_TEST(error_text(Errc::not_found, [&] { world.images->remove.run("x:1", false); }) ==
             "No such image: x:1");
  BOOST_TEST(error_text(Errc::invalid, [&] { world.images->remove.run(" ", false); }) ==
             "image name cannot be blank");
}

BOOST_AUTO_TEST_CASE(one_of_two_names_is_only_untagged) {
  ImageWorld world;
  const std::string id = import(world, "x:1");
  world.images->tag.run("x:1", "y", "");
  BOOST_TEST(printed(world.images->remove.run("y", false)) == "U y:latest\n");
  BOOST_TEST(world.images->store.get(id)->repo_tags == std::vector<std::string>{"x:1"});
}

BOOST_AUTO_TEST_CASE(the_digest_of_a_pulled_image_goes_with_its_last_tag) {
  FakeRegistry registry;
  const MadeImage made = make_image(1);
  registry.add("x", "latest", made);
  ImageWorld world;
  world.pull(registry.host() + "/x:latest");
  const std::string name = registry.host() + "/x";
  BOOST_TEST(printed(world.images->remove.run(name, false)) ==
             "U " + name + ":latest\nU " + name + "@" + made.digest() + "\nD " + made.id() +
                 "\nD " + made.diff_ids[0] + "\n");
}

BOOST_AUTO_TEST_CASE(an_id_with_names_in_several_repositories_needs_force) {
  ImageWorld world;
  const std::string id = import(world, "x:1");
  world.images->tag.run("x:1", "y", "1");
  const std::string short_form = images::short_id(id);
  BOOST_TEST(error_text(Errc::conflict, [&] { world.images->remove.run(short_form, false); }) ==
             "conflict: unable to delete " + short_form +
                 " (must be forced) - image is referenced in multiple repositories");
  const std::string layer = world.images->store.get(id)->layers.at(0).chain_id;
  BOOST_TEST(printed(world.images->remove.run(short_form, true)) ==
             "U x:1\nU y:1\nD " + id + "\nD " + layer + "\n");
}

BOOST_AUTO_TEST_CASE(a_stopped_container_asks_for_force) {
  ImageWorld world;
  const std::string id = import(world, "x:1");
  const std::string short_form = images::short_id(id),
                    chain = world.images->store.get(id)->top_chain_id();
  world.uses[id] = {{kContainer, "/c", false}};
  world.runtime.in_use.insert(chain);
  BOOST_TEST(error_text(Errc::conflict, [&] { world.images->remove.run("x:1", false); }) ==
             "conflict: unable to remove repository reference \"x:1\" (must force) - container "
             "cccccccccccc is using "
             "its referenced image " +
                 short_form);
  BOOST_TEST(error_text(Errc::conflict, [&] { world.images->remove.run(id, false); }) ==
             "conflict: unable to delete " + short_form +
                 " (must be forced) - image is being used by stopped container cccccccccccc");
  // Forced: the image is gone, the layer stays under the container until it goes.
  BOOST_TEST(printed(world.images->remove.run("x:1", true)) == "U x:1\nD " + id + "\n");
  BOOST_TEST(world.runtime.has(chain));
  world.runtime.in_use.clear();
  world.images->garbage.sweep();
  BOOST_TEST(!world.runtime.has(chain));
}

BOOST_AUTO_TEST_CASE(a_running_container_cannot_be_forced_but_the_name_goes) {
  ImageWorld world;
  const std::string id = import(world, "x:1");
  const std::string short_form = images::short_id(id);
  world.uses[id] = {{kContainer, "/c", true}};
  BOOST_TEST(error_text(Errc::conflict, [&] { world.images->remove.run(id, true); }) ==
             "conflict: unable to delete " + short_form +
                 " (cannot be forced) - image is being used by running container cccccccccccc");
  BOOST_TEST(printed(world.images->remove.run("x:1", true)) == "U x:1\n");
  BOOST_TEST(world.images->store.get(id)->dangling());
}

BOOST_AUTO_TEST_CASE(a_pinned_image_keeps_its_layers_until_the_pin_goes) {
  ImageWorld world;
  const std::string id = import(world, "x:1");
  const std::string chain = world.images->store.get(id)->top_chain_id();
  {
    const images::PinnedImage pinned = world.images->store.pin("x:1");
    BOOST_TEST(printed(world.images->remove.run("x:1", false)) == "U x:1\nD " + id + "\n");
    BOOST_TEST(world.runtime.has(chain));
  }
  BOOST_TEST(!world.runtime.has(chain));
  BOOST_TEST(world.blobs() == 0u);
}

BOOST_AUTO_TEST_CASE(layers_of_other_images_stay) {
  ImageWorld world;
  FakeRegistry registry;
  registry.add("x", "1", make_image(2, {.config_extra = R"({"Cmd":["1"]})"}));
  registry.add("x", "2", make_image(3, {.config_extra = R"({"Cmd":["2"]})"}));
  world.pull(registry.host() + "/x:1");
  world.pull(registry.host() + "/x:2");
  world.images->remove.run(registry.host() + "/x:2", false);
  BOOST_TEST(world.runtime.layers.size() == 2u);
  BOOST_TEST(world.blobs() == 4u);
  world.images->remove.run(registry.host() + "/x:1", false);
  BOOST_TEST(world.runtime.layers.empty());
  BOOST_TEST(world.blobs() == 0u);
}

BOOST_AUTO_TEST_CASE(tags_are_checked) {
  ImageWorld world;
  import(world, "x:1");
  world.actions();
  error_text(Errc::not_found, [&] { world.images->tag.run("nope", "y", ""); });
  error_text(Errc::invalid, [&] { world.images->tag.run("x:1", "Y", ""); });
  error_text(Errc::invalid, [&] { world.images->tag.run("x:1", "", "t"); });
  BOOST_TEST(error_text(Errc::invalid, [&] { world.images->tag.run("x:1", "y", "-"); }) ==
             "invalid tag format");
  error_text(Errc::invalid,
             [&] { world.images->tag.run("x:1", "y@sha256:" + std::string(64, 'a'), ""); });
  world.images->tag.run("x:1", "y:old", "new");
  BOOST_TEST(world.images->store.get("y:new")->last_tag_time > 0);
  BOOST_TEST(world.actions() == std::vector<std::string>{"tag"});
}

BOOST_AUTO_TEST_CASE(lists_are_newest_first_and_filtered) {
  ImageWorld world;
  const std::string a = import(world, "a:1", "a", {"LABEL k=v"});
  const std::string b = import(world, "b/c:1", "b");
  const std::string untagged = import(world, "", "c");
  world.uses[a] = {{kContainer, "/c", true}};
  const auto all = world.images->list.run({}, true);
  BOOST_TEST(listed(world) == (std::vector<std::string>{untagged, b, a}));
  BOOST_TEST(all.at(2).containers == 1);
  BOOST_TEST(all.at(0).shared_size == 0);
  BOOST_TEST(listed(world, R"({"dangling":["true"]})") == std::vector<std::string>{untagged});
  BOOST_TEST(listed(world, R"({"dangling":["false"]})") == (std::vector<std::string>{b, a}));
  BOOST_TEST(listed(world, R"({"label":["k=v"]})") == std::vector<std::string>{a});
  BOOST_TEST(listed(world, R"({"label!":["k"]})") == (std::vector<std::string>{untagged, b}));
  BOOST_TEST(listed(world, R"({"reference":["a"]})") == std::vector<std::string>{a});
  BOOST_TEST(listed(world, R"({"reference":["*:1"]})") == std::vector<std::string>{a});
  BOOST_TEST(listed(world, R"({"reference":["*/*"]})") == std::vector<std::string>{b});
  BOOST_TEST(listed(world, R"({"before":["b/c:1"]})") == std::vector<std::string>{a});
  BOOST_TEST(listed(world, R"({"since":["b/c:1"]})") == std::vector<std::string>{untagged});
  BOOST_TEST(listed(world, R"({"until":["10h"]})").empty());
  error_text(Errc::not_found, [&] { listed(world, R"({"before":["nope"]})"); });
  error_text(Errc::invalid, [&] { listed(world, R"({"nope":["x"]})"); });
  error_text(Errc::invalid, [&] { listed(world, R"({"until":["x"]})"); });
}

BOOST_AUTO_TEST_CASE(shared_layers_count_as_shared) {
  ImageWorld world;
  import(world, "a:1", "same", {"CMD a"});
  import(world, "b:1", "same", {"CMD b"});
  const auto all = world.images->list.run({}, true);
  BOOST_TEST(all.at(0).shared_size == 4);
}

BOOST_AUTO_TEST_CASE(prune_takes_dangling_images_or_all_unused_ones) {
  ImageWorld world;
  const std::string used = import(world, "used:1", "a");
  const std::string unused = import(world, "unused:1", "b");
  const std::string dangling = import(world, "", "c");
  world.uses[used] = {{kContainer, "/c", false}};
  world.actions();
  auto result = world.images->prune.run({});
  BOOST_TEST(printed(result).find("D " + dangling + "\n") == 0u);
  BOOST_TEST(result.freed_bytes > 0u);
  BOOST_TEST(world.actions() == (std::vector<std::string>{"delete", "prune"}));
  result = world.images->prune.run(domain::FilterArgs::parse(R"({"dangling":["false"]})"));
  BOOST_TEST(printed(result).find("U unused:1\nD " + unused + "\n") == 0u);
  BOOST_TEST(listed(world) == std::vector<std::string>{used});
  world.images->tag.run("used:1", "used", "2");
  result = world.images->prune.run(domain::FilterArgs::parse(R"({"dangling":["false"]})"));
  BOOST_TEST(printed(result) == "U used:1\n");
  BOOST_TEST(world.images->store.references(used).size() == 1u);
  BOOST_TEST(
      world.images->prune.run(domain::FilterArgs::parse(R"({"dangling":["false"],"label":["x"]})"))
          .lines.empty());
  error_text(Errc::invalid,
             [&] { world.images->prune.run(domain::FilterArgs::parse(R"({"x":["y"]})")); });
}

BOOST_AUTO_TEST_CASE(history_pairs_entries_with_layers) {
  ImageWorld world;
  FakeRegistry registry;
  MadeImage made = make_image(2);
  const auto at = made.config.find("\"history\":[]");
  made.config.replace(
      at, 12,
      R"("history":[{"created_by":"one"},{"created_by":"env","empty_layer":true},{"created_by":"two"}])");
  std::vector<images::Descriptor> layers;
  for (const std::string& layer : made.layers)
    layers.push_back(
        {std::string(images::media::kOciLayerGzip), gantry::test::digest_of(layer), layer.size()});
  made.manifest = images::write_manifest(
      {std::string(images::media::kOciConfig), made.id(), made.config.size()}, layers);
  registry.add("x", "latest", made);
  world.pull(registry.host() + "/x:latest");
  const auto lines = world.images->inspect.history(registry.host() + "/x", {});
  BOOST_REQUIRE(lines.size() == 3u);
  BOOST_TEST(lines[0].id == made.id());
  BOOST_TEST(lines[0].entry.created_by == "two");
  BOOST_TEST(lines[0].repo_tags.size() == 1u);
  BOOST_TEST(lines[1].size == 0u);
  BOOST_TEST(lines[2].id == "");
  BOOST_TEST(lines[2].size > 0u);
}

BOOST_AUTO_TEST_CASE(inspect_checks_the_platform) {
  ImageWorld world;
  import(world, "x:1");
  BOOST_TEST(world.images->inspect.run("x:1", {}).config.find("rootfs") != std::string::npos);
  images::Platform other;
  other.architecture = "s390x";
  error_text(Errc::not_found, [&] { world.images->inspect.run("x:1", other); });
}

BOOST_AUTO_TEST_SUITE_END()
