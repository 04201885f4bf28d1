// The plugin's end against replies that no supervisor of this version gives.
#include "protocol/client.hpp"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "protocol/wire.hpp"
#include "tests/unit/oci_protocol/encoded.hpp"

using namespace gantry::shim;
using gantry::test::encoded;

namespace {

std::string reply(std::int32_t code) {
  Status status;
  status.code = code;
  status.message = "what failed";
  const std::string body = encoded(status);
  const Header header{kMagic, static_cast<std::uint32_t>(Type::reply),
                      static_cast<std::uint32_t>(body.size()), 1};
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + body;
}

/// Of the error that a supervisor's reply with `code` becomes.
gantry_errc code_of(std::int32_t code) {
  int ends[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd supervisor(ends[0]);
  Client client{UniqueFd(ends[1])};
  const std::string bytes = reply(code);  // before it is asked for
  BOOST_REQUIRE(::send(supervisor.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(bytes.size()));
  try {
    client.unpublish();
  } catch (const ShimError& error) {
    BOOST_TEST(std::string(error.what()) == "what failed");
    return error.code();
  }
  return GANTRY_OK;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client)

BOOST_AUTO_TEST_CASE(code_of_a_newer_supervisor_is_an_internal_failure) {
  BOOST_TEST(code_of(GANTRY_CONFLICT) == GANTRY_CONFLICT);
  for (const std::int32_t code : {-1, GANTRY_INTERNAL + 1, 4711})
    BOOST_TEST(code_of(code) == GANTRY_INTERNAL);
}

BOOST_AUTO_TEST_SUITE_END()
