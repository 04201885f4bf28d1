// The main() of every unit test binary: Boost.Test generates it in the one file that names the
// module.
#define BOOST_TEST_MODULE gantry
#include <boost/test/unit_test.hpp>
