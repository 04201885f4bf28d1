// Networks when the daemon starts and when it ends.
#include <sqlite3.h>

#include <algorithm>
#include <future>

#include "tests/unit/services/networks_fixture.hpp"

using namespace gantry;
using namespace gantry::test;

namespace {

struct RestartFixture : NetworksFixture {
  /// A network under an id of the test's choice.
  void put_network(const std::string& name, const std::string& id) {
    domain::NetworkRecord record;
    record.id = id;
    record.name = name;
    record.driver = "null";
    journal.put("network", id, domain::to_journal(record));
  }
  void put_networks_whose_ids_begin_with(const std::string& prefix) {
    put_network("first", prefix + std::string(64 - prefix.size(), '1'));
    put_network("second", prefix + std::string(64 - prefix.size(), '2'));
    open();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(networks_restart, RestartFixture)

BOOST_AUTO_TEST_CASE(a_network_that_is_gone_is_not_taken_for_others_whose_ids_begin_so) {
  put_networks_whose_ids_begin_with("b2");
  networks->forget(container("web", "b2"));
  BOOST_TEST(notes.take().empty());
}

BOOST_AUTO_TEST_CASE(names_are_forgotten_on_networks_by_name_and_by_id) {
  networks->create(request("back"));
  const std::string id = networks->get("back")->id;
  notes.take();
  ContainerRecord renamed = container("web", "old");
  renamed.endpoints.at("old").network_id = id;
  for (const ContainerRecord& record :
       {container("web", "back"), container("web", id.substr(0, 12)), renamed}) {
    networks->forget(record);
    BOOST_TEST(notes.take() == std::vector<std::string>{"names endpoint_removed"},
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(what_was_removed_stays_noted_when_the_journal_cannot_be_read) {
  networks->create(request("back"));
  networks->remove("back");
  sqlite3* db = nullptr;
  BOOST_REQUIRE(sqlite3_open((directory / "state.db").c_str(), &db) == SQLITE_OK);
  const auto rename = [&](const char* sql) {
    BOOST_REQUIRE(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  };
  rename("ALTER TABLE documents RENAME TO away");
  notes.take();
  networks->finish_removals();
  BOOST_TEST(notes.take().empty());
  rename("ALTER TABLE away RENAME TO documents");
  sqlite3_close(db);
  networks->finish_removals();
  BOOST_TEST(notes.take().size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_end_does_not_wait_for_a_network_that_somebody_works_on) {
  networks->create(request("idle"));
  bool retired = false;
  runtime.during_network_up = [&] {
    notes.take();
    networks->retire();
    retired = true;
    const auto said = notes.take();
    BOOST_TEST(std::count(said.begin(), said.end(), "network_down") >= 1);
    BOOST_TEST(runtime.last_down.find(networks->get("idle")->bridge) != std::string::npos);
  };
  networks->raise_default();
  BOOST_TEST(retired);
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_network_gives_up_when_the_daemon_ends) {
  std::future<std::string> waiting;
  runtime.during_network_up = [&] {
    runtime.during_network_up = nullptr;
    waiting = std::async(std::launch::async,
                         [&] { return fault_of([&] { running("web"); }, Errc::timeout); });
    networks->interrupt();
    waiting.wait();
  };
  networks->raise_default();
  BOOST_TEST(waiting.get() == "failed to set up container networking: the engine is shutting down");
}

BOOST_AUTO_TEST_CASE(a_reference_on_record_names_nothing_when_it_fits_several) {
  put_networks_whose_ids_begin_with("b2");
  BOOST_TEST(fault_of([&] { networks->find("b2"); }, Errc::invalid) ==
             "network b2 is ambiguous (2 matches found based on ID prefix)");
  // It was on another network when it was made, and has left that one since.
  ContainerRecord moved = container("web", "first");
  moved.host_config.network_mode = "b2";
  networks->bring_up(moved);
  BOOST_TEST(moved.endpoints.contains("first"));
}

BOOST_AUTO_TEST_SUITE_END()
