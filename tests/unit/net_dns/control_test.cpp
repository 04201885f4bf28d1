// What the resolver is told by the plugin, over a real connection.
#include "resolver/control.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

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

BOOST_AUTO_TEST_CASE(without_a_descriptor_for_the_next_plugin_it_waits_a_while) {
  UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM, 0)), first(::socket(AF_UNIX, SOCK_STREAM, 0)),
      next(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socklen_t size = sizeof(sa_family_t);  // the system finds a name
  auto* name = reinterpret_cast<sockaddr*>(&address);
  BOOST_REQUIRE(::bind(listener.get(), name, size) == 0 && ::listen(listener.get(), 1) == 0);
  size = sizeof address;
  BOOST_REQUIRE(::getsockname(listener.get(), name, &size) == 0);
  BOOST_REQUIRE(::connect(first.get(), name, size) == 0);
  Control full(UniqueFd(), std::move(listener), "stamp", service, poller, timers);
  poller.run_once(0);  // accepts the first; the sanitizer looks at the handler, by descriptors
  BOOST_REQUIRE(::connect(next.get(), name, size) == 0);
  Channel next_plugin(std::move(next));

  rlimit before{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{0, before.rlim_max};
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  poller.run_once(0);
  ::setrlimit(RLIMIT_NOFILE, &before);
  BOOST_TEST(timers.next_ms() > 0);
  poller.run_once(0);  // would accept it

  next_plugin.send(message("hello"));
  bool ended = false;
  const auto answer = [&] {
    poller.run_once(timers.next_ms());
    timers.run();
    return next_plugin.try_receive(ended);
  };
  std::optional<Message> told;
  for (int i = 0; i < 10 && !told && !ended; ++i) told = answer();
  BOOST_TEST(told.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace net_dns
