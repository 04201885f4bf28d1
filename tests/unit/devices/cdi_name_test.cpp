#include "core/devices/cdi_name.hpp"

#include <boost/test/unit_test.hpp>

using namespace gantry::devices;

BOOST_AUTO_TEST_SUITE(cdi_name)

BOOST_AUTO_TEST_CASE(a_name_is_a_vendor_a_class_and_a_device) {
  const auto name = find_cdi_name("nvidia.com/gpu=GPU-1:0");
  BOOST_REQUIRE(name.has_value());
  BOOST_TEST(name->kind == "nvidia.com/gpu");
  BOOST_TEST(name->device == "GPU-1:0");
  for (const char* good : {"v.com/c=0", "a/b=c", "foo.bar/foo-bar1.B_a=x_y"})
    BOOST_TEST(find_cdi_name(good).has_value(), good);
}

BOOST_AUTO_TEST_CASE(a_path_is_none_and_neither_is_half_a_name) {
  for (const char* bad :
       {"", "/dev/null", "/dev/a=b", "gpu=0", "v.com/=0", "v.com/c=", "v.com/c", "0.com/c=1",
        "v.com/c/d=1", "v.com/c=-1", "v.com/c=a b", "v.com/c=a=b", "-v/c=1", "v/c.=1"})
    BOOST_TEST(!find_cdi_name(bad).has_value(), bad);
}

BOOST_AUTO_TEST_SUITE_END()
