#include "journal_socket.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>

#include "tests/unit/log_journald/journal.hpp"
#include "tests/unit/log_journald/lines.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace log_journald;
using gantry::sdk::Error;
using gantry::sdk::Op;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kAllSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

struct Fixture {
  gantry::test::TemporaryDirectory directory;
  const std::filesystem::path path = directory / "journal";
  std::optional<test::Journal> journal{path};

  /// The code that sending throws; GANTRY_OK: none.
  static int code_of(JournalSocket& socket, const Op& op = Op(nullptr)) {
    try {
      socket.send("MESSAGE=x\n", op);
      return GANTRY_OK;
    } catch (const Error& e) {
      return e.code();
    }
  }
  /// Until nothing more goes in; gives what this said.
  static int fill(JournalSocket& socket) {
    for (int i = 0; i < 100000; ++i)
      if (const int code = code_of(socket); code != GANTRY_OK) return code;
    return GANTRY_OK;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(journal_socket, Fixture)

BOOST_AUTO_TEST_CASE(an_entry_is_a_datagram) {
  JournalSocket socket(path);
  socket.send("MESSAGE=one\n", Op(nullptr));
  socket.send("MESSAGE=two\n", Op(nullptr));
  const auto one = journal->receive(), two = journal->receive();
  BOOST_TEST(one.bytes == "MESSAGE=one\n");
  BOOST_TEST(two.bytes == "MESSAGE=two\n");
  BOOST_TEST(one.seals == 0);
  BOOST_TEST(journal->is_empty());
}

BOOST_AUTO_TEST_CASE(a_large_entry_comes_in_sealed_memory) {
  JournalSocket socket(path);
  std::string large = "MESSAGE=" + std::string(3 << 20, 'x') + "\n";
  large[100] = '\0';
  socket.send(large, Op(nullptr));
  socket.send("MESSAGE=small\n", Op(nullptr));
  const auto entry = journal->receive();
  BOOST_TEST((entry.bytes == large));
  BOOST_TEST((entry.seals & kAllSeals) == kAllSeals);
  BOOST_TEST(journal->receive().bytes == "MESSAGE=small\n");
}

BOOST_AUTO_TEST_CASE(nobody_there_is_unavailable_until_somebody_is) {
  journal.reset();
  JournalSocket socket(path);
  BOOST_CHECK_EXCEPTION(socket.send("MESSAGE=x\n", Op(nullptr)), Error, [&](const Error& e) {
    return e.code() == GANTRY_UNAVAILABLE &&
           e.what() == "journald: connect to " + path.string() + ": No such file or directory";
  });
  journal.emplace(path);
  BOOST_TEST(code_of(socket) == GANTRY_OK);
  BOOST_TEST(journal->receive().bytes == "MESSAGE=x\n");
}

BOOST_AUTO_TEST_CASE(a_journal_that_was_started_again_is_found) {
  JournalSocket socket(path);
  BOOST_TEST(code_of(socket) == GANTRY_OK);
  journal.reset();
  BOOST_TEST(code_of(socket) == GANTRY_UNAVAILABLE);
  journal.emplace(path);
  BOOST_TEST(code_of(socket) == GANTRY_OK);
  journal.reset();
  journal.emplace(path);
  BOOST_TEST(code_of(socket) == GANTRY_OK, "it went and came unnoticed");
  BOOST_TEST(journal->receive().bytes == "MESSAGE=x\n");
}

BOOST_AUTO_TEST_CASE(a_full_journal_is_a_timeout_and_takes_on_when_it_was_read) {
  JournalSocket socket(path, std::chrono::milliseconds(50));
  BOOST_TEST(fill(socket) == GANTRY_TIMEOUT);
  journal->receive();
  BOOST_TEST(code_of(socket) == GANTRY_OK);
}

BOOST_AUTO_TEST_CASE(who_waits_for_room_can_be_cancelled) {
  JournalSocket impatient(path, std::chrono::milliseconds(0));
  BOOST_TEST(fill(impatient) == GANTRY_TIMEOUT);
  JournalSocket patient(path, std::chrono::hours(1));
  int looks = 0;
  const test::Operation operation([&] { return ++looks == 3; });
  const auto begun = Clock::now();
  BOOST_TEST(code_of(patient, operation) == GANTRY_CANCELLED);
  BOOST_TEST(looks == 3);
  BOOST_TEST((Clock::now() - begun < std::chrono::seconds(5)));
}

BOOST_AUTO_TEST_CASE(a_deadline_is_shorter_than_patience) {
  JournalSocket impatient(path, std::chrono::milliseconds(0));
  BOOST_TEST(fill(impatient) == GANTRY_TIMEOUT);
  JournalSocket patient(path, std::chrono::hours(1));
  test::Operation operation([] { return false; });
  operation.set_deadline((Clock::now() + std::chrono::milliseconds(20)).time_since_epoch().count());
  BOOST_TEST(code_of(patient, operation) == GANTRY_TIMEOUT);
}

BOOST_AUTO_TEST_CASE(room_wakes_who_waits) {
  JournalSocket impatient(path, std::chrono::milliseconds(0));
  BOOST_TEST(fill(impatient) == GANTRY_TIMEOUT);
  JournalSocket patient(path, std::chrono::hours(1));
  int looks = 0;
  const test::Operation operation([&] {
    if (++looks == 2) journal->receive();
    return looks == 1000;
  });
  BOOST_TEST(code_of(patient, operation) == GANTRY_OK);
}

BOOST_AUTO_TEST_SUITE_END()
