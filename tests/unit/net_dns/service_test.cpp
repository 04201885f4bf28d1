// What a container is told, with real servers outside on the loopback.
#include "resolver/service.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "fake_server.hpp"
#include "queries.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace net_dns {

using test::Ask;
using test::FakeServer;
using test::query;
using test::read;
using test::reply;
using test::Told;

namespace {

struct Fixture : Door {
  Poller poller;
  Timers timers;
  Service service{poller, timers};
  std::uint64_t door = service.add_door(*this);
  std::vector<Bytes> late;

  Fixture() {
    gantry::sdk::Network network{"n", "net", "bridge", "", "", false, false, "", ""};
    service.zone().set_network(network);
    member("a", {"web"}, "10.0.0.2/24");
    member("b", {"db", "svc"}, "10.0.0.3/24");
    member("c", {"db2", "svc"}, "10.0.0.4/24");
  }
  void member(const std::string& container, const std::vector<std::string>& names,
              const std::string& address) {
    gantry::sdk::Member member;
    member.container_id = container;
    member.name = names.front();
    member.names = names;
    member.address = address;
    service.zone().set_member("n", member);
  }
  void send(const SocketAddress&, const Bytes& answer) override { late.push_back(answer); }
  void use(const std::vector<std::string>& upstreams) {
    Settings settings;
    settings.upstreams = upstreams;
    service.host_servers().configure(settings);
  }

  const Bytes* ask_now(const Bytes& bytes, const std::string& asker = "a", bool tcp = false) {
    Client client;
    client.door = door;
    client.tcp = tcp;
    return service.answer(asker.empty() ? nullptr : service.asker(asker), bytes.data(),
                          bytes.size(), client);
  }
  /// The answer, at once or later.
  Told ask(const Bytes& bytes, const std::string& asker = "a", bool tcp = false) {
    const std::size_t before = late.size();
    if (const Bytes* now = ask_now(bytes, asker, tcp)) return read(*now);
    pump([&] { return late.size() > before; });
    return read(late.back());
  }
  template <class Done>
  void pump(Done done, std::int64_t limit_ms = 10000) {
    const std::int64_t end = Timers::now_ms() + limit_ms;
    while (!done()) {
      BOOST_REQUIRE_MESSAGE(Timers::now_ms() < end, "nothing came in time");
      const int next = timers.next_ms();
      poller.run_once(next < 0 || next > 100 ? 100 : next);
      timers.run();
    }
  }
};

/// The one epoll descriptor.
int queue_of_this_process() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry, gone) == "anon_inode:[eventpoll]")
      return std::stoi(entry.path().filename());
  }
  throw std::runtime_error("no epoll descriptor");
}

/// Nothing can be added to an epoll descriptor meanwhile.
class NoPolling {
 public:
  explicit NoPolling(int queue) : queue_(queue), kept_(::dup(queue)) {
    const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ::dup2(nothing.get(), queue_);
  }
  ~NoPolling() { ::dup2(kept_.get(), queue_); }
  NoPolling(const NoPolling&) = delete;
  NoPolling& operator=(const NoPolling&) = delete;

