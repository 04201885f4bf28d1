#include "core/domain/joined_containers.hpp"

#include <boost/test/unit_test.hpp>

using namespace gantry::domain;

BOOST_AUTO_TEST_CASE(a_mode_names_the_container_behind_its_prefix) {
  BOOST_TEST(joined_container("container:web").value() == "web");
  BOOST_TEST(joined_container("container:").value().empty());
  for (const char* other : {"", "host", "container", "xcontainer:web"})
    BOOST_TEST(!joined_container(other).has_value(), other);
}
