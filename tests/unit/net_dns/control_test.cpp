// What the resolver is told by the plugin, over a real connection.
#include "resolver/control.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "protocol/documents.hpp"

namespace net_dns {

namespace {

struct Connection {
  Poller poller;
  Timers timers;
  Service service{poller, timers};
  Channel plugin;
  std::unique_ptr<Control> control;

  Connection() {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    plugin = Channel(UniqueFd(ends[0]));
    control =
        std::make_unique<Control>(UniqueFd(ends[1]), UniqueFd(), "stamp", service, poller, timers);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(control, Connection)

BOOST_AUTO_TEST_CASE(a_socket_that_cannot_be_used_is_told_of_and_the_others_go_on) {
  const UniqueFd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));  // nothing to wait for
  plugin.send(message("serve"));
  plugin.send(message("inside", {{"id", "a"}, {"serial", "1"}}), {file.get(), file.get()});
  plugin.send(message("quit"));
  BOOST_CHECK_NO_THROW(control->ready());
  BOOST_TEST(control->done());
  bool ended = false;
  const auto told = plugin.try_receive(ended);
  BOOST_TEST_REQUIRE(told.has_value());
  BOOST_TEST(told->text.find("epoll_ctl: Operation not permitted") != std::string::npos,
             told->text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace net_dns
