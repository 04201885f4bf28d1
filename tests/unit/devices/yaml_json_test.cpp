#include "core/devices/yaml_json.hpp"

#include <boost/test/unit_test.hpp>

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

BOOST_AUTO_TEST_CASE(a_fault_has_its_line) {
  BOOST_TEST(fault_of("a: 1\nb: [\n").starts_with("invalid YAML: line "));
  BOOST_TEST(fault_of("ok: 1\n? [a, b]\n: 2\n") == "invalid YAML: line 2: a key must be a word");
  BOOST_TEST(fault_of("a: *nobody\n").starts_with("invalid YAML: line 1: "));
}

BOOST_AUTO_TEST_CASE(what_grows_or_nests_without_end_is_refused) {
  BOOST_TEST(fault_of("a: &a [*a]\n").ends_with("nested too deep"));
  BOOST_TEST(fault_of(std::string(5000, '[')).starts_with("invalid YAML: "));
  std::string bomb = "a0: &a0 [" + std::string(200, 'x') + "]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string one = "*a" + std::to_string(i - 1);
    std::string list = one;
    for (int n = 1; n < 10; ++n) list += ", " + one;
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + list + "]\n";
  }
  BOOST_TEST(fault_of(bomb).ends_with("too long"));
}

BOOST_AUTO_TEST_SUITE_END()
