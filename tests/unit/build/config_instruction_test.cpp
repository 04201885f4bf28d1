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
  BOOST_TEST(d.env == (std::vector<std::string>{"B=x y", "A=2 3"}));
  BOOST_TEST(d.exposed_ports ==
             (std::vector<std::string>{"80/tcp", "443/udp", "90/tcp", "91/tcp"}));
  BOOST_TEST(d.labels.at("k 2") == "w");
  BOOST_TEST(d.volumes == (std::vector<std::string>{"/a", "/b"}));
  BOOST_TEST(d.working_dir == "/w/sub");
  BOOST_TEST(d.stop_signal == "SIGINT");
  BOOST_TEST(*d.healthcheck_json == R"({"Test":["CMD-SHELL","curl x"]})");
  BOOST_TEST(error_text(Errc::invalid, [&] { apply_changes({"RUN x"}, d); }) ==
             "run is not a valid change command");
  BOOST_TEST(error_text(Errc::invalid, [&] { apply_changes({"USER"}, d); }) ==
             "USER requires at least one argument");
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
  BOOST_TEST(d.env == (std::vector<std::string>{"PORT=8080", "NONE=", "PATH=/opt:/bin", "B=8080/x",
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

BOOST_AUTO_TEST_SUITE_END()
