#include "driver.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>

#include "tests/unit/log_journald/journal.hpp"
#include "tests/unit/log_journald/lines.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace log_journald;
using gantry::sdk::Error;
using gantry::sdk::LogLine;
using gantry::sdk::Op;
using test::Line;

namespace {

struct Fixture {
  gantry::test::TemporaryDirectory directory;
  const std::filesystem::path path = directory / "journal";
  std::optional<test::Journal> journal{path};
  Driver driver{Settings{path}};
  const std::unique_ptr<gantry::sdk::LogStream> stream = driver.open(source());

  static gantry::sdk::LogSource source() {
    gantry::sdk::LogSource source;
    source.id = std::string(64, 'a');
    source.name = "web";
    source.tag = "t";
    return source;
  }
  std::uint32_t write(const std::vector<LogLine>& lines) {
    std::uint32_t taken = 0;
    stream->write(lines, taken, Op(nullptr));
    return taken;
  }
  /// The field's value in the next entry; "" when it has none.
  std::string next(const std::string& field) {
    const std::string entry = "\n" + journal->receive().bytes;
    const auto at = entry.find("\n" + field + "=");
    if (at == std::string::npos) return "";
    const auto value = at + field.size() + 2;
    return entry.substr(value, entry.find('\n', value) - value);
  }
  auto refused(int code, const std::string& message) {
    return [=](const Error& e) { return e.code() == code && e.what() == message; };
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(driver, Fixture)

BOOST_AUTO_TEST_CASE(there_are_no_options) {
  driver.check({});
  BOOST_CHECK_EXCEPTION(driver.check({{"x", "1"}}), Error,
                        refused(GANTRY_INVALID, "unknown log opt 'x' for journald log driver"));
}

BOOST_AUTO_TEST_CASE(a_host_without_a_journal_is_told_at_once) {
  journal.reset();
  BOOST_CHECK_EXCEPTION(driver.check({}), Error,
                        refused(GANTRY_UNAVAILABLE, "journald is not enabled on this host"));
  driver.open(source());  // what runs already waits for it
}

BOOST_AUTO_TEST_CASE(an_entry_has_the_lines_fields_and_the_containers) {
  BOOST_TEST(write({Line("hello", test::kStderr)}) == 1u);
  BOOST_TEST(journal->receive().bytes ==
             "MESSAGE=hello\nPRIORITY=3\nSYSLOG_TIMESTAMP=2023-11-14T22:13:20.12Z\n"
             "CONTAINER_ID=aaaaaaaaaaaa\nCONTAINER_ID_FULL=" +
                 std::string(64, 'a') +
                 "\nCONTAINER_NAME=web\nCONTAINER_TAG=t\nIMAGE_NAME=\nSYSLOG_IDENTIFIER=t\n");
}

BOOST_AUTO_TEST_CASE(the_lines_before_a_failure_are_taken) {
  journal.reset();
  std::uint32_t taken = 0;
  BOOST_CHECK_THROW(stream->write({Line("a"), Line("b")}, taken, Op(nullptr)), Error);
  BOOST_TEST(taken == 0u);
  journal.emplace(path);
  int looks = 0;
  const test::Operation operation([&] { return ++looks == 3; });
  BOOST_CHECK_EXCEPTION(stream->write({Line("a"), Line("b"), Line("c")}, taken, operation), Error,
                        refused(GANTRY_CANCELLED, "cancelled"));
  BOOST_TEST(taken == 2u);
  BOOST_TEST(next("MESSAGE") == "a");
  BOOST_TEST(next("MESSAGE") == "b");
  BOOST_TEST(journal->is_empty());
}

BOOST_AUTO_TEST_CASE(pieces_of_a_line_share_an_id_and_no_other_has_it) {
  write({Line("1", test::kStdout, 1, false), Line("e", test::kStderr, 1, false),
         Line("2", test::kStdout, 2, false)});
  const std::string id = next("CONTAINER_PARTIAL_ID"), other = next("CONTAINER_PARTIAL_ID");
  BOOST_TEST(id.size() == 64u);
  BOOST_TEST(id.find_first_not_of("0123456789abcdef") == std::string::npos);
  BOOST_TEST(other != id);
  BOOST_TEST(next("CONTAINER_PARTIAL_ID") == id);
  write({Line("3", test::kStdout, 3, true), Line("1", test::kStdout, 1, false), Line("whole")});
  BOOST_TEST(next("CONTAINER_PARTIAL_ID") == id);
  BOOST_TEST(next("CONTAINER_PARTIAL_ID") != id);
  BOOST_TEST(next("CONTAINER_PARTIAL_ID") == "");
}

BOOST_AUTO_TEST_CASE(a_line_that_goes_on_after_a_restart_or_a_failure_has_one_id) {
  write({Line("3", test::kStdout, 3, false)});
  const std::string id = next("CONTAINER_PARTIAL_ID");
  BOOST_TEST(id.size() == 64u);
  journal.reset();
  BOOST_CHECK_THROW(write({Line("4", test::kStdout, 4, true)}), Error);
  journal.emplace(path);
  write({Line("4", test::kStdout, 4, true)});
  BOOST_TEST(next("CONTAINER_PARTIAL_ID") == id);
}

BOOST_AUTO_TEST_SUITE_END()
