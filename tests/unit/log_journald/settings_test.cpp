#include "settings.hpp"

#include <boost/test/unit_test.hpp>
#include <gantry/cpp/error.hpp>

using namespace log_journald;

BOOST_AUTO_TEST_SUITE(settings)

BOOST_AUTO_TEST_CASE(the_socket_is_journalds_unless_told_otherwise) {
  BOOST_TEST(parse_settings("{}").socket == "/run/systemd/journal/socket");
  BOOST_TEST(parse_settings("").socket == "/run/systemd/journal/socket");
  BOOST_TEST(parse_settings(R"({"socket":"/tmp/j"})").socket == "/tmp/j");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_meant_is_named) {
  const auto error_of = [](const std::string& json) {
    try {
      parse_settings(json);
    } catch (const gantry::sdk::Error& e) {
      BOOST_TEST(e.code() == GANTRY_INVALID);
      return std::string(e.what());
    }
    return std::string("no error");
  };
  BOOST_TEST(error_of(R"({"path":"/x"})") == "unknown key \"path\"");
  BOOST_TEST(error_of(R"({"socket":"x"})") == "\"socket\" must be an absolute path");
  BOOST_TEST(error_of(R"({"socket":""})") == "\"socket\" must be an absolute path");
  BOOST_TEST(error_of(R"({"socket":1})") == "\"socket\" must be a string");
  BOOST_TEST(error_of(R"({"socket":"/)" + std::string(200, 'x') + "\"}") ==
             "\"socket\" is too long for the address of a socket");
}

BOOST_AUTO_TEST_SUITE_END()
