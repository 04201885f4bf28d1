// What instructions do to a configuration.
#include "core/build/config_instruction.hpp"

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;

BOOST_AUTO_TEST_SUITE(config_instructions)

BOOST_AUTO_TEST_CASE(changes_alter_the_configuration) {
  images::ImageDefaults d;
  apply_changes({"CMD [\"a\",\"b c\"]", "entrypoint run me", "ENV A=1 B=\"x y\"", "ENV A 2 3",
                 "EXPOSE 80 443/udp 90-91", "LABEL k=v \"k 2\"=w", "USER root", "VOLUME [\"/a\"]",
                 "VOLUME /b /a", "WORKDIR /w", "WORKDIR sub", "STOPSIGNAL SIGINT", "ONBUILD RUN x",
                 "HEALTHCHECK CMD curl x"},
                d);
  BOOST_TEST(*d.cmd == (std::vector<std::string>{"a", "b c"}));
  BOOST_TEST(*d.entrypoint == (std::vector<std::string>{"/bin/sh", "-c", "run me"}));
  BOOST_TEST(d.env == (std::vector<std::string>{"A=2 3", "B=x y"}));
  BOOST_TEST(d.exposed_ports ==
             (std::vector<std::string>{"443/udp", "80/tcp", "90/tcp", "91/tcp"}));
  BOOST_TEST(d.labels.at("k 2") == "w");
  BOOST_TEST(d.volumes == (std::vector<std::string>{"/a", "/b"}));
  BOOST_TEST(d.working_dir == "/w/sub");
  BOOST_TEST(d.stop_signal == "SIGINT");
  BOOST_TEST(*d.healthcheck_json == R"({"Test":["CMD-SHELL","curl x"]})");
  BOOST_TEST(error_text(Errc::invalid, [&] { apply_changes({"RUN x"}, d); }) ==
             "run is not a valid change command");
  BOOST_TEST(error_text(Errc::invalid, [&] { apply_changes({"USER"}, d); }) ==
             "USER requires exactly one argument");
  BOOST_TEST(error_text(Errc::invalid, [&] { apply_changes({"EXPOSE x"}, d); }) ==
             "invalid containerPort: x");
}

BOOST_AUTO_TEST_CASE(changes_are_one_dockerfile) {
  images::ImageDefaults d;
  d.cmd = {{"apk", "add", "x"}};
  d.env = {"PATH=/bin", "PORT=8080", "NONE="};
  d.shell = {"/bin/ash", "-e"};
  apply_changes(
      {"# first\nENV PATH=/opt:$PATH \\\n  B=\"${PORT}/x\" C='$PORT'\n\nEXPOSE $PORT",
       "ENTRYPOINT serve", "USER ${WHO:-nobody}", "LABEL at=${PORT:+on} \"$PORT\"=\\$PORT"},
      d);
  BOOST_TEST(d.env == (std::vector<std::string>{"PATH=/opt:/bin", "PORT=8080", "NONE=", "B=8080/x",
                                                "C=$PORT"}));
  BOOST_TEST(d.exposed_ports == std::vector<std::string>{"8080/tcp"});
  BOOST_TEST(!d.cmd);
  BOOST_TEST(*d.entrypoint == (std::vector<std::string>{"/bin/ash", "-e", "serve"}));
  BOOST_TEST(d.user == "nobody");
  BOOST_TEST(d.labels.at("at") == "on");
  BOOST_TEST(d.labels.at("8080") == "$PORT");
  apply_changes({"CMD [\"kept\"]", "ENTRYPOINT [\"e\"]"}, d);
  BOOST_TEST(*d.cmd == std::vector<std::string>{"kept"});
}

