// Which names of images mean the same context.
#include "core/build/context_name.hpp"

#include <boost/test/unit_test.hpp>

using gantry::build::context_name;

BOOST_AUTO_TEST_CASE(a_context_is_known_by_any_spelling_of_its_name) {
  for (const char* name :
       {"alpine", "Alpine", "alpine:latest", "docker.io/alpine", "docker.io/library/alpine:latest"})
    BOOST_TEST(context_name(name) == "alpine", name);
  BOOST_TEST(context_name("ghcr.io/a/b:latest") == "ghcr.io/a/b");
  BOOST_TEST(context_name("alpine:3") == "alpine:3");
  BOOST_TEST(context_name("My-Stage") == "my-stage");
  BOOST_TEST(context_name("no reference!") == "no reference!");
  BOOST_TEST(context_name("") == "");
}
