// How a Dockerfile is cut into instructions.
#include "core/build/dockerfile.hpp"

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;

namespace {

using List = std::vector<std::string>;

/// "RUN|a b" per instruction.
List cut(std::string_view text) {
  List result;
  for (const Instruction& i : parse_dockerfile(text).instructions)
    result.push_back(i.name + "|" + i.rest);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dockerfiles)

BOOST_AUTO_TEST_CASE(lines_become_instructions) {
  const std::pair<const char*, List> kTable[] = {
      {"from a\n\n  Run  b  c \n", {"FROM|a", "RUN|b  c"}},
      {"\xEF\xBB\xBF"
       "FROM a\r\nRUN b \\\r\n  c\r\n",
       {"FROM|a", "RUN|b   c"}},
      {"# c\nFROM a\n  # c \\\nRUN \\\n # in\n b\\\n#x\nc # d", {"FROM|a", "RUN|bc # d"}},
      {"RUN a \\  \n  b", {"RUN|a   b"}},
      {"RUN a \\\\\nRUN b", {"RUN|a \\\\", "RUN|b"}},
      {"RUN a \\\n\n \n b", {"RUN|a  b"}},
      {"RUN a \\", {"RUN|a"}},
      {"\\\nRUN a", {"RUN|a"}},
      {"RUN\ta", {"RUN|a"}},
      {"# escape=`\nRUN a `\n b\\\nRUN c", {"RUN|a  b\\", "RUN|c"}},
      {"#syntax=x\n# Escape = `\n#check=y\nRUN a `\nb", {"RUN|a b"}},
      {"# other\n# escape=`\nRUN a \\\nb", {"RUN|a b"}},
      {"\n# escape=`\nRUN a \\\nb", {"RUN|a b"}},
      {"# what=x\n# escape=`\nRUN a \\\nb", {"RUN|a b"}}};
  for (const auto& [text, expected] : kTable) BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(cut(text) == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(instructions_know_the_comments_above_them) {
  const Dockerfile file = parse_dockerfile(
      "# escape=\\\n# no directive\nFROM a\n#one\n\n # two\nRUN a \\\n# inside\n b\nRUN c\n"
      "# gone\n#\n# stays\nRUN d\n");
  const List kTable[] = {{"no directive"}, {"one", "# two"}, {}, {"stays"}};
  for (std::size_t i = 0; i < std::size(kTable); ++i)
    BOOST_TEST(file.instructions.at(i).comments == kTable[i], boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(instructions_know_of_empty_lines_in_them) {
  const Dockerfile file =
      parse_dockerfile("FROM a\nRUN a \\\n\n b\nRUN c \\\n# d\n e\nRUN <<E \\\n\n f\ng\nE\n");
  const int kEnds[] = {0, 4, 0, 10};
  for (std::size_t i = 0; i < std::size(kEnds); ++i)
    BOOST_TEST(file.instructions.at(i).gap_end == kEnds[i]);
}

BOOST_AUTO_TEST_CASE(instructions_know_their_line_and_text) {
  const Dockerfile file =
      parse_dockerfile("# escape=\\\nFROM a AS b\n\nrun --network=none \\\n  id\nUSER x");
  BOOST_REQUIRE(file.instructions.size() == 3u);
  BOOST_TEST(file.escape == '\\');
  BOOST_TEST(file.instructions[0].line == 2);
  BOOST_TEST(file.instructions[1].line == 4);
  BOOST_TEST(file.instructions[1].text == "run --network=none   id");
  BOOST_TEST(file.instructions[2].line == 6);
  BOOST_TEST(file.warnings.empty());
  BOOST_TEST(parse_dockerfile("# escape=`\nFROM a").escape == '`');
}

BOOST_AUTO_TEST_CASE(flags_stand_in_front) {
  const auto flags = [](const char* text) {
    const Instruction i = parse_instruction(text);
    List result = i.flags;
    result.push_back(i.rest);
    return result;
  };
  const std::pair<const char*, List> kTable[] = {
      {"RUN --mount --network=1   x --c", {"--mount", "--network=1", "x --c"}},
      {"RUN --mount=\"b c\" x", {"--mount=\"b c\"", "x"}},
      {"RUN --mount='b c'd x", {"--mount='b c'd", "x"}},
      {"RUN --mount=b\\ c x", {"--mount=b\\ c", "x"}},
      {"RUN --mount -- --b x", {"--mount", "--b x"}},
      {"RUN -a --b", {"-a --b"}},
      {"RUN -", {"-"}}};
  for (const auto& [text, expected] : kTable) BOOST_TEST(flags(text) == expected, text);
}

BOOST_AUTO_TEST_CASE(here_documents_follow_their_instruction) {
  const Dockerfile file = parse_dockerfile(
      "RUN <<EOF cat > /x\none\n\\\n# two\n EOF\nEOF\n"
      "COPY --chmod=1 <<-'a.txt' 3<<\"b\" /to/\n\ta\n\t\ta.txt\nb \\\nb\n"
      "ADD <<A<B <<< x <<EMPTY /\nEMPTY\nUSER x");
  BOOST_REQUIRE(file.instructions.size() == 4u);
  const auto& run = file.instructions[0].heredocs;
  BOOST_REQUIRE(run.size() == 1u);
  BOOST_TEST(run[0].name == "EOF");
  BOOST_TEST(run[0].content == "one\n\\\n# two\n EOF\n");
  BOOST_TEST(run[0].expand);
  BOOST_TEST(file.instructions[0].rest == "<<EOF cat > /x");
  const auto& copy = file.instructions[1].heredocs;
  BOOST_REQUIRE(copy.size() == 2u);
  BOOST_TEST(copy[0].name == "a.txt");
  BOOST_TEST(copy[0].content == "a\n");
  BOOST_TEST(!copy[0].expand);
  BOOST_TEST(copy[1].name == "b");
  BOOST_TEST(copy[1].content == "b \\\n");
  const auto& add = file.instructions[2].heredocs;
  BOOST_REQUIRE(add.size() == 1u);
  BOOST_TEST(add[0].content == "");
  BOOST_TEST(file.instructions[3].line == 14);
}

BOOST_AUTO_TEST_CASE(not_every_sign_begins_a_here_document) {
  for (const char* text :
       {"RUN cat '<<EOF'", "RUN cat \"x <<EOF\"", "RUN cat <<<word", "RUN x<<EOF", "RUN cat << EOF",
        "RUN [\"cat\", \"<<EOF\"]", "RUN a \\<<EOF", "CMD cat <<EOF", "ENV A <<EOF",
        "ONBUILD CMD <<EOF", "RUN cat <<'EOF"})
    BOOST_TEST(parse_dockerfile(text).instructions.at(0).heredocs.empty(), text);
}

BOOST_AUTO_TEST_CASE(empty_lines_inside_an_instruction_are_warned_about) {
  const auto warnings = parse_dockerfile("RUN a \\\n\n b\\\n  \nc\nRUN d \\\n # x\n e").warnings;
  BOOST_TEST(warnings ==
             (List{"[WARNING]: Empty continuation line found in: RUN a  bc",
                   "[WARNING]: Empty continuation lines will become errors in a future release."}));
}

BOOST_AUTO_TEST_CASE(faults_are_told_with_their_line) {
  const std::pair<const char*, const char*> kTable[] = {
      {"FROM a\n\nfoo b", "3: unknown instruction: FOO"},
      {"# escape=x\nFROM a", "1: invalid escape token 'x' does not match ` or \\"},
      {"# escape=`\n# escape=`\nFROM a", "2: only one escape parser directive can be used"},
      {"#syntax=a\n#SYNTAX=b", "2: only one syntax parser directive can be used"},
      {"FROM a\nRUN cat <<A <<B\nA\nb", "2: unterminated heredoc"},
      {"RUN", "1: RUN requires at least one argument"},
      {"RUN --mount", "1: RUN requires at least one argument"},
      {"RUN --x=1 y", "1: unknown flag: --x"},
      {"FROM a\nUSER --x y", "2: unknown flag: --x"},
      {"COPY --checksum=1 a b", "1: unknown flag: --checksum"},
      {"ENV A", "1: ENV must have two arguments"},
      {"LABEL a=b c", "1: Syntax error - can't find = in \"c\". Must be of the form: name=value"},
      {"HEALTHCHECK --interval=x CMD y", "1: time: invalid duration \"x\""},
      {"SHELL sh -c", "1: SHELL requires the arguments to be in JSON form"},
      {"SHELL []", "1: SHELL requires at least one argument"},
      {"VOLUME []", "1: VOLUME requires at least one argument"},
      {"VOLUME [\"/a\", \"\"]", "1: VOLUME specified can not be an empty string"},
      {"LABEL =a", "1: LABEL names can not be blank"},
      {"ARG =a", "1: ARG names can not be blank"},
      {"CMD", "1: CMD requires at least one argument"},
      {"ARG", "1: ARG requires at least one argument"},
      {"ONBUILD", "1: ONBUILD requires at least one argument"},
      {"WORKDIR", "1: WORKDIR requires exactly one argument"},
      {"MAINTAINER", "1: MAINTAINER requires exactly one argument"},
      {"FROM", "1: FROM requires either one or three arguments"},
      {"FROM a b c", "1: FROM requires either one or three arguments"},
      {"COPY a",
       "1: COPY requires at least two arguments, but only one was provided. Destination could not "
       "be determined"},
      {"ADD [\"a\"]",
       "1: ADD requires at least two arguments, but only one was provided. Destination could not "
       "be determined"},
      {"RUN [\"a\", 1]",
       "1: when using JSON array syntax, arrays must be comprised of strings only"},
      {"ONBUILD FROM a", "1: FROM isn't allowed as an ONBUILD trigger"}};
  for (const auto& [text, expected] : kTable) BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(error_text(Errc::invalid, [&, t = text] { parse_dockerfile(t); }) ==
                 std::string("dockerfile parse error on line ") + expected);
    }
  for (const char* empty : {"", "\n\n", "# only this", "\xEF\xBB\xBF"})
    BOOST_TEST(error_text(Errc::invalid, [&] { parse_dockerfile(empty); }) ==
               "file with no instructions");
}

BOOST_AUTO_TEST_CASE(one_instruction_is_one) {
  BOOST_TEST(parse_instruction("run a `\n b", '`').rest == "a  b");
  BOOST_TEST(error_text(Errc::invalid, [] { parse_instruction("RUN a\nRUN b"); }) ==
             "onbuild trigger should be a single expression");
  BOOST_TEST(error_text(Errc::invalid, [] { parse_instruction(" "); }) ==
             "file with no instructions");
  BOOST_TEST(error_text(Errc::invalid, [] { parse_instruction("foo x"); }) ==
             "unknown instruction: FOO");
}

BOOST_AUTO_TEST_CASE(files_have_limits) {
  BOOST_TEST(error_text(Errc::invalid, [] {
               parse_dockerfile(std::string((1u << 20) + 1, ' '));
             }) == "dockerfile is larger than 1 MiB");
  std::string many;
  for (int i = 0; i <= 4'000; ++i) many += "USER x\n";
  BOOST_TEST(error_text(Errc::invalid, [&] { parse_dockerfile(many); }) ==
             "dockerfile parse error on line 4001: dockerfile has more than 4000 instructions");
}

BOOST_AUTO_TEST_CASE(instructions_know_their_lines_and_files_their_syntax) {
  const Dockerfile file = parse_dockerfile(
      "# syntax = docker/dockerfile:1\nFROM x\nRUN a \\\n  # between\n  b\nRUN <<EOF\nc\nEOF\n");
  BOOST_TEST(file.syntax == "docker/dockerfile:1");
  BOOST_TEST((file.instructions[0].line == 2 && file.instructions[0].last_line == 2));
  BOOST_TEST((file.instructions[1].line == 3 && file.instructions[1].last_line == 5));
  BOOST_TEST((file.instructions[2].line == 6 && file.instructions[2].last_line == 8));
  BOOST_TEST(parse_dockerfile("FROM x\n# syntax=late\n").syntax.empty());
  BOOST_CHECK_EXCEPTION(parse_dockerfile("FROM x\n\nFOO\n"), DockerfileError,
                        [](const DockerfileError& error) { return error.line() == 3; });
}

BOOST_AUTO_TEST_SUITE_END()