namespace {

using List = std::vector<std::string>;

images::ImageDefaults after(const List& changes, images::ImageDefaults defaults = {}) {
  apply_changes(changes, defaults);
  return defaults;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_docker_refuses_is_refused_in_its_words) {
  const std::pair<const char*, const char*> kTable[] = {
      {"COPY a b", "copy is not a valid change command"},
      {"FOO a", "foo is not a valid change command"},
      {"ENV", "ENV requires at least one argument"},
      {"ENV A", "ENV must have two arguments"},
      {"ENV A=1 B", "Syntax error - can't find = in \"B\". Must be of the form: name=value"},
      {"LABEL =x", "LABEL names can not be blank"},
      {"LABEL $NONE=x", "LABEL names can not be blank"},
      {"EXPOSE 0", "invalid containerPort: 0"},
      {"EXPOSE 2-1/udp", "invalid containerPort: 2-1"},
      {"EXPOSE 80/x", "invalid proto: x"},
      {"EXPOSE /tcp", "no port specified: /tcp<empty>"},
      {"VOLUME [\"/a\", \" \"]", "VOLUME specified can not be an empty string"},
      {"VOLUME [1]", "when using JSON array syntax, arrays must be comprised of strings only"},
      {"STOPSIGNAL FOO", "invalid signal: FOO"},
      {"WORKDIR $NONE", "cannot normalize nothing"},
      {"SHELL /bin/ash", "SHELL requires the arguments to be in JSON form"},
      {"SHELL []", "SHELL requires at least one argument"},
      {"ENV A=${B", "failed to process \"${B\": syntax error: missing '}'"},
      {"ONBUILD ONBUILD RUN x", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"},
      {"ONBUILD from x", "FROM isn't allowed as an ONBUILD trigger"},
      {"ONBUILD MAINTAINER x", "MAINTAINER isn't allowed as an ONBUILD trigger"},
      {"CMD --x y", "unknown flag: --x"},
      {"ENV --x=1 A=1", "unknown flag: --x"},
      {"HEALTHCHECK --x=1 CMD y", "unknown flag: --x"},
      {"HEALTHCHECK --timeout CMD y", "missing a value on flag: --timeout"},
      {"HEALTHCHECK --timeout=1s --timeout=2s CMD y", "duplicate flag specified: --timeout"},
      {"HEALTHCHECK --timeout=1 CMD y", "time: invalid duration \"1\""},
      {"HEALTHCHECK --interval=1us CMD y", "Interval \"interval\" cannot be less than 1ms"},
      {"HEALTHCHECK --retries=-1 CMD y", "--retries cannot be negative (-1)"},
      {"HEALTHCHECK --retries=x CMD y", "strconv.ParseInt: parsing \"x\": invalid syntax"},
      {"HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"},
      {"HEALTHCHECK CMD []", "Missing command after HEALTHCHECK CMD"},
      {"HEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments"},
      {"HEALTHCHECK FOO x", "Unknown type \"FOO\" in HEALTHCHECK (try CMD)"},
  };
  for (const auto& [change, expected] : kTable) BOOST_TEST_CONTEXT(change) {
      BOOST_TEST(error_text(Errc::invalid, [&, text = change] { after({text}); }) == expected);
    }
}

BOOST_AUTO_TEST_CASE(a_working_directory_is_clean) {
  const std::pair<List, const char*> kTable[] = {{{"WORKDIR /a/../b"}, "/b"},
                                                 {{"WORKDIR a/"}, "/a"},
                                                 {{"WORKDIR /a", "WORKDIR ../.."}, "/"},
                                                 {{"WORKDIR /a//b/./c/"}, "/a/b/c"},
                                                 {{"ENV D /x y", "WORKDIR $D"}, "/x y"}};
  for (const auto& [changes, expected] : kTable) BOOST_TEST(after(changes).working_dir == expected);
}

BOOST_AUTO_TEST_CASE(health_is_written_with_what_its_flags_say) {
  BOOST_TEST(*after({"HEALTHCHECK --interval=5s --timeout=\"1s\" --start-period=1m "
                     "--start-interval=2s --retries=3 --  cmd [\"a\", \"b\"]"})
                  .healthcheck_json ==
             R"({"Interval":5000000000,"Timeout":1000000000,"StartPeriod":60000000000,)"
             R"("StartInterval":2000000000,"Retries":3,"Test":["CMD","a","b"]})");
  BOOST_TEST(*after({"HEALTHCHECK none"}).healthcheck_json == R"({"Test":["NONE"]})");
  BOOST_TEST(*after({"HEALTHCHECK --interval=0s CMD $X"}).healthcheck_json ==
             R"({"Test":["CMD-SHELL","$X"]})");
}

BOOST_AUTO_TEST_CASE(ports_may_have_a_place_on_the_host_and_come_once) {
  BOOST_TEST(after({"EXPOSE 127.0.0.1:8080:80 80 53/UDP 79-81"}).exposed_ports ==
             (List{"53/udp", "79/tcp", "80/tcp", "81/tcp"}));
  BOOST_TEST(after({"ENV P=1-2", "EXPOSE $P/sctp"}).exposed_ports == (List{"1/sctp", "2/sctp"}));
  BOOST_TEST(after({"EXPOSE 80 2375"}).exposed_ports == after({"EXPOSE 2375 80"}).exposed_ports);
  std::string again = "EXPOSE";
  for (int i = 0; i < 1000; ++i) again += " 1-65535";
  BOOST_TEST(error_text(Errc::invalid, [&] { after({again}); }) == "EXPOSE names too many ports");
}

BOOST_AUTO_TEST_CASE(a_shell_stands_before_the_commands_behind_it) {
  const auto d = after({"CMD before", "SHELL [\"/bin/ash\", \"-eo\"]", "ENTRYPOINT  run  me "});
  BOOST_TEST(*d.cmd == (List{"/bin/sh", "-c", "before"}));
  BOOST_TEST(*d.entrypoint == (List{"/bin/ash", "-eo", "run  me"}));
  BOOST_TEST(!after({"ENTRYPOINT []"}, d).entrypoint);
  BOOST_TEST(after({"CMD []"}, d).cmd->empty());
}

BOOST_AUTO_TEST_CASE(a_stage_remembers_its_command_from_one_instruction_to_the_next) {
  ConfigState state;
  images::ImageDefaults d;
  d.cmd = {{"of the base"}};
  const auto apply = [&](const char* text) {
    apply_instruction(parse_instruction(text), {"V=from the build"}, state, d);
  };
  apply("ENTRYPOINT [\"e\"]");
  BOOST_TEST(!d.cmd);
  apply("CMD [\"c\"]");
  apply("ENTRYPOINT [\"f\"]");
  BOOST_TEST(*d.cmd == List{"c"});
  apply("LABEL l=$V");
  BOOST_TEST(d.labels.at("l") == "from the build");
  apply("ENV A=1 B=$A");
  BOOST_TEST(d.env == (List{"A=1", "B="}));
  BOOST_TEST(is_config_instruction("SHELL"));
  BOOST_TEST(!is_config_instruction("RUN"));
  error_text(Errc::invalid, [&] { apply("RUN x"); });
}

BOOST_AUTO_TEST_CASE(the_escape_character_can_be_another_one) {
  const auto d = after({"# escape=`\nENV P=C:\\bin Q=`$P `\n  R=1\nWORKDIR /a\\b"});
  BOOST_TEST(d.env == (List{"P=C:\\bin", "Q=$P", "R=1"}));
  BOOST_TEST(d.working_dir == "/a\\b");
}

BOOST_AUTO_TEST_CASE(the_old_form_takes_everything_behind_the_name) {
  const auto d = after({"ENV K  one = \"two  x\"", "LABEL k v w", "ENV E=1 F=\"2\""});
  BOOST_TEST(d.env == (List{"K=one = two  x", "E=1", "F=2"}));
  BOOST_TEST(d.labels.at("k") == "v w");
}

BOOST_AUTO_TEST_CASE(a_trigger_keeps_its_here_documents) {
  const auto d = after({"ONBUILD run <<-'E O' cat\n\tone\n\tE O\nUSER x"});
  BOOST_REQUIRE(d.on_build == List{"run <<-'E O' cat\none\nE O"});
  BOOST_TEST(d.user == "x");
  const Instruction trigger = parse_instruction(d.on_build[0]);
  BOOST_TEST(trigger.name == "RUN");
  BOOST_REQUIRE(trigger.heredocs.size() == 1u);
  BOOST_TEST(trigger.heredocs[0].content == "one\n");
}

BOOST_AUTO_TEST_CASE(a_configuration_cannot_grow_without_end) {
  List doubling = {"ENV A=0123456789abcdef"};
  for (int i = 0; i < 40; ++i) doubling.emplace_back("ENV A=$A$A");
  BOOST_TEST(error_text(Errc::invalid, [&] { after(doubling); }) ==
             "failed to process \"$A$A\": variables expand to more than 1 MiB");
  List many = {"ENV A=" + std::string(100'000, 'x')};
  for (int i = 0; i < 25; ++i) many.emplace_back("ENV L" + std::to_string(i) + "=$A");
  BOOST_TEST(error_text(Errc::invalid, [&] { after(many); }) ==
             "the image's configuration is larger than 2 MiB");
  std::string names = "LABEL";
  for (int i = 0; i <= 10'000; ++i) names += " k" + std::to_string(i) + "=";
  BOOST_TEST(error_text(Errc::invalid, [&] { after({names}); }) ==
             "the image's configuration has more than 10000 entries");
}

BOOST_AUTO_TEST_CASE(arrays_are_those_of_strings) {
  BOOST_TEST(*find_json_array("[\"a\", \"\\u0041\"]") == (List{"a", "A"}));
  BOOST_TEST(find_json_array("[ ]")->empty());
  for (const char* none : {"", "a", "[ -f x ]", "['a']", "[\"a\"", "[\"a\"] && b", "[\"a\",]"})
    BOOST_TEST(!find_json_array(none), none);
  for (const char* other : {"[1]", "[null]", "[[\"a\"]]"})
    error_text(Errc::invalid, [&] { find_json_array(other); });
}

BOOST_AUTO_TEST_SUITE_END()
