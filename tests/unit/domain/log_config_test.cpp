// LogConfig of a container, and the template of the option `tag`.
#include "core/domain/log_config.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/domain/log_tag.hpp"
#include "core/json/reader.hpp"

namespace gantry::domain {
namespace {

using Options = std::map<std::string, std::string>;

HostConfig parse(const std::string& text, const LogDefaults& defaults = {}) {
  HostConfig parsed;
  parse_log_config(json::Document::parse(text).root(), defaults, parsed);
  return parsed;
}

template <class Call>
std::string failure(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code() == Errc::invalid ? error.what() : "not invalid";
  }
  return "nothing";
}

std::string refusal(const std::string& text) {
  return failure([&] { parse(text); });
}

ContainerRecord record() {
  ContainerRecord web;
  web.id = "0123456789abcdef0123";
  web.name = "web";
  web.image_id = "sha256:fedcba9876543210aa";
  web.config.image = "shop/web:1";
  web.config.labels = {{"com.example/team", "red {{x}}"}};
  web.path = "serve";
  web.args = {"--port", "80"};
  return web;
}

std::string tag(const std::string& text) { return expand_log_tag(text, record(), "host"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(log_config)

BOOST_AUTO_TEST_CASE(who_names_no_driver_gets_the_default_with_its_options) {
  const LogDefaults defaults{"syslog", {{"syslog-facility", "user"}, {"tag", "x"}}};
  const HostConfig none = parse("{}", defaults);
  BOOST_TEST(none.log_type == "syslog");
  BOOST_TEST((none.log_options == defaults.options));
  const HostConfig same = parse(R"({"Type":"syslog","Config":{"tag":"y"}})", defaults);
  BOOST_TEST((same.log_options == Options{{"syslog-facility", "user"}, {"tag", "y"}}));
  const HostConfig other = parse(R"({"Type":"json-file"})", defaults);
  BOOST_TEST(other.log_type == "json-file");
  BOOST_TEST(other.log_options.empty());
  BOOST_TEST(parse("{}").log_type == "json-file");
}

BOOST_AUTO_TEST_CASE(options_of_the_log_file_belong_to_its_drivers) {
  BOOST_TEST(refusal(R"({"Config":{"max-size":"1m","compress":"true","mode":"blocking"}})") ==
             "nothing");
  BOOST_TEST(refusal(R"({"Config":{"odd":"1"}})") ==
             "unknown log opt 'odd' for json-file log driver");
  BOOST_TEST(refusal(R"({"Config":{"cache-max-size":"1m"}})") == "nothing");
  BOOST_TEST(refusal(R"({"Type":"none","Config":{"odd":"x"}})") == "nothing");
  // What a plugin says of its options is asked later.
  BOOST_TEST(refusal(R"({"Type":"syslog","Config":{"max-size":"1m"}})") == "nothing");
}

BOOST_AUTO_TEST_CASE(patterns_are_expressions_and_local_has_no_tag) {
  BOOST_TEST(refusal(R"({"Config":{"labels-regex":"^com\\.","env-regex":"A|B"}})") == "nothing");
  for (const char* name : {"labels-regex", "env-regex"})
    BOOST_TEST(refusal(R"({"Config":{")" + std::string(name) + R"(":"("}})") ==
               "invalid value for log option " + std::string(name) +
                   ": '(' is no regular expression, or too long a one");
  BOOST_TEST(refusal(R"({"Type":"local","Config":{"tag":"x"}})") ==
             "unknown log opt 'tag' for local log driver");
}

BOOST_AUTO_TEST_CASE(delivery_is_blocking_or_not) {
  BOOST_TEST(refusal(R"({"Config":{"mode":"maybe"}})") ==
             "logger: logging mode not supported: maybe");
  BOOST_TEST(refusal(R"({"Config":{"max-buffer-size":"1m"}})") ==
             "logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  BOOST_TEST(refusal(R"({"Config":{"mode":"non-blocking","max-buffer-size":"1m"}})") == "nothing");
}

BOOST_AUTO_TEST_CASE(flags_are_true_or_false) {
  BOOST_TEST(refusal(R"({"Config":{"compress":"maybe"}})") ==
             "invalid value for log option compress: 'maybe'");
  BOOST_TEST(is_log_hidden(parse(R"({"Type":"x","Config":{"cache-disabled":"1"}})")));
  BOOST_TEST(!is_log_hidden(parse(R"({"Type":"x","Config":{"cache-disabled":"false"}})")));
}

BOOST_AUTO_TEST_CASE(a_driver_sees_its_own_options_only) {
  const HostConfig config =
      parse(R"({"Type":"syslog","Config":{"mode":"blocking","labels":"a","env":"b",
      "tag":"t","cache-disabled":"true","syslog-format":"rfc5424","max-size":"1"}})");
  BOOST_TEST(is_forwarded(config));
  BOOST_TEST((driver_options(config) == Options{{"syslog-format", "rfc5424"}, {"max-size", "1"}}));
  BOOST_TEST(!is_forwarded(parse(R"({"Type":"local"})")));
  BOOST_TEST(!is_forwarded(parse(R"({"Type":"none"})")));
}

BOOST_AUTO_TEST_CASE(fields_of_a_tag_are_filled_in) {
  BOOST_TEST(tag("{{.ID}}") == "0123456789ab");
  BOOST_TEST(tag("{{ .Name }}/{{.ImageName}}") == "web/shop/web:1");
  BOOST_TEST(tag("a {{.ImageID}} {{.FullID}} b") == "a fedcba987654 0123456789abcdef0123 b");
  BOOST_TEST(tag("{{.Command}}@{{.DaemonName}}") == "serve --port 80@host");
  BOOST_TEST(tag("{{.ContainerName}} {{.ImageFullID}}") == "/web sha256:fedcba9876543210aa");
  BOOST_TEST(tag("") == "");
  BOOST_TEST(tag("plain } text {") == "plain } text {");
}

BOOST_AUTO_TEST_CASE(labels_come_in_as_they_are) {
  BOOST_TEST(tag(R"({{index .ContainerLabels "com.example/team"}}!)") == "red {{x}}!");
  BOOST_TEST(tag(R"({{index .ContainerLabels "none"}}!)") == "!");
}

BOOST_AUTO_TEST_CASE(a_template_that_cannot_be_read_is_refused) {
  BOOST_TEST(failure([] { tag("{{.ID"); }) == "invalid log option tag \"{{.ID\": unclosed action");
  BOOST_TEST(failure([] { tag("{{.Nobody}}"); }) ==
             "invalid log option tag \"{{.Nobody}}\": there is no field .Nobody");
  BOOST_TEST(failure([] { tag(R"({{index .ContainerLabels "})"); }) != "nothing");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::domain
