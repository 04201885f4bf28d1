// Published ports of a runtime that can't publish: the daemon forwards them itself. Containers'
// addresses are of the loopback network here, so that a test can listen at them.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/base/unique_fd.hpp"
#include "core/services/networks/networks.hpp"
#include "tests/unit/free_port.hpp"
#include "tests/unit/services/data_plane_fake.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using domain::ContainerRecord;
using services::Networks;
using test::free_port;

namespace {

sockaddr_in address_of(const std::string& ip, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
  return address;
}

UniqueFd make_socket() {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM, 0));
  BOOST_REQUIRE(fd);
  const timeval limit{20, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return fd;
}

/// Invalid when the address is taken.
UniqueFd try_listen(const std::string& ip, int port) {
  UniqueFd fd = make_socket();
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = address_of(ip, port);
  const bool done =
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(fd.get(), 16) == 0;
  return done ? std::move(fd) : UniqueFd();
}

struct Fixture {
  Fixture() : journal(directory / "state.db"), runtime(notes), names(notes) {
    runtime.publishes = false;
    open();
  }

  void open() {
    networks.reset();
    services::NetworkSettings settings;
    settings.default_subnet = "127.66.0.0/16";
    settings.host_hosts = settings.host_resolv_conf = "/dev/null";
    networks = std::make_unique<Networks>(settings, journal, events, runtime, names);
  }

  ContainerRecord publishing(int port) {
    ContainerRecord record;
    record.id = random_hex();
    record.name = "web";
    record.host_config.json = "{}";
    record.host_config.network_mode = "bridge";
    record.endpoints["bridge"].network = "bridge";
    record.host_config.port_bindings = {{"80/tcp", {{"127.0.0.1", std::to_string(port)}}}};
    networks->bring_up(record);
    record.state.status = domain::Status::running;
    return record;
  }

  /// What arrives at the container when somebody calls the port.
  std::string called(int port, const UniqueFd& container) {
    const UniqueFd client = make_socket();
    const sockaddr_in address = address_of("127.0.0.1", port);
    if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return "refused";
    BOOST_REQUIRE(::send(client.get(), "hello", 5, MSG_NOSIGNAL) == 5);
    const UniqueFd peer(::accept(container.get(), nullptr, nullptr));
    char text[5] = {};
    return ::recv(peer.get(), text, sizeof text, MSG_WAITALL) == 5 ? std::string(text, 5) : "";
  }

  test::TemporaryDirectory directory;
  state::Journal journal;
  state::EventBus events;
  test::Notes notes;
  test::DataPlaneFake runtime;
  test::NameServiceFake names;
  std::unique_ptr<Networks> networks;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(forwarded_ports, Fixture)

BOOST_AUTO_TEST_CASE(a_port_leads_to_the_container_until_it_is_taken_down) {
  const int port = free_port();
  ContainerRecord record = publishing(port);
  networks->publish(record);
  BOOST_REQUIRE(record.published.size() == 1u);
  BOOST_TEST(record.published[0].host_port == port);
  const UniqueFd container = try_listen(record.endpoints.at("bridge").ip_address, 80);
  BOOST_REQUIRE(container);
  BOOST_TEST(called(port, container) == "hello");
  networks->take_down(record);
  BOOST_TEST(called(port, container) == "refused");
  BOOST_TEST(static_cast<bool>(try_listen("127.0.0.1", port)));
}

BOOST_AUTO_TEST_CASE(the_next_daemon_forwards_the_ports_of_what_runs) {
  const int port = free_port();
  ContainerRecord record = publishing(port);
  networks->publish(record);
  open();
  const UniqueFd container = try_listen(record.endpoints.at("bridge").ip_address, 80);
  BOOST_REQUIRE(container);
  BOOST_TEST(called(port, container) == "refused");
  networks->adopt(record);
  BOOST_TEST(called(port, container) == "hello");
}

BOOST_AUTO_TEST_CASE(a_port_of_another_process_is_named) {
  const int port = free_port();
  const UniqueFd other = try_listen("127.0.0.1", port);
  ContainerRecord record = publishing(port);
  try {
    networks->publish(record);
    BOOST_FAIL("published a port that is taken");
  } catch (const Error& error) {
    BOOST_TEST(std::string(error.what()).ends_with("address already in use"));
  }
  BOOST_TEST(record.published.empty());
}

BOOST_AUTO_TEST_SUITE_END()
