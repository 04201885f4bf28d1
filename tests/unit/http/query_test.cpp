#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/http/exchange.hpp"
#include "core/http/percent.hpp"

using namespace gantry;
using http::Query;

BOOST_AUTO_TEST_CASE(values_are_decoded_and_found_in_order) {
  const auto q = Query::parse("t=a%3A1&t=b&name=x+y%2Bz&empty=&flag&&%66oo=bar");
  BOOST_TEST(q.get("t") == "a:1");
  BOOST_TEST(q.all("t").size() == 2u);
  BOOST_TEST(q.all("t")[1] == "b");
  BOOST_TEST(q.get("name") == "x y+z");
  BOOST_TEST(q.has("empty"));
  BOOST_TEST(q.has("flag"));
  BOOST_TEST(q.get("foo") == "bar");
  BOOST_TEST(!q.has("none"));
  BOOST_TEST(q.get("none", "fallback") == "fallback");
  BOOST_TEST(q.all("none").empty());
}

BOOST_AUTO_TEST_CASE(booleans_are_dockers) {
  for (const char* no : {"", "0", "no", "false", "none", "False", "%20NO%20"})
    BOOST_TEST(!Query::parse(std::string("all=") + no).boolean("all", true), no);
  for (const char* yes : {"1", "true", "yes", "2", "off"})
    BOOST_TEST(Query::parse(std::string("all=") + yes).boolean("all"), yes);
  BOOST_TEST(!Query::parse("all").boolean("all", true));
  BOOST_TEST(Query::parse("").boolean("all", true));
  BOOST_TEST(!Query::parse("").boolean("all"));
}

BOOST_AUTO_TEST_CASE(integers_name_their_parameter_when_wrong) {
  BOOST_TEST(Query::parse("h=-24").integer("h").value() == -24);
  BOOST_TEST(!Query::parse("").integer("h").has_value());
  BOOST_TEST(!Query::parse("h=").integer("h").has_value());
  BOOST_CHECK_EXCEPTION(Query::parse("h=x1").integer("h"), Error, [](const Error& e) {
    return e.code() == Errc::invalid &&
           std::string(e.what()) == "invalid value \"x1\" for h: must be an integer";
  });
}

BOOST_AUTO_TEST_CASE(broken_escapes_are_refused_in_gos_words) {
  const auto refusal = [](std::string_view raw) -> std::string {
    try {
      Query::parse(raw);
    } catch (const Error& error) {
      return error.code() == Errc::invalid ? error.what() : "not invalid";
    }
    return "accepted";
  };
  BOOST_TEST(refusal("all=%zz") == "invalid URL escape \"%zz\"");
  BOOST_TEST(refusal("all=1&x=a%2") == "invalid URL escape \"%2\"");
  BOOST_TEST(refusal("%=1") == "invalid URL escape \"%\"");
  BOOST_TEST(refusal("a=1;b=2") == "invalid semicolon separator in query");
  BOOST_TEST(refusal("a=1%3Bb=2") == "accepted");
  BOOST_TEST(refusal("name=a%00b") == "query parameter name: must not contain a NUL");
  BOOST_TEST(refusal("a%00b=c") == "query parameter a\\0b: must not contain a NUL");
  BOOST_TEST(http::percent_decode("%2525") == "%25");
  BOOST_TEST(http::percent_decode("a+b") == "a+b");
  BOOST_TEST(http::percent_decode("%00").size() == 1u);
}
