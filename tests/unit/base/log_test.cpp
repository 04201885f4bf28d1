#include "core/base/log.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/captured_stderr.hpp"

using namespace gantry;

namespace {

struct Restore {
  ~Restore() { log::configure(log::Level::info, log::Format::text); }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(lines_below_the_level_are_not_written, Restore) {
  test::CapturedStderr capture;
  log::configure(log::Level::warn, log::Format::text);
  log::info("quiet");
  log::warn("loud");
  const std::string text = capture.text();
  BOOST_TEST(text.find("quiet") == std::string::npos);
  BOOST_TEST(text.find("level=warning msg=\"loud\"\n") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_message_cannot_forge_a_second_line, Restore) {
  test::CapturedStderr capture;
  log::configure(log::Level::info, log::Format::json);
  log::error("a\nlevel=\"b\"\x1b[31m\\");
  const std::string text = capture.text();
  BOOST_TEST(text.find('\n') == text.size() - 1);
  BOOST_TEST(text.find(R"("level":"error","msg":"a\nlevel=\"b\"\u001b[31m\\"})") !=
             std::string::npos);
}