 private:
  int queue_;
  UniqueFd kept_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(service, Fixture)

BOOST_AUTO_TEST_CASE(names_are_answered_at_once_whatever_their_case) {
  const auto told = ask(query({"DB.", LDNS_RR_TYPE_A, 5}));
  BOOST_TEST(told.rcode == LDNS_RCODE_NOERROR);
  BOOST_TEST(told.id == 5);
  BOOST_TEST(told.question == "DB.");
  BOOST_TEST(told.answers == std::vector<std::string>{"10.0.0.3"},
             boost::test_tools::per_element());
  BOOST_TEST(ask(query({"DB.", LDNS_RR_TYPE_A, 6})).id == 6, "the ready answer has the new id");
  member("b", {"db"}, "10.0.0.33/24");
  BOOST_TEST(ask(query({"DB.", LDNS_RR_TYPE_A, 7})).answers.front() == "10.0.0.33");
}

BOOST_AUTO_TEST_CASE(a_known_name_has_no_other_records_and_that_is_no_error) {
  for (const auto type :
       {LDNS_RR_TYPE_AAAA, LDNS_RR_TYPE_MX, LDNS_RR_TYPE_TXT, LDNS_RR_TYPE_HTTPS}) {
    const auto told = ask(query({"db.", type}));
    BOOST_TEST(told.rcode == LDNS_RCODE_NOERROR);
    BOOST_TEST(told.answers.empty());
  }
}

BOOST_AUTO_TEST_CASE(replicas_take_turns_in_coming_first) {
  std::set<std::string> first;
  for (int i = 0; i < 4; ++i) {
    ask(query({"svc.", LDNS_RR_TYPE_AAAA}));
    const auto told = ask(query({"svc.", LDNS_RR_TYPE_A}));
    BOOST_TEST(told.answers.size() == 2);
    first.insert(told.answers.front());
  }
  BOOST_TEST(first.size() == 2);
}

BOOST_AUTO_TEST_CASE(addresses_have_names) {
  BOOST_TEST(ask(query({"3.0.0.10.in-addr.arpa.", LDNS_RR_TYPE_PTR})).answers.front() == "db.net.");
}

BOOST_AUTO_TEST_CASE(an_address_whose_name_dns_cannot_carry_has_another_or_none) {
  const auto name_of = [this] { return ask(query({"5.0.0.10.in-addr.arpa.", LDNS_RR_TYPE_PTR})); };
  const std::string label(64, 'x');
  member("d", {label, "short"}, "10.0.0.5/24");
  BOOST_TEST(name_of().answers.front() == "short.net.");
  for (const std::string& name : {label, std::string("a..b"), std::string("web.")}) {
    member("d", {name}, "10.0.0.5/24");
    BOOST_TEST(name_of().rcode == LDNS_RCODE_NXDOMAIN, name);
  }
}

BOOST_AUTO_TEST_CASE(strangers_and_transfers_are_refused_and_nonsense_is_told_so) {
  BOOST_TEST(ask(query({"db.", LDNS_RR_TYPE_A}), "").rcode == LDNS_RCODE_REFUSED);
  BOOST_TEST(ask(query({"db.", LDNS_RR_TYPE_AXFR})).rcode == LDNS_RCODE_REFUSED);
  Bytes notify = query({"db.", LDNS_RR_TYPE_SOA});
  notify[2] = static_cast<std::uint8_t>(notify[2] | 0x20);
  BOOST_TEST(ask(notify).rcode == LDNS_RCODE_NOTIMPL);
  Bytes answer = query({"db.", LDNS_RR_TYPE_A});
  answer[2] = static_cast<std::uint8_t>(answer[2] | 0x80);
  BOOST_TEST(!ask_now(answer), "an answer is not answered");
  Bytes cut = query({"db.", LDNS_RR_TYPE_A});
  cut.pop_back();
  BOOST_TEST(ask(cut).rcode == LDNS_RCODE_FORMERR);
}

BOOST_AUTO_TEST_CASE(other_names_are_asked_for_outside_and_kept) {
  FakeServer server(
      poller, [](const Bytes& asked) { return reply(asked, {"out.example. 60 IN A 1.2.3.4"}); });
  use({server.address()});
  const auto told = ask(query({"Out.Example.", LDNS_RR_TYPE_A, 8}));
  BOOST_TEST(told.id == 8);
  BOOST_TEST(told.question == "Out.Example.");
  BOOST_TEST(told.answers.front() == "1.2.3.4");
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A, 9}), "b").answers.front() == "1.2.3.4");
  BOOST_TEST(server.asked == 1);
  BOOST_TEST(ask(query({"nodot.", LDNS_RR_TYPE_A})).answers.size() == 1, "as Docker: with ndots:0");
  BOOST_TEST(server.asked == 2);
}

BOOST_AUTO_TEST_CASE(the_same_question_of_many_is_asked_once) {
  FakeServer server(
      poller, [](const Bytes& asked) { return reply(asked, {"out.example. 0 IN A 1.2.3.4"}); });
  use({server.address()});
  for (std::uint16_t i = 0; i < 50; ++i)
    BOOST_TEST(!ask_now(query({i % 2 == 0 ? "out.example." : "OUT.example.", LDNS_RR_TYPE_A, i})));
  pump([&] { return late.size() == 50; });
  BOOST_TEST(server.asked == 1);
  for (std::uint16_t i = 0; i < 50; ++i) {
    BOOST_TEST(read(late[i]).id == i);
    BOOST_TEST(read(late[i]).question == (i % 2 == 0 ? "out.example." : "OUT.example."));
  }
}

BOOST_AUTO_TEST_CASE(forged_answers_are_not_taken) {
  FakeServer server(
      poller, [](const Bytes& asked) { return reply(asked, {"out.example. 60 IN A 1.2.3.4"}); });
  server.before = [](const Bytes& asked) {
    Bytes other_id = reply(asked, {"out.example. 60 IN A 6.6.6.6"});
    other_id[0] = static_cast<std::uint8_t>(other_id[0] ^ 0xff);
    Bytes other_name = reply(query({"evil.example.", LDNS_RR_TYPE_A, id_of(asked)}),
                             {"out.example. 60 IN A 6.6.6.6"});
    Bytes question = asked;
    return std::vector<Bytes>{other_id, other_name, question, {1, 2, 3}};
  };
  use({server.address()});
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A})).answers.front() == "1.2.3.4");
}

