// Images that were made from others here: what they are called, what protects them, what goes with
// them.
#include "tests/unit/images/image_world.hpp"

using namespace gantry;
using gantry::test::error_text;
using gantry::test::ImageWorld;
using gantry::test::TarMaker;

BOOST_AUTO_TEST_SUITE(parents)

namespace {

using Ids = std::vector<std::string>;

const std::string kContainer(64, 'c');

std::string tar(const std::string& content) { return TarMaker().file("f", content).take(); }

// base:1 <- first <- second, each with a layer; only base and second have names.
struct Chain : ImageWorld {
  const std::string base = import(tar("base"), "base:1");
  const std::string first = step(base, "RUN first", {}, tar("first"));
  const std::string second = step(first, "RUN second", "second:1", tar("second"));

  std::string layer(const std::string& id) { return images->store.get(id)->top_chain_id(); }
  bool has(const std::string& id) { return images->store.find_id(id) != nullptr; }
  Ids children(const std::string& id) { return ids_of(images->store.children(id)); }
  Ids steps_from(const std::string& id) { return ids_of(images->store.steps_from(id)); }
  static Ids ids_of(const std::vector<images::ImagePtr>& found) {
    Ids ids;
    for (const images::ImagePtr& image : found) ids.push_back(image->id);
    return ids;
  }
  Ids listed(const std::string& filters, bool all) {
    Ids ids;
    for (const auto& item : images->list.run(domain::FilterArgs::parse(filters), false, all))
      ids.push_back(item.image->id);
    return ids;
  }
  // Ids, and names as "U name".
  static Ids deleted(const services::ImageDelete::Result& result) {
    Ids gone;
    for (const services::DeletedImage& line : result.lines)
      gone.push_back(line.untagged.empty() ? line.deleted : "U " + line.untagged);
    return gone;
  }
  Ids remove(const std::string& name, bool force = false, bool keep_parents = false) {
    return deleted(images->remove.run(name, force, {}, keep_parents));
  }
  std::string refusal(const std::string& name, bool force) {
    return error_text(Errc::conflict, [&] { images->remove.run(name, force); });
  }
  services::ImageDelete::Result prune(const std::string& filters = "") {
    return images->prune.run(domain::FilterArgs::parse(filters));
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(parent_and_step_survive_a_restart) {
  Chain world;
  for (int boot = 0; boot < 2; ++boot) {
    BOOST_TEST(world.images->store.get(world.second)->parent == world.first);
    BOOST_TEST(world.images->store.get(world.second)->built_by == "RUN second");
    BOOST_TEST(world.images->store.get(world.base)->parent == "");
    BOOST_TEST(world.children(world.first) == Ids{world.second});
    BOOST_TEST(world.children(world.second) == Ids{});
    BOOST_TEST(world.images->store.parents() == (std::set<std::string>{world.base, world.first}));
    world.start();
  }
}

BOOST_AUTO_TEST_CASE(children_of_nothing_are_what_a_build_began) {
  Chain world;
  const std::string begun = world.step("", "LABEL a=b");
  BOOST_TEST(world.steps_from("") == Ids{begun});
  BOOST_TEST(world.images->store.parents().count("") == 0u);
}

BOOST_AUTO_TEST_CASE(a_record_that_says_more_of_its_origin_adds_it) {
  Chain world;
  const std::string other = world.import(tar("other"), "other:1");
  images::ImageRecord again = *world.images->store.get(world.base);
  again.parent = other;
  again.built_by = "RUN again";
  world.images->store.commit(again, {});
  BOOST_TEST(world.images->store.get(world.base)->parent == other);
  again.parent = again.built_by = "";
  world.images->store.commit(again, {});  // as a pull does
  BOOST_TEST(world.images->store.get(world.base)->built_by == "RUN again");
  BOOST_TEST(world.children(other) == Ids{world.base});
}

BOOST_AUTO_TEST_CASE(no_image_is_its_own_parent) {
  Chain world;
  const images::ImagePtr same = world.images->store.get(world.second);
  services::ImageAssembly::Request request;
  request.config = images::parse_image_config(world.images->inspect.run(same->id, {}).config);
  request.parent = same.get();
  BOOST_TEST(world.images->assembly.run(std::move(request), {})->id == same->id);
  BOOST_TEST(world.images->store.get(same->id)->parent == world.first);
}

BOOST_AUTO_TEST_CASE(the_list_hides_the_steps_on_the_way) {
  Chain world;
  const std::string dangling = world.step(world.first, "RUN other", {}, tar("other"));
  BOOST_TEST(world.listed("", false) == (Ids{dangling, world.second, world.base}));
  BOOST_TEST(world.listed("", true) == (Ids{dangling, world.second, world.first, world.base}));
  for (const bool all : {false, true})
    BOOST_TEST(world.listed(R"({"dangling":["true"]})", all) == Ids{dangling});
  BOOST_TEST(world.images->list.run({}, false).at(1).parent == world.first);
}

BOOST_AUTO_TEST_CASE(what_only_hidden_images_share_is_not_shared) {
  Chain world;
  const auto shown = world.images->list.run({}, true);
  BOOST_REQUIRE(shown.size() == 2u);
  BOOST_TEST(shown.at(0).shared_size == 4);  // of the base
  BOOST_TEST(world.images->list.run({}, true, true).at(0).shared_size == 4 + 5);
}

BOOST_AUTO_TEST_CASE(inspect_and_history_name_the_parents_that_are_here) {
  Chain world;
  const std::string last = world.step(world.second, "CMD x");
  BOOST_TEST(world.images->inspect.run(last, {}).parent == world.second);
  auto lines = world.images->inspect.history(last, {});
  BOOST_REQUIRE(lines.size() == 4u);
  BOOST_TEST(lines[0].id == last);
  BOOST_TEST(lines[1].id == world.second);
  BOOST_TEST(lines[1].repo_tags == Ids{"second:1"});
  BOOST_TEST(lines[2].id == world.first);
  BOOST_TEST(lines[3].id == world.base);

  world.images->store.erase(world.first);
  BOOST_TEST(world.images->inspect.run(world.second, {}).parent == "");
  lines = world.images->inspect.history(last, {});
  BOOST_TEST(lines[1].id == world.second);
  BOOST_TEST(lines[2].id == "");
}

BOOST_AUTO_TEST_CASE(an_image_with_children_cannot_be_deleted_by_id) {
  Chain world;
  const std::string short_form = images::short_id(world.first);
  const std::string words = "conflict: unable to delete " + short_form +
                            " (cannot be forced) - image has dependent child images";
  BOOST_TEST(world.refusal(world.first, false) == words);
  world.uses[world.first] = {{kContainer, "/c", true}};
  BOOST_TEST(world.refusal(world.first, true) == words);
  world.images->tag.run(world.first, "a", "");
  world.images->tag.run(world.first, "b", "");
  BOOST_TEST(world.refusal(short_form, false) == words);
}

BOOST_AUTO_TEST_CASE(only_the_name_of_an_image_with_children_goes) {
  Chain world;
  BOOST_TEST(world.remove("base:1") == Ids{"U base:1"});
  BOOST_TEST(world.images->store.get(world.base)->dangling());
  world.images->tag.run(world.base, "base", "2");
  BOOST_TEST(world.remove("base:2", true) == Ids{"U base:2"});
  BOOST_TEST(world.has(world.base));
}

BOOST_AUTO_TEST_CASE(parents_go_with_the_last_child_each_with_its_layer) {
  Chain world;
  const std::string twin = world.step(world.first, "RUN twin");
  const Ids layers{world.layer(world.base), world.layer(world.first), world.layer(world.second)};
  world.remove("base:1");
  world.actions();
  BOOST_TEST(world.remove("second:1") == (Ids{"U second:1", world.second, layers[2]}));
  BOOST_TEST(world.remove(twin) == (Ids{twin, world.first, layers[1], world.base, layers[0]}));
  BOOST_TEST(world.actions() == (Ids{"untag", "delete", "delete", "delete", "delete"}));
  BOOST_TEST(world.runtime.layers.empty());
  BOOST_TEST(world.blobs() == 0u);
}

BOOST_AUTO_TEST_CASE(parents_with_names_or_containers_stay) {
  Chain world;
  world.uses[world.first] = {{kContainer, "/c", false}};
  world.remove("second:1");
  BOOST_TEST(world.has(world.first));
  world.uses.clear();
  world.remove(world.first);
  BOOST_TEST(world.has(world.base));
}

BOOST_AUTO_TEST_CASE(parents_stay_when_asked_to) {
  Chain world;
  world.remove("second:1", false, true);
  BOOST_TEST(world.has(world.first));
  BOOST_TEST(world.listed("", false) == (Ids{world.first, world.base}));
}

BOOST_AUTO_TEST_CASE(prune_begins_with_what_has_no_children) {
  Chain world;
  const std::string third = world.step(world.second, "RUN third", {}, tar("third"));
  const std::string last = world.step(third, "CMD last");
  const std::string layer = world.layer(third);
  const std::size_t blobs = world.blobs();
  const auto result = world.prune();
  BOOST_TEST(world.deleted(result) == (Ids{last, third, layer}));
  BOOST_TEST(world.blobs() == blobs - 5);  // two configs, two manifests, an archive
  BOOST_TEST(result.freed_bytes > tar("third").size() + 5);
  BOOST_TEST(world.prune().freed_bytes == 0u);
  BOOST_TEST(world.has(world.first));
}

BOOST_AUTO_TEST_CASE(prune_says_what_is_really_freed) {
  Chain world;
  world.remove("base:1");
  world.remove("second:1", false, true);
  const auto bytes = [&] {
    std::uint64_t sum = 0;
    for (const std::string& digest : world.images->blobs.list())
      sum += *world.images->blobs.find_size(digest);
    for (const auto& [id, layer] : world.runtime.layers) sum += layer.size;
    return sum;
  };
  const std::uint64_t before = bytes();
  BOOST_TEST(world.prune().freed_bytes == before);
  BOOST_TEST(bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(prune_of_all_unused_leaves_the_steps_of_what_is_used) {
  Chain world;
  const std::string kept = world.step(world.first, "RUN kept", "kept:1", tar("kept"));
  world.uses[kept] = {{kContainer, "/c", false}};
  world.prune(R"({"dangling":["false"]})");
  BOOST_TEST(!world.has(world.second));
  BOOST_TEST(world.has(world.first));
  BOOST_TEST(world.images->store.get(world.base)->dangling());  // its name was not used
  world.uses.clear();
  world.prune(R"({"dangling":["false"]})");
  BOOST_TEST(world.images->store.count() == 0u);
  BOOST_TEST(world.blobs() == 0u);
}

BOOST_AUTO_TEST_CASE(prune_keeps_the_steps_of_images_it_may_not_take) {
  Chain world;
  world.prune(R"({"dangling":["false"],"label":["none"]})");
  BOOST_TEST(world.images->store.count() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
