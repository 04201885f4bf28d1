// What builds by BuildKit make: images without parents, and steps that are cache.
#include "core/services/builds/step_cache.hpp"
#include "tests/unit/images/image_world.hpp"

using namespace gantry;
using gantry::test::ImageWorld;
using gantry::test::TarMaker;
using images::BuildKitRole;

BOOST_AUTO_TEST_SUITE(buildkit_steps)

namespace {

using Ids = std::vector<std::string>;

std::string tar(const std::string& content) { return TarMaker().file("f", content).take(); }

// base:1 <- first <- second, a build's; only base and second have names.
struct Built : ImageWorld {
  const std::string base = import(tar("base"), "base:1");
  const std::string first = step(base, "RUN first", {}, tar("first"), BuildKitRole::step);
  const std::string second = made(first, "second");

  // A step with a layer, and then an image with a name.
  std::string made(const std::string& from, const std::string& name) {
    const std::string id = step(from, "RUN " + name, {}, tar(name), BuildKitRole::step);
    images->tag.run(id, name, "1");
    return id;
  }
  bool has(const std::string& id) { return images->store.find_id(id) != nullptr; }
  Ids listed(const std::string& filters = {}, bool all = false) {
    Ids ids;
    for (const auto& item : images->list.run(domain::FilterArgs::parse(filters), false, all))
      ids.push_back(item.image->id);
    return ids;
  }
  Ids remove(const std::string& name, bool keep_parents = false) {
    Ids gone;
    for (const auto& line : images->remove.run(name, false, {}, keep_parents).lines)
      gone.push_back(line.untagged.empty() ? line.deleted : "U " + line.untagged);
    return gone;
  }
  std::vector<services::BuildCaches::Record> cached() {
    return services::StepCache(*images).list();
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(results_have_no_parents_and_steps_are_no_images) {
  Built world;
  for (int boot = 0; boot < 2; ++boot) {
    BOOST_TEST(world.images->inspect.run(world.second, {}).parent == "");
    BOOST_TEST(world.listed() == (Ids{world.second, world.base}));
    BOOST_TEST(world.listed({}, true) == (Ids{world.second, world.first, world.base}));
    BOOST_TEST(world.images->inspect.history(world.second, {})[1].id == "");
    BOOST_TEST(world.images->store.parents().empty());
    BOOST_TEST(world.cached().empty());  // it is a part of an image
    world.start();
  }
}

BOOST_AUTO_TEST_CASE(steps_that_stay_are_not_dangling) {
  Built world;
  world.remove("second:1", true);
  BOOST_TEST(world.has(world.first));
  BOOST_TEST(!world.has(world.second));
  for (const bool all : {false, true})
    BOOST_TEST(world.listed(R"({"dangling":["true"]})", all) == Ids{});
  for (const char* dangling : {"true", "false"}) {
    world.uses[world.base] = {{std::string(64, 'c'), "/c", false}};
    world.images->prune.run(
        domain::FilterArgs::parse(R"({"dangling":[")" + std::string(dangling) + R"("]})"));
    BOOST_TEST(world.has(world.first));
  }
}

BOOST_AUTO_TEST_CASE(steps_go_with_their_last_image_but_not_what_they_were_built_on) {
  Built world;
  const std::string other = world.made(world.first, "other");
  world.remove("second:1");
  BOOST_TEST(world.has(world.first));
  world.images->store.untag(images::parse_reference("base:1"));
  world.actions();
  world.remove("other:1");
  BOOST_TEST(!world.has(world.first));
  BOOST_TEST(world.listed(R"({"dangling":["true"]})") == Ids{world.base});
  BOOST_TEST(world.actions() == (Ids{"untag", "delete"}));
}

BOOST_AUTO_TEST_CASE(an_image_that_others_were_built_from_becomes_a_step) {
  Built world;
  const std::string third = world.made(world.second, "third");
  BOOST_TEST(world.remove(world.second) == (Ids{"U second:1", world.second}));
  BOOST_TEST(world.listed() == (Ids{third, world.base}));
  BOOST_TEST(world.images->store.get(world.second)->is_step());
  world.images->tag.run(world.second, "second", "2");
  BOOST_TEST(!world.images->store.get(world.second)->is_step());
  world.remove("second:2");
  world.remove("third:1");
  BOOST_TEST(world.listed({}, true) == Ids{world.base});
}

BOOST_AUTO_TEST_CASE(a_base_can_be_removed_whatever_was_built_on_it) {
  Built world;
  BOOST_TEST(world.remove("base:1") == (Ids{"U base:1", world.base}));
  BOOST_TEST(world.images->store.steps_from(world.base).size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_image_of_both_kinds_is_an_image) {
  Built world;
  images::ImageRecord loaded = *world.images->store.get(world.first);
  loaded.buildkit = BuildKitRole::none;
  loaded.parent = loaded.built_by = "";
  world.images->store.commit(loaded, {});
  BOOST_TEST(!world.images->store.get(world.first)->is_step());
  BOOST_TEST(world.images->store.find_base(*world.images->store.get(world.first)) != nullptr);
}

BOOST_AUTO_TEST_CASE(what_no_image_was_made_from_is_cache) {
  Built world;
  const std::string left =
      world.step(world.first, "RUN left", {}, tar("left over"), BuildKitRole::step);
  BOOST_REQUIRE(world.cached().size() == 1u);
  world.remove("second:1", true);
  const auto cached = world.cached();
  BOOST_REQUIRE(cached.size() == 2u);
  BOOST_TEST("sha256:" + cached[0].id == left);
  BOOST_TEST(cached[0].description == "RUN left");
  BOOST_TEST(cached[0].size == std::string("left over").size());
  BOOST_TEST("sha256:" + cached[1].id == world.first);
  BOOST_TEST(cached[1].size == std::string("first").size());
  BOOST_TEST(cached[1].last_used == cached[0].last_used);
}

BOOST_AUTO_TEST_CASE(cache_is_removed_from_its_end) {
  Built world;
  world.remove("second:1", true);
  const std::string left = world.step(world.first, "RUN left", {}, tar("left"), BuildKitRole::step);
  services::StepCache cache(*world.images);
  BOOST_TEST(!cache.remove(world.first.substr(7)));
  BOOST_TEST(!cache.remove(world.base.substr(7)));
  {
    const images::PinnedImage held = world.images->store.pin(left);
    BOOST_TEST(world.cached().at(0).in_use);
    BOOST_TEST(!cache.remove(left.substr(7)));
  }
  BOOST_TEST(cache.remove(left.substr(7)));
  BOOST_TEST(cache.remove(world.first.substr(7)));
  BOOST_TEST(world.runtime.layers.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
