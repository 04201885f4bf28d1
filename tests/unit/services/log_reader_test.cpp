// The reader of container logs: forwards, backwards, torn tails, rotation, and where reading
// begins.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

#include "core/services/containers/container_logs.hpp"
#include "tests/unit/services/log_record_bytes.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using services::LogQuery;
const auto record = test::log_record;

namespace {

struct Log {
  void append(const std::string& bytes, const char* name = "log") {
    std::ofstream(directory / name, std::ios::binary | std::ios::app) << bytes;
  }
  /// What `docker logs` of a container with a terminal prints: payloads without frames.
  std::string read(const LogQuery& query, bool tty = true) {
    std::string out;
    services::LogFramer framer({!tty, query.timestamps, {}}, [&](std::string_view piece) {
      out += piece;
      return true;
    });
    services::LogSession session(directory / "log", query.window(), framer);
    session.read();
    session.finish();
    return out;
  }
  static LogQuery all() {
    LogQuery query;
    query.out = query.err = true;
    return query;
  }
  static LogQuery tail(std::uint64_t lines) {
    LogQuery query = all();
    query.tail = lines;
    return query;
  }
  test::TemporaryDirectory directory;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_reader, Log)

BOOST_AUTO_TEST_CASE(the_layout_is_that_of_the_sdk) {
  static_assert(services::kLogMagic == GANTRY_LOG_MAGIC);
  static_assert(services::kLogMaxPayload == GANTRY_LOG_MAX_PAYLOAD);
  static_assert(sizeof(services::LogHeader) == sizeof(gantry_log_header));
  static_assert(offsetof(services::LogHeader, time_ns) == offsetof(gantry_log_header, time_ns));
  static_assert(offsetof(services::LogHeader, stream) == offsetof(gantry_log_header, stream));
}

BOOST_AUTO_TEST_CASE(no_file_and_an_empty_file_have_no_lines) {
  BOOST_TEST(read(all()) == "");
  append("");
  BOOST_TEST(read(all()) == "");
  BOOST_TEST(read(tail(5)) == "");
}

BOOST_AUTO_TEST_CASE(the_last_lines_are_counted_over_both_streams) {
  append(record(1, 1, "one\ntwo\n") + record(2, 2, "three\n") + record(3, 1, "four\n"));
  BOOST_TEST(read(tail(0)) == "");
  BOOST_TEST(read(tail(1)) == "four\n");
  BOOST_TEST(read(tail(2)) == "three\nfour\n");
  BOOST_TEST(read(tail(3)) == "two\nthree\nfour\n");
  BOOST_TEST(read(tail(4)) == "one\ntwo\nthree\nfour\n");
  BOOST_TEST(read(tail(1000)) == read(all()));
}

BOOST_AUTO_TEST_CASE(an_unfinished_last_line_counts_as_one) {
  append(record(1, 1, "one\ntwo\npart"));
  BOOST_TEST(read(tail(1)) == "part");
  BOOST_TEST(read(tail(2)) == "two\npart");
}

BOOST_AUTO_TEST_CASE(a_line_over_several_records_is_one_line) {
  append(record(1, 1, "first\nbe") + record(2, 1, "gin") + record(3, 1, "ning\nlast\n"));
  BOOST_TEST(read(tail(2)) == "beginning\nlast\n");
  BOOST_TEST(read(tail(1)) == "last\n");
}

BOOST_AUTO_TEST_CASE(a_torn_record_at_the_end_reads_as_the_end) {
  const std::string whole = record(1, 1, "one\n") + record(2, 1, "two\n");
  const std::string torn = record(3, 1, "three\n");
  for (size_t cut = 0; cut < torn.size(); ++cut) {
    Log log;
    log.append(whole + torn.substr(0, cut));
    BOOST_TEST(log.read(all()) == "one\ntwo\n", "forwards, cut at " << cut);
    BOOST_TEST(log.read(tail(1)) == "two\n", "backwards, cut at " << cut);
  }
}

BOOST_AUTO_TEST_CASE(a_header_that_cannot_be_is_never_believed) {
  std::string lying = record(2, 1, "two\n");
  const std::uint32_t huge = GANTRY_LOG_MAX_PAYLOAD + 1;
  std::memcpy(lying.data() + offsetof(gantry_log_header, length), &huge, sizeof huge);
  append(record(1, 1, "one\n") + lying);
  BOOST_TEST(read(all()) == "one\n");
  BOOST_TEST(read(tail(3)) == "one\n");
}

BOOST_AUTO_TEST_CASE(damage_hides_no_whole_record_behind_it_or_before_it) {
  const std::string one = record(1, 1, "one\n"), two = record(2, 1, "two\n");
  const std::string three = record(3, 1, "three\n"), four = record(4, 1, "four\n");
  const std::string nuls(100'000, '\0');
  for (const std::string& damaged :
       {nuls + two, two + nuls, "GLG1" + two, two + one.substr(0, 30), one.substr(0, 30) + two,
        two + record(9, 1, std::string(100'000, 'x')).substr(0, 40), "xGLG" + two}) {
    Log log;
    log.append(one + damaged + three + four);
    BOOST_TEST(log.read(all()) == "one\ntwo\nthree\nfour\n");
    BOOST_TEST(log.read(tail(1)) == "four\n");
    BOOST_TEST(log.read(tail(3)) == "two\nthree\nfour\n");
    BOOST_TEST(log.read(tail(9)) == log.read(all()));
  }
}

BOOST_AUTO_TEST_CASE(a_record_with_bytes_cut_out_is_missing_alone) {
  const std::string two = record(2, 1, "two\n");
  for (size_t at = 0; at + 3 <= two.size(); ++at) {
    Log log;
    log.append(record(1, 1, "one\n") + two.substr(0, at) + two.substr(at + 3) +
               record(3, 1, "three\n") + record(4, 1, "four\n"));
    BOOST_TEST(log.read(all()) == "one\nthree\nfour\n", "cut at " << at);
    BOOST_TEST(log.read(tail(3)) == "one\nthree\nfour\n", "cut at " << at);
  }
}

BOOST_AUTO_TEST_CASE(what_is_appended_behind_a_damaged_end_is_read) {
  const std::string whole = record(1, 1, "one\n");
  for (const std::string& end :
       {std::string(5000, '\0'), whole.substr(0, 30), whole.substr(0, 3)}) {
    Log log;
    log.append(whole + end);
    std::string out;
    services::LogFramer framer({false, false, {}}, [&](std::string_view piece) {
      out += piece;
      return true;
    });
    services::LogSession session(log.directory / "log", all().window(), framer);
    session.read();
    BOOST_TEST(out == "one\n");
    log.append(record(2, 1, "two\n") + record(3, 1, "three\n"));
    session.read();
    BOOST_TEST(out == "one\ntwo\nthree\n");
    BOOST_TEST(log.read(tail(2)) == "two\nthree\n");
  }
}

BOOST_AUTO_TEST_CASE(who_reads_while_it_is_written_misses_nothing) {
  constexpr std::ptrdiff_t kRecords = 1000;
  append("");
  const std::jthread writer([this] {
    std::ofstream log(directory / "log", std::ios::binary | std::ios::app);
    const std::string bytes = record(1, 1, std::string(60'000, 'x') + "\n");
    for (std::ptrdiff_t i = 0; i < kRecords; ++i) log << bytes << std::flush;
  });
  std::ptrdiff_t lines = 0;
  services::LogFramer framer({false, false, {}}, [&](std::string_view piece) {
    lines += std::count(piece.begin(), piece.end(), '\n');
    return true;
  });
  services::LogSession session(directory / "log", all().window(), framer);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (lines < kRecords) {
    session.read();
    BOOST_REQUIRE(std::chrono::steady_clock::now() < deadline);
  }
  BOOST_TEST(lines == kRecords);
}

BOOST_AUTO_TEST_CASE(since_and_until_cut_by_the_time_of_the_records) {
  append(record(10, 1, "ten\n") + record(20, 1, "twenty\n") + record(30, 1, "thirty\n"));
  LogQuery query = all();
  query.since = 20;
  BOOST_TEST(read(query) == "twenty\nthirty\n");
  query.until = 20;
  BOOST_TEST(read(query) == "twenty\n");
  query.since = 0;
  query.until = 15;
  BOOST_TEST(read(query) == "ten\n");
  query.since = 31;
  query.until = 0;
  BOOST_TEST(read(query) == "");
}

BOOST_AUTO_TEST_CASE(what_follows_a_record_that_is_new_enough_is_shown_whatever_its_time) {
  append(record(10, 1, "ten\n") + record(40, 1, "ahead\n") + record(12, 1, "set back\n"));
  LogQuery query = all();
  query.since = 30;
  BOOST_TEST(read(query) == "ahead\nset back\n");
  query.since = 11;
  BOOST_TEST(read(query) == "ahead\nset back\n");
  query.since = 41;
  BOOST_TEST(read(query) == "");
}

BOOST_AUTO_TEST_CASE(a_record_before_older_ones_is_found_in_another_file_too) {
  append(record(10, 1, "ten\n") + record(40, 1, "ahead\nof"), "log.1");
  append(record(12, 1, " time\n") + record(13, 2, "err\n"), "log");
  LogQuery query = all();
  query.since = 30;
  BOOST_TEST(read(query) == "ahead\nof time\nerr\n");
}

BOOST_AUTO_TEST_CASE(rotated_files_are_read_oldest_first) {
  append(record(1, 1, "oldest\n"), "log.2");
  append(record(2, 1, "older\nsp"), "log.1");
  append(record(3, 1, "lit\nnew\n"), "log");
  BOOST_TEST(read(all()) == "oldest\nolder\nsplit\nnew\n");
  BOOST_TEST(read(tail(2)) == "split\nnew\n");
  BOOST_TEST(read(tail(3)) == "older\nsplit\nnew\n");
}

BOOST_AUTO_TEST_CASE(a_rotation_between_its_two_steps_still_finds_what_was_written) {
  append(record(1, 1, "kept\n"), "log.1");  // "log" was renamed, the new one is not there yet
  BOOST_TEST(read(all()) == "kept\n");
}

BOOST_AUTO_TEST_CASE(without_a_terminal_each_line_has_its_frame_and_stream) {
  append(record(1, 1, "out\n") + record(2, 2, "err\n"));
  const std::string framed = read(all(), false);
  BOOST_TEST(framed == std::string("\1\0\0\0\0\0\0\4out\n\2\0\0\0\0\0\0\4err\n", 24));
  LogQuery only = all();
  only.out = false;
  BOOST_TEST(read(only, false) == std::string("\2\0\0\0\0\0\0\4err\n", 12));
}

BOOST_AUTO_TEST_CASE(any_byte_value_passes) {
  std::string bytes;
  for (int value = 0; value < 256; ++value) bytes += static_cast<char>(value);
  append(record(1, 1, bytes + "\n"));
  BOOST_TEST((read(all()) == bytes + "\n"));
}

BOOST_AUTO_TEST_CASE(records_bigger_than_the_buffers_are_walked_both_ways) {
  const std::string big(700'000, 'x');
  append(record(1, 1, "first\n") + record(2, 1, big + "\n") + record(3, 1, big + "\n") +
         record(4, 1, "last\n"));
  BOOST_TEST(read(all()).size() == 2 * big.size() + 13);
  BOOST_TEST((read(tail(2)) == big + "\nlast\n"));
}

BOOST_AUTO_TEST_SUITE_END()
