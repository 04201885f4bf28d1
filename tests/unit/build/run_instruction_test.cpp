// RUN as data.
#include "core/build/run_instruction.hpp"

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;

namespace {

using List = std::vector<std::string>;

RunInstruction parse(const std::string& text, const images::ImageDefaults& defaults = {},
                     const Environment& words = {}) {
  return parse_run(parse_instruction(text), defaults, words, '\\');
}

}  // namespace

BOOST_AUTO_TEST_SUITE(run_instructions)

BOOST_AUTO_TEST_CASE(a_command_is_an_array_or_a_shells) {
  const std::pair<const char*, List> kTable[] = {
      {"RUN a  b", {"/bin/sh", "-c", "a  b"}},
      {"RUN [\"a\", \"b c\"]", {"a", "b c"}},
      {"RUN [ -f /x ] && y", {"/bin/sh", "-c", "[ -f /x ] && y"}},
      {"RUN echo $X \"$Y\"", {"/bin/sh", "-c", "echo $X \"$Y\""}},  // the shell's affair
      {"RUN <<EOF\na\n$X\nEOF\n", {"/bin/sh", "-c", "a\n$X\n"}},
      {"RUN <<-\"E F\"\n\ta\n\tE F\n", {"/bin/sh", "-c", "a\n"}},
      {"RUN 3<<EOF\na\nEOF\n", {"/bin/sh", "-c", "a\n"}},
      {"RUN <<EOF\nEOF\n", {"/bin/sh", "-c", ""}},
      {"RUN cat <<EOF\na\nEOF\n", {"/bin/sh", "-c", "cat <<EOF\na\nEOF\n"}},
      {"RUN <<EOF sh\na\nEOF\n", {"/bin/sh", "-c", "<<EOF sh\na\nEOF\n"}},
      {"RUN <<A cat <<B\na\nA\nb\nB\n", {"/bin/sh", "-c", "<<A cat <<B\na\nA\nb\nB\n"}}};
  for (const auto& [text, argv] : kTable) BOOST_TEST(parse(text, {}, {"X=1"}).argv == argv, text);
}

BOOST_AUTO_TEST_CASE(the_images_shell_is_taken) {
  images::ImageDefaults defaults;
  defaults.shell = {"/bin/ash", "-ec"};
  BOOST_TEST(parse("RUN x", defaults).argv == (List{"/bin/ash", "-ec", "x"}));
  BOOST_TEST(parse("RUN [\"x\"]", defaults).argv == List{"x"});
}

BOOST_AUTO_TEST_CASE(flags_are_part_of_history_and_mounts_keep_their_text) {
  images::ImageDefaults defaults;
  defaults.working_dir = "/w";
  const RunInstruction run = parse(
      "RUN --network=none --mount=target=$D --mount=type=secret,id=x --mount=type=tmpfs,target=t x",
      defaults, {"D=/d"});
  BOOST_TEST(run.network == "none");
  BOOST_TEST_REQUIRE(run.mounts.size() == 3u);
  BOOST_TEST(run.mounts[0].target == "/d");
  BOOST_TEST(run.mounts[2].target == "/w/t");
  BOOST_TEST(run.history({}) ==
             "--network=none --mount=target=$D --mount=type=secret,id=x "
             "--mount=type=tmpfs,target=t /bin/sh -c x");
  BOOST_TEST(parse("RUN --network=default x").history({}) == "/bin/sh -c x");
}

BOOST_AUTO_TEST_CASE(an_empty_array_is_left_to_the_image) {
  BOOST_TEST(parse("RUN []").argv.empty());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_run_is_refused) {
  const std::pair<const char*, const char*> kTable[] = {
      {"RUN --network=x y", "unsupported network mode \"x\""},
      {"RUN --network y", "unsupported network mode \"\""},
      {"RUN --what y", "unknown flag: --what"},
      {"RUN --mount y", "--mount: target is required for type bind"},
      {"RUN --security=insecure y", "RUN --security is not supported"}};
  for (const auto& [text, error] : kTable)
    BOOST_TEST(error_text(Errc::invalid, [&, t = text] { parse(t); }) == error);
}

BOOST_AUTO_TEST_CASE(a_document_that_names_its_interpreter_is_a_program) {
  const RunInstruction run = parse("RUN <<EOF\n#!/bin/python\nprint(1)\nEOF\n");
  BOOST_TEST(run.argv == std::vector<std::string>{"/dev/pipes/EOF"},
             boost::test_tools::per_element());
  BOOST_TEST_REQUIRE(run.mounts.size() == 1u);
  BOOST_TEST((run.mounts[0].kind == RunMount::Kind::document));
  BOOST_TEST(run.mounts[0].content == "#!/bin/python\nprint(1)\n");
  BOOST_TEST(run.history({}).starts_with("/dev/pipes/EOF # sha256:"));
  const RunInstruction other = parse("RUN <<EOF\n#!/bin/python\nprint(2)\nEOF\n");
  BOOST_TEST(run.identity({}, "") != other.identity({}, ""));
  BOOST_TEST(run.history({}) != other.history({}));
  BOOST_TEST(parse("RUN <<'../x'\n#!/bin/sh\n../x\n").argv.front() == "/dev/pipes/document");
}

BOOST_AUTO_TEST_CASE(commands_and_arguments_that_join_alike_are_told_apart) {
  BOOST_TEST(parse(R"(RUN ["touch","/a b"])").identity({}, "") !=
             parse(R"(RUN ["touch","/a","b"])").identity({}, ""));
  const RunInstruction run = parse("RUN x");
  BOOST_TEST(run.identity({"A=1 B=2", "C=3"}, "") != run.identity({"A=1", "B=2 C=3"}, ""));
  BOOST_TEST(run.identity({}, "dir:1 ") != run.identity({}, "dir:2 "));
  BOOST_TEST(run.history({"A=1", "B=2"}) == "|2 A=1 B=2 /bin/sh -c x");
}

BOOST_AUTO_TEST_SUITE_END()
