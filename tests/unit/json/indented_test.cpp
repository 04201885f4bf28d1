#include "core/json/indented.hpp"

#include <boost/test/unit_test.hpp>

using gantry::json::indented;

BOOST_AUTO_TEST_CASE(each_level_has_two_spaces) {
  BOOST_TEST(indented(R"({"a":[1,{"b":null}],"c":"x:{,}[\"\\","d":[],"e":{}})") ==
             "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n"
             "  \"c\": \"x:{,}[\\\"\\\\\",\n  \"d\": [],\n  \"e\": {}\n}");
}

BOOST_AUTO_TEST_CASE(what_has_no_levels_stays_as_it_is) {
  for (const char* text : {"1", "\"a\"", "null", "[]", "{}", ""})
    BOOST_TEST(indented(text) == text);
}