BOOST_AUTO_TEST_CASE(ids_and_ports_differ_from_question_to_question) {
  std::set<int> ids;
  FakeServer server(poller, [&](const Bytes& asked) {
    ids.insert(id_of(asked));
    return reply(asked, {});
  });
  use({server.address()});
  for (int i = 0; i < 30; ++i)
    ask(query({test::numbered(static_cast<std::size_t>(i)), LDNS_RR_TYPE_A, 1}));
  BOOST_TEST(ids.size() > 25);
  BOOST_TEST(server.ports.size() > 20);
}

BOOST_AUTO_TEST_CASE(a_silent_server_is_left_for_the_next_and_asked_last_from_then_on) {
  FakeServer silent(poller, [](const Bytes&) { return Bytes(); });
  FakeServer good(poller, [](const Bytes& asked) { return reply(asked, {"x. 0 IN A 1.2.3.4"}); });
  use({silent.address(), good.address()});
  BOOST_TEST(ask(query({"one.example.", LDNS_RR_TYPE_A})).answers.size() == 1);
  BOOST_TEST(silent.asked == 1);
  BOOST_TEST(ask(query({"two.example.", LDNS_RR_TYPE_A})).answers.size() == 1);
  BOOST_TEST(silent.asked == 1);
}

BOOST_AUTO_TEST_CASE(where_nobody_listens_the_next_is_asked_at_once) {
  const auto closed = [&] { return FakeServer(poller, nullptr).address(); };
  FakeServer good(poller, [](const Bytes& asked) { return reply(asked, {"x. 0 IN A 1.2.3.4"}); });
  for (const bool tcp : {false, true}) {
    // A busy machine may hold one up; where a silent server is waited for, all take longer.
    std::int64_t quickest = Forwarder::kAttemptMs;
    for (int i = 0; i < 3 && quickest >= 1000; ++i) {
      use({closed(), good.address()});
      const auto begun = Timers::now_ms();
      BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A}), "a", tcp).answers.size() == 1);
      quickest = std::min(quickest, Timers::now_ms() - begun);
    }
    BOOST_TEST(quickest < 1000);
  }
  use({closed()});
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A})).rcode == LDNS_RCODE_SERVFAIL);
  Settings none;
  none.resolv_conf = "/no/such/file";
  service.host_servers().configure(none);
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A})).rcode == LDNS_RCODE_SERVFAIL);
}

BOOST_AUTO_TEST_CASE(servers_that_cannot_help_are_passed_over) {
  FakeServer failing(poller,
                     [](const Bytes& asked) { return reply(asked, {}, LDNS_RCODE_SERVFAIL); });
  FakeServer unknowing(poller,
                       [](const Bytes& asked) { return reply(asked, {}, LDNS_RCODE_NXDOMAIN); });
  FakeServer good(poller, [](const Bytes& asked) { return reply(asked, {"x. 0 IN A 1.2.3.4"}); });
  use({failing.address(), unknowing.address(), good.address()});
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A})).answers.size() == 1);
  use({unknowing.address(), failing.address()});
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A})).rcode == LDNS_RCODE_NXDOMAIN);
  use({failing.address()});
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A})).rcode == LDNS_RCODE_SERVFAIL);
}

BOOST_AUTO_TEST_CASE(a_truncated_answer_is_handed_on_and_asked_for_again_by_tcp) {
  FakeServer server(poller, [](const Bytes& asked) {
    const Bytes whole = reply(asked, {"out.example. 60 IN A 1.2.3.4"});
    const PacketPtr packet = parse(whole.data(), whole.size());
    ::ldns_pkt_set_tc(packet.get(), true);
    return encode(*packet);
  });
  server.by_tcp = [](const Bytes& asked) {
    std::vector<std::string> records;
    for (int i = 1; i < 200; ++i)
      records.push_back("out.example. 60 IN A 1.2.3." + std::to_string(i));
    return reply(asked, records);
  };
  use({server.address()});
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A})).truncated);
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A}), "a", true).answers.size() == 199);
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A})).truncated, "from the cache, cut to fit");
}

BOOST_AUTO_TEST_CASE(a_container_with_servers_of_its_own_asks_those) {
  FakeServer host(poller, [](const Bytes& asked) { return reply(asked, {"x. 60 IN A 1.1.1.1"}); });
  FakeServer own(poller, [](const Bytes& asked) { return reply(asked, {"x. 60 IN A 2.2.2.2"}); });
  use({host.address()});
  service.set_container({"b", {own.address()}, false});
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A}), "a").answers.front() == "1.1.1.1");
    BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A}), "b").answers.front() == "2.2.2.2");
  }
  BOOST_TEST(host.asked == 1);
  BOOST_TEST(own.asked == 1);
}

