#include "core/domain/filter_args.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"

using namespace gantry;
using gantry::domain::FilterArgs;

BOOST_AUTO_TEST_SUITE(filter_args)

BOOST_AUTO_TEST_CASE(both_json_forms_mean_the_same) {
  for (const char* text : {R"({"label":["a=b","c"]})", R"({"label":{"a=b":true,"c":false}})"}) {
    const auto args = FilterArgs::parse(text);
    BOOST_TEST(args.get("label").size() == 2u);
    BOOST_TEST(args.labels_match({{"a", "b"}, {"c", ""}}));
    BOOST_TEST(!args.labels_match({{"a", "x"}, {"c", ""}}));
    BOOST_TEST(!args.labels_match({{"a", "b"}}));
  }
}

BOOST_AUTO_TEST_CASE(nonsense_is_an_invalid_filter) {
  for (const char* bad : {"x", "[]", R"({"a":1})", R"({"a":[1]})", R"({"a":{"b":2}})"})
    BOOST_CHECK_THROW(FilterArgs::parse(bad), Error);
  BOOST_TEST(FilterArgs::parse("").empty());
  BOOST_TEST(FilterArgs::parse("{}").empty());
}

BOOST_AUTO_TEST_CASE(unknown_keys_are_named) {
  BOOST_CHECK_EXCEPTION(
      FilterArgs::parse(R"({"foo":["x"]})").allow({"label"}), Error,
      [](const Error& e) { return std::string(e.what()) == "invalid filter 'foo'"; });
  BOOST_CHECK_THROW(FilterArgs::parse(R"({"foo":[]})").allow({"label"}), Error);
  BOOST_TEST(!FilterArgs::parse(R"({"label":[]})").has("label"));
}

BOOST_AUTO_TEST_CASE(matching_is_exact_or_an_unanchored_expression) {
  BOOST_TEST(FilterArgs::parse(R"({"name":["web"]})").match("name", "my_web_1"));
  BOOST_TEST(FilterArgs::parse(R"({"name":["^/x$"]})").match("name", "/x"));
  BOOST_TEST(!FilterArgs::parse(R"({"name":["^x$"]})").match("name", "xy"));
  BOOST_TEST(!FilterArgs::parse(R"({"name":["("]})").match("name", "xy"));
}

BOOST_AUTO_TEST_CASE(booleans_are_strict) {
  BOOST_TEST(FilterArgs::parse(R"({"dangling":["1"]})").boolean("dangling", false));
  BOOST_TEST(FilterArgs::parse("").boolean("dangling", true));
  BOOST_TEST(FilterArgs::parse(R"({"dangling":["true","1"]})").boolean("dangling", false));
  BOOST_TEST(!FilterArgs::parse(R"({"dangling":{"0":true,"1":false}})").boolean("dangling", true));
  for (const char* text : {R"({"dangling":{"false":false}})", R"({"dangling":{"true":false}})",
                           R"({"dangling":[]})", R"({"dangling":["true","false"]})"})
    BOOST_CHECK_THROW(FilterArgs::parse(text).boolean("dangling", true), Error);
  BOOST_TEST(!FilterArgs::parse(R"({"name":{"a":false}})").exact_match("name", "a"));
  BOOST_TEST(FilterArgs::parse(R"({"name":{"a":false}})").match("name", "a"));
  BOOST_CHECK_THROW(FilterArgs::parse(R"({"dangling":["maybe"]})").boolean("dangling", false),
                    Error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(client_patterns)

BOOST_AUTO_TEST_CASE(hostile_expressions_cost_neither_stack_nor_time) {
  using gantry::domain::FilterArgs;
  const std::string name(5000, 'a');
  for (const std::string& pattern : {std::string("(a|b)*c"), std::string("(a+)+$x"),
                                     std::string(2000, '(') + std::string(2000, ')')})
    BOOST_TEST(!FilterArgs::parse("{\"name\":[\"" + pattern + "\"]}").match("name", name));
}

BOOST_AUTO_TEST_CASE(an_instant_is_one_value_that_is_a_time) {
  BOOST_TEST(FilterArgs().until() == 0);
  BOOST_TEST(FilterArgs::parse(R"({"until":["12"]})").until() == UnixNanos{12} * 1'000'000'000);
  BOOST_TEST(FilterArgs::parse(R"({"unused-for":["12"]})").until() == 0);
  BOOST_TEST(FilterArgs::parse(R"({"unused-for":["12"]})").until("unused-for") != 0);
  const auto says = [](const char* text) {
    return [text](const Error& e) { return std::string(e.what()) == text; };
  };
  BOOST_CHECK_EXCEPTION(FilterArgs::parse(R"({"until":["1","2"]})").until(), Error,
                        says("more than one until filter specified"));
  BOOST_CHECK_EXCEPTION(FilterArgs::parse(R"({"until":["soon"]})").until(), Error,
                        says("invalid filter 'until=[soon]'"));
}

BOOST_AUTO_TEST_SUITE_END()
