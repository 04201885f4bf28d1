#include "core/devices/yaml_json.hpp"

#include <pthread.h>

#include <boost/test/unit_test.hpp>
#include <functional>

#include "core/base/error.hpp"

using namespace gantry;
using devices::yaml_to_json;

namespace {

std::string fault_of(const std::string& text) {
  try {
    return "no fault: " + yaml_to_json(text);
  } catch (const Error& error) {
    BOOST_TEST((error.code() == Errc::invalid));
    return error.what();
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(yaml_as_json)

BOOST_AUTO_TEST_CASE(blocks_and_flows_are_objects_and_arrays_in_their_order) {
  BOOST_TEST(yaml_to_json("---\nb:\n  - x\n  - {c: 1}\na: [ ]\n") ==
             R"({"b":["x",{"c":1}],"a":[]})");
  BOOST_TEST(yaml_to_json(R"({"json": ["is", {"yaml": true}]})") ==
             R"({"json":["is",{"yaml":true}]})");
  BOOST_TEST(yaml_to_json("") == "null");
}

BOOST_AUTO_TEST_CASE(only_what_can_be_nothing_else_is_more_than_text) {
  BOOST_TEST(yaml_to_json("[195, -1, 0, true, False, null, ~, ]") ==
             "[195,-1,0,true,false,null,null]");
  BOOST_TEST(yaml_to_json("[0.5.0, 1.0, 0666, 0x1F, 007, yes, 1e3, '195', \"true\", !!str 7]") ==
             R"(["0.5.0","1.0","0666","0x1F","007","yes","1e3","195","true","7"])");
  BOOST_TEST(yaml_to_json("[99999999999999999999]") == R"(["99999999999999999999"])");
}

BOOST_AUTO_TEST_CASE(an_alias_is_written_out) {
  BOOST_TEST(yaml_to_json("a: &x {k: [1]}\nb: *x\n") == R"({"a":{"k":[1]},"b":{"k":[1]}})");
}

BOOST_AUTO_TEST_CASE(an_alias_may_be_anything_also_a_key) {
  BOOST_TEST(yaml_to_json("[&a 7, *a, &n ~, *n, &w word, {*w : *w}, &e {}, *e]") ==
             R"([7,7,null,null,"word",{"word":"word"},{},{}])");
}

BOOST_AUTO_TEST_CASE(a_map_has_what_is_merged_into_it_unless_it_is_its_own) {
  const std::string common = "a: &x {k: 1, l: {m: [x]}}\nb: &y {k: 2, n: 3}\n";
  const auto merged = [&](const std::string& map) {
    const std::string json = yaml_to_json(common + "c: " + map + "\n");
    return json.substr(json.find(R"("c":)") + 4);
  };
  BOOST_TEST(merged("{<<: *x}") == R"({"k":1,"l":{"m":["x"]}}})");
  BOOST_TEST(merged("{<<: *x, k: own}") == R"({"k":"own","l":{"m":["x"]}}})");
  BOOST_TEST(merged("{k: own, <<: *y}") == R"({"k":"own","n":3}})");
  BOOST_TEST(merged("{<<: [*y, *x]}") == R"({"k":2,"n":3,"l":{"m":["x"]}}})");
  BOOST_TEST(merged("{<<: {k: here}, o: 1}") == R"({"o":1,"k":"here"}})");
  BOOST_TEST(merged("{<<: {<<: *x, l: 0}}") == R"({"l":0,"k":1}})");
  for (const char* bad : {"7", "[7]", "~", "[[{a: 1}]]"})
    BOOST_TEST(fault_of("<<: " + std::string(bad) + "\n") ==
               "invalid YAML: line 1: \"<<\" takes a map, or a list of maps");
}

BOOST_AUTO_TEST_CASE(a_fault_has_its_line) {
  BOOST_TEST(fault_of("a: 1\nb: [\n").starts_with("invalid YAML: line "));
  BOOST_TEST(fault_of("ok: 1\n? [a, b]\n: 2\n") == "invalid YAML: line 2: a key must be a word");
  BOOST_TEST(fault_of("a: *nobody\n").starts_with("invalid YAML: line 1: "));
}

BOOST_AUTO_TEST_CASE(what_grows_or_nests_without_end_is_refused) {
  BOOST_TEST(fault_of("a: &a [*a]\n").ends_with("an alias of what it stands in"));
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  BOOST_TEST(yaml_to_json(nested(32)) == nested(32));
  BOOST_TEST(fault_of(nested(33)).ends_with("nested too deep"));
  BOOST_TEST(fault_of("[&a " + nested(20) + ", [[[[[[[[[[[[*a]]]]]]]]]]]]]").ends_with("too deep"));
  std::string bomb = "a0: &a0 [" + std::string(200, 'x') + "]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string one = "*a" + std::to_string(i - 1);
    std::string list = one;
    for (int n = 1; n < 10; ++n) list += ", " + one;
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + list + "]\n";
  }
  BOOST_TEST(fault_of(bomb).ends_with("too long"));
  std::string merges = "a: &a {k: " + std::string(100000, 'x') + "}\nb:\n";
  for (int i = 0; i < 1000; ++i) merges += "- {<<: *a, k: 1}\n";
  BOOST_TEST(fault_of(merges).ends_with("too long"));
}

BOOST_AUTO_TEST_CASE(a_small_stack_is_enough_for_any_depth) {
  std::vector<std::string> texts, faults;
  for (const char* bracket : {"[]", "{}"})
    texts.push_back(std::string(5000, bracket[0]) + std::string(5000, bracket[1]));
  std::string blocks;
  for (int i = 0; i < 5000; ++i) blocks += "- ";
  texts.push_back(blocks + "x\n");
  // The test library itself belongs to the main thread.
  std::function<void()> read_all = [&] {
    for (const std::string& text : texts) try {
        yaml_to_json(text);
      } catch (const Error& error) {
        faults.emplace_back(error.what());
      }
  };
  const auto run = [](void* what) -> void* {
    (*static_cast<std::function<void()>*>(what))();
    return nullptr;
  };
  pthread_attr_t attributes;
  BOOST_REQUIRE(::pthread_attr_init(&attributes) == 0);
  BOOST_REQUIRE(::pthread_attr_setstacksize(&attributes, 512u << 10) == 0);  // as the server's
  pthread_t thread;
  BOOST_REQUIRE(::pthread_create(&thread, &attributes, run, &read_all) == 0);
  ::pthread_join(thread, nullptr);
  ::pthread_attr_destroy(&attributes);
  BOOST_TEST(faults.size() == texts.size());
  for (const std::string& fault : faults) BOOST_TEST(fault.starts_with("invalid YAML: "), fault);
}

BOOST_AUTO_TEST_SUITE_END()
