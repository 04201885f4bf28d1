// What a log driver gets of a container's log: lines and pieces, and from where it goes on after
// any of them.
#include "core/services/logs/log_lines.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "core/services/logs/log_session.hpp"
#include "tests/unit/services/log_record_bytes.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace gantry::services {
namespace {

constexpr size_t kLongest = 16384;
const auto record = test::log_record;

/// "1:text", pieces "1:text#2", the last one "1:text#2.".
std::string shown(const pluginhost::LogLine& line) {
  std::string text = std::to_string(line.stream) + ":" + std::string(line.text);
  if (line.piece != 0) text += "#" + std::to_string(line.piece) + (line.last ? "." : "");
  return text;
}

struct Log {
  void append(const std::string& bytes, const char* name = "log") {
    std::ofstream(directory / name, std::ios::binary | std::ios::app) << bytes;
  }
  /// All lines from the marks on; stops after `most`, with the marks behind the last one.
  std::vector<std::string> read(size_t most = 100'000, bool ended = false) {
    std::vector<std::string> all;
    LogWindow window;
    const std::optional<LogMarks> from = marks.read();
    if (from) window.start = [&](const LogSet& set) { return from->start(set); };
    LogLines lines(from.value_or(LogMarks{}), [&](auto some, auto after) {
      for (size_t i = 0; i < some.size(); ++i) {
        if (all.size() == most) return false;
        all.push_back(shown(some[i]));
        times.push_back(some[i].time);
        marks.write(after[i]);
      }
      return true;
    });
    LogSession session(directory / "log", window, lines);
    if (session.read() == LogSession::End::done) return all;
    if (ended)
      lines.finish();
    else
      lines.flush();
    return all;
  }
  test::TemporaryDirectory directory;
  LogMarkFile marks{directory / "marks"};
  std::vector<UnixNanos> times;
};

using Lines = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_lines, Log)

BOOST_AUTO_TEST_CASE(lines_come_without_their_newlines_once) {
  append(record(1, 1, "one\ntwo\n") + record(2, 2, "\n") + record(3, 1, std::string("a\0b\n", 4)));
  BOOST_TEST(read() == (Lines{"1:one", "1:two", "2:", "1:" + std::string("a\0b", 3)}),
             boost::test_tools::per_element());
  BOOST_TEST(times == (std::vector<UnixNanos>{1, 1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(read().empty());
  append(record(4, 1, "more\n"));
  BOOST_TEST(read() == Lines{"1:more"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_line_waits_for_its_end_and_keeps_the_time_of_its_beginning) {
  append(record(1, 1, "one\nbe") + record(2, 2, "other\n") + record(3, 1, "gin"));
  BOOST_TEST(read() == (Lines{"1:one", "2:other"}), boost::test_tools::per_element());
  append(record(4, 1, "ning\n"));
  times.clear();
  BOOST_TEST(read() == Lines{"1:beginning"}, boost::test_tools::per_element());
  BOOST_TEST(times == std::vector<UnixNanos>{1}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(at_the_end_what_was_begun_is_a_line_and_not_sent_again) {
  append(record(1, 1, "whole\npart") + record(2, 2, "wrong"));
  BOOST_TEST(read(100, true) == (Lines{"1:whole", "1:part", "2:wrong"}),
             boost::test_tools::per_element());
  append(record(3, 1, "next run\n"));
  BOOST_TEST(read() == Lines{"1:next run"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(from_any_line_on_nothing_is_lost_and_nothing_comes_twice) {
  append(record(1, 1, "a\nb") + record(2, 2, "x\ny\nz") + record(3, 1, "c\nd\n") +
         record(4, 2, "z\nw\n") + record(5, 1, "e\n"));
  Log whole;
  std::filesystem::copy(directory / "log", whole.directory / "log");
  const Lines all = whole.read();
  BOOST_TEST(all.size() == 8u);
  for (size_t first = 0; first <= all.size(); ++first) {
    Log again;
    std::filesystem::copy(directory / "log", again.directory / "log");
    Lines both = again.read(first);
    BOOST_TEST(both.size() == first);
    for (std::string& line : again.read()) both.push_back(std::move(line));
    BOOST_TEST(both == all, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_line_of_the_longest_size_is_whole_a_longer_one_comes_in_pieces) {
  const std::string full(kLongest, 'x');
  append(record(1, 1, full + "\n") + record(2, 1, full + "y\n") + record(3, 1, full) +
         record(4, 1, full) + record(5, 1, "\n" + full) + record(6, 1, "\nshort\n"));
  BOOST_TEST(read() == (Lines{"1:" + full, "1:" + full + "#1", "1:y#2.", "1:" + full + "#1",
                              "1:" + full + "#2.", "1:" + full, "1:short"}),
             boost::test_tools::per_element());
  // All pieces of a line have the time of its beginning.
  BOOST_TEST(times == (std::vector<UnixNanos>{1, 2, 2, 3, 3, 5, 6}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(rotation_moves_no_mark) {
  append(record(1, 1, "one\ntwo\n"));
  BOOST_TEST(read(1) == Lines{"1:one"}, boost::test_tools::per_element());
  std::filesystem::rename(directory / "log", directory / "log.1");
  append(record(2, 1, "three\n"));
  BOOST_TEST(read(1) == Lines{"1:two"}, boost::test_tools::per_element());
  std::filesystem::rename(directory / "log.1", directory / "log.2");
  std::filesystem::rename(directory / "log", directory / "log.1");
  append(record(3, 2, "four\n"));
  BOOST_TEST(read() == (Lines{"1:three", "2:four"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_rotated_away_is_gone_and_the_rest_comes) {
  append(record(1, 1, "one\ntwo\n"));
  BOOST_TEST(read(1).size() == 1u);
  std::filesystem::remove(directory / "log");
  append(record(2, 1, "three\n"));
  BOOST_TEST(read() == Lines{"1:three"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_mark_behind_what_a_crash_left_of_the_log_goes_on_with_what_follows) {
  const std::string first = record(1, 1, "one\n");
  append(first + record(2, 1, "two\n") + record(3, 2, "three\n"));
  BOOST_TEST(read().size() == 3u);
  std::filesystem::resize_file(directory / "log", first.size());
  BOOST_TEST(read().empty());
  append(record(4, 1, "four\nfive\n"));
  BOOST_TEST(read() == (Lines{"1:four", "1:five"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(damaged_marks_are_none) {
  append(record(1, 1, "one\n"));
  BOOST_TEST(read().size() == 1u);
  std::filesystem::resize_file(directory / "marks", 20);
  BOOST_TEST(read() == Lines{"1:one"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(much_is_delivered_in_batches) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += std::to_string(i) + "\n";
  append(record(1, 1, text));
  const Lines all = read();
  BOOST_TEST(all.size() == 5000u);
  BOOST_TEST(all.back() == "1:4999");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::services
