#include "containers/bind_options.hpp"

#include <boost/test/unit_test.hpp>

#include "base/file.hpp"
#include "scratch.hpp"

using namespace gantry::oci;

namespace {

struct Source {
  Scratch scratch;

  Source() {
    make_directory(scratch / "directory");
    replace_file(scratch / "directory/file", "");
  }
  // The options of one bind, simplified.
  std::string options(const std::string& source, const std::string& given,
                      const std::string& more = "") {
    JsonDocument spec =
        parse_object(R"({"mounts":[7,{},{"destination":"/x","type":"bind","source":")" +
                         (scratch / source) + R"(","options":)" + given + more + "}]}",
                     "spec");
    simplify_bind_options(spec);
    std::string all;
    for (const std::string& option : texts_of(spec["mounts"][2], "options")) all += option + " ";
    return all;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bind_options, Source)

BOOST_AUTO_TEST_CASE(a_bind_of_a_source_alone_has_propagation_of_its_own_only) {
  BOOST_TEST(options("directory", R"(["bind","rw","rprivate"])") == "bind rw private ");
  BOOST_TEST(options("directory", R"(["bind","rslave"])") == "bind slave ");
  BOOST_TEST(options("directory", R"(["rbind","rw","rprivate"])") == "rbind rw rprivate ");
}

BOOST_AUTO_TEST_CASE(nothing_lies_below_a_file) {
  BOOST_TEST(options("directory/file", R"(["rbind","rro","rprivate"])") == "rbind ro rprivate ");
  BOOST_TEST(options("directory", R"(["rbind","rro","rprivate"])") == "rbind rro rprivate ");
  BOOST_TEST(options("directory", R"(["rbind","rro"])", R"(,"gantry.subpath":"file")") ==
             "rbind ro ");
  BOOST_TEST(options("missing", R"(["rbind","rro"])") == "rbind rro ");
}

BOOST_AUTO_TEST_CASE(a_spec_without_mounts_stays_as_it_is) {
  JsonDocument spec = parse_object(R"({"mounts":null})", "spec");
  simplify_bind_options(spec);
  BOOST_TEST(to_text(spec) == R"({"mounts":null})");
}

BOOST_AUTO_TEST_SUITE_END()
