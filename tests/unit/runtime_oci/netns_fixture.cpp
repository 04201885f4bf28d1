// The test process lives in a network namespace of its own, before its first thread: bridges, rules
// and ports of the machine are not touched.
#include <sched.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "network/namespace.hpp"

namespace {

struct OwnNetwork {
  OwnNetwork() {
    if (::unshare(CLONE_NEWNET) != 0)
      throw std::runtime_error(std::string("unshare: ") + std::strerror(errno));
    gantry::oci::raise_loopback(gantry::oci::NetlinkSocket());
  }
};

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(OwnNetwork);
