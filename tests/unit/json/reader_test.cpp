#include "core/json/reader.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"

using namespace gantry;
using json::Document;

namespace {

std::string error_of(const std::function<void()>& fn) {
  try {
    fn();
  } catch (const Error& e) {
    BOOST_CHECK(e.code() == Errc::invalid);
    return e.what();
  }
  return "no error";
}

std::string parse_error(std::string text, Document::Limits limits = {}) {
  return error_of([&] { Document::parse(std::move(text), limits); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(values_are_read_by_type) {
  const auto d = Document::parse(
      R"({"s":"text\u00e9\n","i":-5,"u":18446744073709551615,"n":1.5,"b":true,"l":["a","b"],"m":{"x":"1"},"z":null})");
  const auto r = d.root();
  BOOST_TEST(r["s"].str() == "text\xc3\xa9\n");
  BOOST_TEST(r["i"].i64() == -5);
  BOOST_TEST(r["u"].u64() == UINT64_MAX);
  BOOST_TEST(r["n"].number() == 1.5);
  BOOST_TEST(r["b"].boolean());
  BOOST_TEST(r["l"].strings().size() == 2u);
  BOOST_TEST(r["l"].at(1).str() == "b");
  BOOST_TEST(r["m"].string_map().at("x") == "1");
  BOOST_TEST(r.size() == 8u);
  BOOST_TEST(r["z"].exists());
  BOOST_TEST(!r["z"]);
}

BOOST_AUTO_TEST_CASE(missing_and_null_members_read_as_defaults_at_any_depth) {
  const auto d = Document::parse(R"({"z":null})");
  for (const char* key : {"z", "none"}) {
    const auto n = d.root()[key];
    BOOST_TEST(n.str("d") == "d");
    BOOST_TEST(n.i64(7) == 7);
    BOOST_TEST(n["deeper"]["still"].boolean(true));
    BOOST_TEST(n.at(3).u64(4) == 4u);
    BOOST_TEST(n.size() == 0u);
    BOOST_TEST(n.strings().empty());
    BOOST_TEST(!n.find_str().has_value());
    BOOST_TEST(n.raw() == "null");
  }
  BOOST_TEST(!Document().root()["x"]);
}

BOOST_AUTO_TEST_CASE(names_match_exactly_first_then_without_case) {
  const auto d = Document::parse(R"({"memory":1,"Memory":2,"IMAGE":"i"})");
  BOOST_TEST(d.root()["Memory"].i64() == 2);
  BOOST_TEST(d.root()["memory"].i64() == 1);
  BOOST_TEST(d.root()["Image"].str() == "i");
}

BOOST_AUTO_TEST_CASE(of_a_name_given_twice_the_last_counts) {
  BOOST_TEST(Document::parse(R"({"a":1,"a":2})").root()["a"].i64() == 2);
}

BOOST_AUTO_TEST_CASE(a_wrong_type_names_the_path) {
  const auto d = Document::parse(
      R"({"HostConfig":{"Memory":"1g","Binds":["a",2],"Big":9223372036854775808,"F":1.5},"Env":"x"})");
  const auto h = d.root()["HostConfig"];
  BOOST_TEST(error_of([&] { h["Memory"].i64(); }) == "HostConfig.Memory: must be a number");
  BOOST_TEST(error_of([&] { h["Binds"].strings(); }) == "HostConfig.Binds[1]: must be a string");
  BOOST_TEST(error_of([&] { h["Big"].i64(); }) == "HostConfig.Big: is out of range");
  BOOST_TEST(error_of([&] { h["F"].i64(); }) ==
             "HostConfig.F: must be an integer in the range of 64 bits");
  BOOST_TEST(error_of([&] { d.root()["Env"]["x"]; }) == "Env: must be an object");
  BOOST_TEST(error_of([&] { d.root()["Env"].strings(); }) == "Env: must be an array");
  BOOST_TEST(error_of([&] { d.root()["Env"].boolean(); }) == "Env: must be true or false");
  BOOST_TEST(error_of([&] { h.u64(); }) == "HostConfig: must be a number");
}

BOOST_AUTO_TEST_CASE(parse_errors_use_dockers_words) {
  BOOST_TEST(parse_error("") == "invalid JSON: got EOF while reading request body");
  BOOST_TEST(parse_error(" \n") == "invalid JSON: got EOF while reading request body");
  BOOST_TEST(parse_error("{\"a\":") == "invalid JSON: unexpected EOF");
  BOOST_TEST(parse_error("{} {}") == "unexpected content after JSON");
  BOOST_TEST(parse_error("{}x") == "unexpected content after JSON");
  BOOST_TEST(parse_error("{\"a\" 1}").starts_with("invalid JSON: "));
  BOOST_TEST(parse_error("nope").starts_with("invalid JSON: "));
}

BOOST_AUTO_TEST_CASE(a_nul_byte_does_not_hide_what_follows_it) {
  BOOST_TEST(parse_error(std::string("{}\0{}", 5)) == "unexpected content after JSON");
  BOOST_TEST(parse_error(std::string("{\0}", 3)).starts_with("invalid JSON: "));
}

BOOST_AUTO_TEST_CASE(depth_and_size_are_limited) {
  BOOST_TEST(parse_error(std::string(65, '[') + std::string(65, ']')) ==
             "invalid JSON: nested deeper than 64 levels");
  BOOST_CHECK_NO_THROW(Document::parse(std::string(64, '[') + std::string(64, ']')));
  BOOST_TEST(parse_error(std::string(5'000'000, '[')) ==
             "invalid JSON: nested deeper than 64 levels");
  BOOST_TEST(parse_error("[1,2,3]", {4, 64}) == "invalid JSON: larger than 4 bytes");
}

BOOST_AUTO_TEST_CASE(raw_gives_compact_text_of_a_part) {
  const auto d = Document::parse(R"({ "a" : [ 1 , "x\"\\" , 1.5, {"b": null} ] })");
  BOOST_TEST(d.root()["a"].raw() == R"([1,"x\"\\",1.5,{"b":null}])");
}

BOOST_AUTO_TEST_CASE(members_are_visited_in_order_with_their_paths) {
  const auto d = Document::parse(R"({"p":{"b":1,"a":2}})");
  std::string seen;
  d.root()["p"].each_member([&](std::string_view key, json::Node n) {
    seen += std::string(key) + "=" + n.path() + "=" + std::to_string(n.i64()) + " ";
  });
  BOOST_TEST(seen == "b=p.b=1 a=p.a=2 ");
}

BOOST_AUTO_TEST_CASE(a_document_may_be_copied_and_moved_while_nodes_live) {
  auto first = Document::parse(R"({"a":"short"})");
  const auto node = first.root()["a"];
  const Document second = first;
  first = Document();
  BOOST_TEST(node.str() == "short");
}