BOOST_AUTO_TEST_CASE(who_sets_ndots_does_not_ask_outside_for_names_without_a_dot) {
  FakeServer server(poller, [](const Bytes& asked) { return reply(asked, {"x. 0 IN A 1.1.1.1"}); });
  use({server.address()});
  service.set_container({"a", {}, true});
  const auto told = ask(query({"nodot.", LDNS_RR_TYPE_A}));
  BOOST_TEST(told.rcode == LDNS_RCODE_NOERROR);
  BOOST_TEST(told.answers.empty());
  BOOST_TEST(ask(query({"with.dot.", LDNS_RR_TYPE_A})).answers.size() == 1);
}

BOOST_AUTO_TEST_CASE(internal_networks_do_not_ask_outside) {
  FakeServer server(poller, [](const Bytes& asked) { return reply(asked, {"x. 0 IN A 1.1.1.1"}); });
  use({server.address()});
  gantry::sdk::Network network{"n", "net", "bridge", "", "", true, false, "", ""};
  service.zone().set_network(network);
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A})).rcode == LDNS_RCODE_SERVFAIL);
  BOOST_TEST(ask(query({"db.", LDNS_RR_TYPE_A})).answers.size() == 1);
  BOOST_TEST(server.asked == 0);
}

BOOST_AUTO_TEST_CASE(the_hosts_servers_are_those_of_its_file_at_the_moment) {
  FakeServer first(poller, [](const Bytes& asked) { return reply(asked, {"x. 60 IN A 1.1.1.1"}); });
  FakeServer second(poller,
                    [](const Bytes& asked) { return reply(asked, {"x. 60 IN A 2.2.2.2"}); });
  const gantry::test::TemporaryDirectory directory;
  Settings settings;
  settings.resolv_conf = (directory / "resolv.conf").string();
  const auto write = [&](const std::string& server) {
    std::ofstream(settings.resolv_conf + ".new") << "nameserver " << server << "\n";
    std::filesystem::rename(settings.resolv_conf + ".new", settings.resolv_conf);
  };
  write(first.address());
  service.host_servers().configure(settings);
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A})).answers.front() == "1.1.1.1");
  write(second.address());
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A})).answers.front() == "2.2.2.2",
             "what the first had said is forgotten");
  std::filesystem::remove(settings.resolv_conf);
  settings.fallback = {first.address()};
  service.host_servers().configure(settings);
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A})).answers.front() == "1.1.1.1");
}

BOOST_AUTO_TEST_CASE(it_does_not_ask_itself) {
  use({"127.0.0.1:5353"});
  service.add_own_address(*parse_server("127.0.0.1:5353"));
  BOOST_TEST(ask(query({"out.example.", LDNS_RR_TYPE_A})).rcode == LDNS_RCODE_SERVFAIL);
}

BOOST_AUTO_TEST_CASE(one_container_cannot_take_all_room) {
  FakeServer silent(poller, [](const Bytes&) { return Bytes(); });
  use({silent.address()});
  std::size_t refused = 0;
  for (std::size_t i = 0; i < Forwarder::kMostClientsOfAsker + 100; ++i)
    if (const Bytes* now =
            ask_now(query({test::numbered(static_cast<std::size_t>(i)), LDNS_RR_TYPE_A}))) {
      BOOST_TEST(read(*now).rcode == LDNS_RCODE_SERVFAIL);
      ++refused;
    }
  BOOST_TEST(refused == 100);
  std::size_t others = 0;  // who still can, but not as many
  for (std::size_t i = 0; i < Forwarder::kMostOfAskerInACrowd + 10; ++i)
    others += ask_now(query({test::numbered(1000 + i), LDNS_RR_TYPE_A}), "b") == nullptr;
  BOOST_TEST(others == Forwarder::kMostOfAskerInACrowd);
  pump([&] { return late.size() == Forwarder::kMostClientsOfAsker + others; });
  BOOST_TEST(ask(query({"db.", LDNS_RR_TYPE_A})).answers.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_question_that_cannot_be_waited_for_is_refused_and_holds_no_room) {
  FakeServer server(poller,
                    [](const Bytes& asked) { return reply(asked, {"x. 60 IN A 1.2.3.4"}); });
  use({server.address()});
  {
    const NoPolling none(queue_of_this_process());
    for (const bool tcp : {false, true})
      BOOST_TEST(ask(query({"x.", LDNS_RR_TYPE_A}), "a", tcp).rcode == LDNS_RCODE_SERVFAIL);
  }
  BOOST_TEST(service.asker("a")->waiting == 0u);
  BOOST_TEST(ask(query({"x.", LDNS_RR_TYPE_A})).answers.size() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace net_dns
