// Checks of what the instructions of a stage do.
#include <boost/test/unit_test.hpp>

#include "tests/unit/build/checked.hpp"

using namespace gantry;
using gantry::test::checked;
using gantry::test::CheckSetting;
using gantry::test::rules_in;

namespace {

using List = std::vector<std::string>;

std::string stage(const std::string& instructions) {
  return rules_in("FROM scratch\n" + instructions);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stage_checks)

BOOST_AUTO_TEST_CASE(variables_are_defined_before_they_are_used) {
  BOOST_TEST(checked("FROM scratch\nCOPY $foo .\nARG foo=bar\nCOPY $foo /\n") ==
                 List{"UndefinedVar 2 Usage of undefined variable '$foo'"},
             boost::test_tools::per_element());
  BOOST_TEST(checked("FROM scratch\nENV PATH=$PAHT:/bin") ==
                 List{"UndefinedVar 2 Usage of undefined variable '$PAHT' (did you mean $PATH?)"},
             boost::test_tools::per_element());
  BOOST_TEST(checked("FROM scratch\nARG DIR_ASSETS=a/\nUSER ${DIR_ASSET:-x}") ==
                 List{"UndefinedVar 3 Usage of undefined variable '$DIR_ASSET' (did you mean "
                      "$DIR_ASSETS?)"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_word_that_variables_are_replaced_in_is_looked_at) {
  for (const char* used :
       {"ADD --chown=$x a b", "ADD --chmod=$x a b", "ADD --checksum=$x http://a b", "COPY a $x",
        "COPY [\"$x\", \"b\"]", "COPY <<E /\n$x 'a\nE", "ENV a=$x", "ENV $x=a", "LABEL a=$x",
        "RUN --mount=type=secret,id=$x true", "STOPSIGNAL $x", "USER a:$x", "VOLUME [\"$x\"]",
        "VOLUME a $x", "WORKDIR /$x", "ARG a=$x", "ONBUILD USER a\nUSER $x"})
    BOOST_TEST_CONTEXT(used) { BOOST_TEST(stage(used).starts_with("UndefinedVar ")); }
  for (const char* unused :
       {"RUN echo $x", "CMD [\"$x\"]", "COPY <<'E' /\n$x\nE", "EXPOSE $x", "ONBUILD USER $x",
        "USER '$x'", "USER \\$x", "SHELL [\"$x\"]", "HEALTHCHECK CMD $x", "MAINTAINER $x"})
    BOOST_TEST_CONTEXT(unused) {
      BOOST_TEST(stage(unused).find("UndefinedVar") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(what_defines_a_variable) {
  BOOST_TEST(stage("ARG foo\nCOPY a${foo} .") == "");
  BOOST_TEST(stage("ENV foo=a\nUSER $foo") == "");
  BOOST_TEST(stage("ENV foo=a bar=$foo") == "UndefinedVar 2");
  BOOST_TEST(stage("USER $PATH") == "");
  BOOST_TEST(stage("USER $TARGETARCH") == "UndefinedVar 2");
  BOOST_TEST(stage("ARG TARGETARCH\nUSER $TARGETARCH") == "");
  BOOST_TEST(rules_in("ARG a=b\nFROM scratch\nUSER $a") == "UndefinedVar 3");
  BOOST_TEST(rules_in("ARG a=b\nFROM scratch\nARG a\nUSER $a") == "");
  BOOST_TEST(rules_in("FROM scratch AS a\nARG x=1\nENV y=2\nFROM a\nUSER $x$y") == "");
  BOOST_TEST(rules_in("FROM scratch AS a\nARG x=1\nFROM scratch\nUSER $x") == "UndefinedVar 4");
  // A value of the client's stands in place of what is written.
  CheckSetting setting;
  setting.world.arguments["a"] = "1";
  BOOST_TEST(setting.found("FROM scratch\nARG a=$nothing").empty());
}

BOOST_AUTO_TEST_CASE(an_image_has_variables) {
  CheckSetting setting;
  setting.image("box", {"HOME=/x", "ODD"}, {}, {"ENV FROM_TRIGGER=1", "ARG GIVEN", "BAD"});
  BOOST_TEST(setting.found("FROM box\nUSER $HOME$PATH$FROM_TRIGGER$GIVEN").empty());
  BOOST_TEST(test::rules_of(setting.found("FROM box\nUSER $HOM")) == "UndefinedVar 2");
  // Nobody knows what is in another one.
  BOOST_TEST(setting.found("FROM other\nUSER $HOM").empty());
}

BOOST_AUTO_TEST_CASE(an_image_is_asked_for_when_something_depends_on_it) {
  CheckSetting setting;
  setting.found("FROM a\nENV x=1 PATH=/a:$PATH\nUSER $x\nCMD [\"a\"]\nWORKDIR a");
  BOOST_TEST(setting.asked.empty());
  setting.found("FROM a\nUSER $HOME\nUSER $x\nCMD a\nFROM b\nSHELL [\"a\"]\nCMD a");
  BOOST_TEST(setting.asked == List{"a"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(commands_are_arrays) {
  BOOST_TEST(checked("FROM scratch\nCMD a\nEntrypoint b\nENTRYPOINT [\"c\"]").front() ==
             "ConsistentInstructionCasing 3 Command 'Entrypoint' should match the case of the "
             "command majority (uppercase)");
  BOOST_TEST(checked("FROM scratch\nCMD a") ==
                 List{"JSONArgsRecommended 2 JSON arguments recommended for CMD to prevent "
                      "unintended behavior related to OS signals"},
             boost::test_tools::per_element());
  BOOST_TEST(stage("ENTRYPOINT a b") == "JSONArgsRecommended 2");
  BOOST_TEST(stage("SHELL [\"/sh\"]\nCMD a\nENTRYPOINT b") == "");
  BOOST_TEST(stage("CMD [\"a\"]\nRUN a\nHEALTHCHECK CMD a") == "");
  BOOST_TEST(rules_in("FROM scratch AS a\nSHELL [\"a\"]\nFROM a\nCMD b") == "");
  CheckSetting setting;
  setting.image("box", {}, {"/sh"});
  BOOST_TEST(setting.found("FROM box\nCMD a").empty());
}

BOOST_AUTO_TEST_CASE(a_work_directory_is_absolute) {
  BOOST_TEST(checked("FROM scratch\nWORKDIR app/\nWORKDIR b") ==
                 List{"WorkdirRelativePath 2 Relative workdir \"app/\" can have unexpected results "
                      "if the base image changes"},
             boost::test_tools::per_element());
  BOOST_TEST(stage("WORKDIR /a\nWORKDIR b") == "");
  BOOST_TEST(rules_in("FROM scratch AS a\nWORKDIR /app\nFROM a\nWORKDIR sub") == "");
  BOOST_TEST(stage("ENV top=/a\nWORKDIR $top/b") == "");
}

BOOST_AUTO_TEST_CASE(what_counts_once_is_said_once) {
  BOOST_TEST(
      checked("FROM scratch\nCMD [\"a\"]\nENTRYPOINT [\"a\"]\nCMD [\"b\"]\nUSER a\nUSER b") ==
          List{"MultipleInstructionsDisallowed 2 Multiple CMD instructions should not be used "
               "in the same stage because only the last one will be used"},
      boost::test_tools::per_element());
  BOOST_TEST(stage("HEALTHCHECK NONE\nHEALTHCHECK CMD a\nHEALTHCHECK CMD a") ==
             "MultipleInstructionsDisallowed 2, MultipleInstructionsDisallowed 3");
  BOOST_TEST(rules_in("FROM scratch AS a\nCMD [\"a\"]\nFROM a\nCMD [\"b\"]") == "");
  BOOST_TEST(stage("CMD [\"a\"]\n# check=skip=all\nCMD [\"b\"]") == "");
}

BOOST_AUTO_TEST_CASE(the_old_form_of_pairs_is_told) {
  BOOST_TEST(
      checked("FROM scratch\nENV a b c\nLABEL a b") ==
          (List{"LegacyKeyValueFormat 2 \"ENV key=value\" should be used instead of legacy \"ENV "
                "key value\" format",
                "LegacyKeyValueFormat 3 \"LABEL key=value\" should be used instead of legacy "
                "\"LABEL key value\" format"}),
      boost::test_tools::per_element());
  BOOST_TEST(stage("ENV a=b c=d\nLABEL a=b") == "");
}

BOOST_AUTO_TEST_CASE(secrets_are_no_arguments) {
  BOOST_TEST(
      checked("FROM scratch\nARG API_KEY\nENV password=a Secret=b") ==
          (List{
              "SecretsUsedInArgOrEnv 2 Do not use ARG or ENV instructions for sensitive data (ARG "
              "\"API_KEY\")",
              "SecretsUsedInArgOrEnv 3 Do not use ARG or ENV instructions for sensitive data (ENV "
              "\"password\")",
              "SecretsUsedInArgOrEnv 3 Do not use ARG or ENV instructions for sensitive data (ENV "
              "\"Secret\")"}),
      boost::test_tools::per_element());
  BOOST_TEST(
      stage("ENV PUBLIC_KEY=a password_file=b sunflower=c AUTH_VERSION=d keys=e\nARG tokens") ==
      "");
  BOOST_TEST(stage("LABEL password=a") == "");
}

BOOST_AUTO_TEST_CASE(ports_are_container_ports) {
  BOOST_TEST(
      checked("FROM scratch\nENV p=6000:6000\nEXPOSE 80/TcP 5000:5000 $p 8000/udp 9-10") ==
          (List{"ExposeProtoCasing 3 Defined protocol '80/TcP' in EXPOSE instruction should be "
                "lowercase",
                "ExposeInvalidFormat 3 EXPOSE instruction should not define an IP address or "
                "host-port mapping, found '5000:5000'",
                "ExposeInvalidFormat 3 EXPOSE instruction should not define an IP address or "
                "host-port mapping, found '6000:6000'"}),
      boost::test_tools::per_element());
  BOOST_TEST(stage("EXPOSE [::1]:80:80 127.0.0.1::80") ==
             "ExposeInvalidFormat 2, ExposeInvalidFormat 2");
}

BOOST_AUTO_TEST_CASE(sources_are_in_the_context) {
  CheckSetting setting;
  List patterns = {"Dockerfile", "tmp"};
  setting.world.ignored = [&] { return patterns; };
  BOOST_TEST(
      setting.found("FROM scratch AS a\nCOPY ./Dockerfile .\nADD tmp/a /\nCOPY --from=a tmp /\n"
                    "COPY other . /\nADD https://a/Dockerfile /\nCOPY <<tmp /\ntmp") ==
          (List{"CopyIgnoredFile 2 Attempting to Copy file \"Dockerfile\" that is excluded by "
                ".dockerignore",
                "CopyIgnoredFile 3 Attempting to Add file \"tmp/a\" that is excluded by "
                ".dockerignore"}),
      boost::test_tools::per_element());
  patterns = {"*", "!Dockerfile"};
  BOOST_TEST(setting.found("FROM scratch\nCOPY . x /").empty());
  patterns = {".*"};
  BOOST_TEST(setting.found("FROM scratch\nCOPY . /").empty());
  patterns = {"*"};
  BOOST_TEST(setting.found("FROM scratch\nCOPY . /") ==
                 List{"CopyIgnoredFile 2 Attempting to Copy file \".\" that is excluded by "
                      ".dockerignore"},
             boost::test_tools::per_element());
  setting.world.ignored = nullptr;
  BOOST_TEST(setting.found("FROM scratch\nCOPY a /").empty());
}

BOOST_AUTO_TEST_CASE(triggers_are_checked_where_they_run) {
  BOOST_TEST(rules_in("FROM scratch AS a\nONBUILD CMD a\nONBUILD ENV x=1\nFROM a\nUSER $x") ==
             "JSONArgsRecommended 4");
}

BOOST_AUTO_TEST_CASE(no_file_takes_more_than_its_share_of_work) {
  std::string file = "FROM scratch\nENV a=" + std::string(50'000, 'x');
  for (int i = 0; i < 3000; ++i) file += "\nENV b=$a$a$a$a";
  BOOST_TEST(rules_in(file + "\nUSER $nobody") == "");
}

BOOST_AUTO_TEST_SUITE_END()
