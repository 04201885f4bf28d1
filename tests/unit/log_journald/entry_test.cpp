#include "entry.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/log_journald/lines.hpp"

using namespace log_journald;
using test::Line;

namespace {

std::string field(std::string_view name, std::string_view value) {
  std::string entry;
  append_field(entry, name, value);
  return entry;
}

gantry::sdk::LogSource source() {
  gantry::sdk::LogSource source;
  source.id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  source.name = "web";
  source.image = "busybox:latest";
  source.tag = "0123456789ab";
  return source;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(entry)

BOOST_AUTO_TEST_CASE(a_value_of_one_line_stands_after_an_equals_sign) {
  using namespace std::string_literals;
  BOOST_TEST(field("MESSAGE", "a=b") == "MESSAGE=a=b\n");
  BOOST_TEST(field("MESSAGE", "") == "MESSAGE=\n");
  BOOST_TEST(field("MESSAGE", "\0\xff\r\x1b"s) == "MESSAGE=\0\xff\r\x1b\n"s);
}

BOOST_AUTO_TEST_CASE(a_value_with_newlines_has_its_length_before_it) {
  using namespace std::string_literals;
  BOOST_TEST(field("A", "x\ny") == "A\n\3\0\0\0\0\0\0\0x\ny\n"s);
  BOOST_TEST(field("A", "\n") == "A\n\1\0\0\0\0\0\0\0\n\n"s);
  const std::string large(0x10203, '\n');
  BOOST_TEST(field("A", large).substr(0, 10) == "A\n\3\2\1\0\0\0\0\0"s);
}

BOOST_AUTO_TEST_CASE(names_are_cleaned_as_docker_does) {
  BOOST_TEST(field_name("com.example.Label-1") == "COM_EXAMPLE_LABEL_1");
  BOOST_TEST(field_name("__hidden") == "HIDDEN");
  BOOST_TEST(field_name(".a..b.") == "A__B_");
  BOOST_TEST(field_name("1st") == "1ST");
  BOOST_TEST(field_name("naïve=\n") == "NA_VE__");
  BOOST_TEST(field_name("日本") == "");
  BOOST_TEST(field_name("x日本") == "X__");
  BOOST_TEST(field_name("@[`{/:") == "");
}

BOOST_AUTO_TEST_CASE(times_have_the_digits_that_they_need) {
  BOOST_TEST(timestamp(0) == "1970-01-01T00:00:00Z");
  BOOST_TEST(timestamp(1'700'000'000'120'000'000) == "2023-11-14T22:13:20.12Z");
  BOOST_TEST(timestamp(1'700'000'000'000'000'001) == "2023-11-14T22:13:20.000000001Z");
  BOOST_TEST(timestamp(1'709'208'000'000'000'000) == "2024-02-29T12:00:00Z");
}

BOOST_AUTO_TEST_CASE(a_container_is_named_as_in_docker) {
  const std::string id = source().id;
  BOOST_TEST(source_fields(source()) == "CONTAINER_ID=0123456789ab\nCONTAINER_ID_FULL=" + id +
                                            "\nCONTAINER_NAME=web\nCONTAINER_TAG=0123456789ab\n"
                                            "IMAGE_NAME=busybox:latest\n"
                                            "SYSLOG_IDENTIFIER=0123456789ab\n");
}

BOOST_AUTO_TEST_CASE(attributes_are_fields_but_do_not_say_what_lines_say) {
  auto labelled = source();
  labelled.attributes = {{"com.example.note", "two\nlines"},
                         {"container_tag", "mine"},
                         {"message", "m"},
                         {"Priority", "0"},
                         {"container_partial_message", "true"},
                         {"...", "nameless"}};
  const std::string fields = source_fields(labelled);
  BOOST_TEST(fields.find("CONTAINER_TAG=mine\n") != std::string::npos);
  BOOST_TEST(fields.find(field("COM_EXAMPLE_NOTE", "two\nlines")) != std::string::npos);
  for (const char* absent : {"MESSAGE", "PRIORITY", "PARTIAL", "nameless", "0123456789ab\nIMAGE"})
    BOOST_TEST(fields.find(absent) == std::string::npos, absent);
}

BOOST_AUTO_TEST_CASE(a_line_has_its_text_its_level_and_its_time) {
  BOOST_TEST(line_fields(Line("hello"), "") ==
             "MESSAGE=hello\nPRIORITY=6\nSYSLOG_TIMESTAMP=2023-11-14T22:13:20.12Z\n");
  BOOST_TEST(line_fields(Line("", test::kStderr), "") ==
             "MESSAGE=\nPRIORITY=3\nSYSLOG_TIMESTAMP=2023-11-14T22:13:20.12Z\n");
}

BOOST_AUTO_TEST_CASE(pieces_are_numbered_and_the_last_one_is_known) {
  const std::string head = "PRIORITY=6\nSYSLOG_TIMESTAMP=1970-01-01T00:00:00Z\n";
  BOOST_TEST(line_fields(Line("a", test::kStdout, 1, false, 0), "id") ==
             "MESSAGE=a\n" + head +
                 "CONTAINER_PARTIAL_MESSAGE=true\nCONTAINER_PARTIAL_ID=id\n"
                 "CONTAINER_PARTIAL_ORDINAL=1\nCONTAINER_PARTIAL_LAST=false\n");
  BOOST_TEST(line_fields(Line("b", test::kStdout, 12, true, 0), "id") ==
             "MESSAGE=b\n" + head +
                 "CONTAINER_PARTIAL_ID=id\nCONTAINER_PARTIAL_ORDINAL=12\n"
                 "CONTAINER_PARTIAL_LAST=true\n");
}

BOOST_AUTO_TEST_SUITE_END()
