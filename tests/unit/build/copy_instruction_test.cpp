// COPY and ADD as data.
#include "core/build/copy_instruction.hpp"

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;

namespace {

using List = std::vector<std::string>;

CopyInstruction parse(const std::string& text, const Environment& words = {}, char escape = '\\') {
  return parse_copy(parse_instruction(text, escape), words, escape);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(copy_instructions)

BOOST_AUTO_TEST_CASE(the_last_operand_is_the_target) {
  const struct {
    const char* text;
    List sources;
    const char* target;
  } kTable[] = {{"COPY a b", {"a"}, "b"},
                {"COPY a b c/", {"a", "b"}, "c/"},
                {"COPY [\"a b\", \"c d/\"]", {"a b"}, "c d/"},
                {"COPY [\"$X\", \"/$X/\"]", {"1"}, "/1/"},
                {"COPY 'a b' \"c d\"", {"a b"}, "c d"},
                {"COPY $X/a\\ b ${Y:-/y}", {"1/a b"}, "/y"},
                {"COPY arr[[]0].txt /x", {"arr[[]0].txt"}, "/x"},
                {"COPY http://x/y /z", {"http://x/y"}, "/z"},
                {"COPY [a b", {"[a"}, "b"}};
  for (const auto& row : kTable) {
    const CopyInstruction copy = parse(row.text, {"X=1"});
    BOOST_TEST(copy.sources == row.sources, row.text);
    BOOST_TEST(copy.target == row.target, row.text);
  }
}

BOOST_AUTO_TEST_CASE(flags_say_how_it_is_copied) {
  const CopyInstruction copy = parse(
      "COPY --from=$IMAGE --chown=\"1:$G\" --chmod=0755 --exclude=*.o --exclude=tmp --link a b",
      {"IMAGE=base:1", "G=2"});
  BOOST_TEST(copy.from == "$IMAGE");
  BOOST_TEST(copy.owner == "1:2");
  BOOST_TEST(copy.mode.value().apply(0600, false) == 0755u);
  BOOST_TEST(copy.exclude.match("x.o"));
  BOOST_TEST(copy.exclude.match("tmp/x"));
  BOOST_TEST(!copy.exclude.match("x.c"));
  // What the digest of the sources does not tell apart.
  BOOST_TEST(copy.history_flags ==
             (List{"--chown=1:2", "--chmod=0755", "--exclude=*.o", "--exclude=tmp"}));
}

BOOST_AUTO_TEST_CASE(switches_are_on_off_or_not_said) {
  BOOST_TEST(!parse("COPY a b").parents);
  BOOST_TEST(parse("COPY --parents a b").parents);
  BOOST_TEST(!parse("COPY --parents=False a b").parents);
  BOOST_TEST(!parse("ADD a b").unpack.has_value());
  BOOST_TEST(parse("ADD --unpack a b").unpack.value());
  BOOST_TEST(!parse("ADD --unpack=false a b").unpack.value());
  BOOST_TEST(parse("COPY --parents a b").history_flags == List{"--parents"});
}

BOOST_AUTO_TEST_CASE(add_takes_urls) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const CopyInstruction add = parse("ADD --checksum=" + digest + " https://x/y.tgz /z");
  BOOST_TEST(add.is_add());
  BOOST_TEST(add.urls == List{"https://x/y.tgz"});
  BOOST_TEST(add.sources.empty());
  BOOST_TEST(add.checksum == digest);
}

BOOST_AUTO_TEST_CASE(repositories_are_told_from_urls_and_files) {
  const CopyInstruction add =
      parse("ADD --keep-git-dir git@x:y.git#v1 https://x/y.git https://x/y github.com/x/y /z/");
  BOOST_TEST_REQUIRE(add.repositories.size() == 2u);
  BOOST_TEST(add.repositories[0].ref == "v1");
  BOOST_TEST((add.repositories[1].keep_git == true));
  BOOST_TEST(add.urls == List{"https://x/y"});
  BOOST_TEST(add.sources == List{"github.com/x/y"});
  BOOST_TEST(add.source_count() == 4u);
  BOOST_TEST((parse("ADD --keep-git-dir=false git@x:y /z").repositories[0].keep_git == false));
  BOOST_TEST(parse("ADD --checksum=AbC git@x:y /z").repositories[0].checksum == "abc");
  BOOST_TEST(parse("COPY git@x:y /z").sources == List{"git@x:y"});
}

BOOST_AUTO_TEST_CASE(documents_stand_for_files_in_their_order) {
  const CopyInstruction copy =
      parse("COPY <<a <<-'b' plain <<a /x/\n$V\\$V \\\\ \"q\" \\n '$V'\na\n\t$V\n\tb\nsecond\na\n",
            {"V=1"});
  BOOST_TEST_REQUIRE(copy.documents.size() == 3u);
  BOOST_TEST(copy.documents[0].content == "1$V \\ \"q\" \\n '1'\n");
  BOOST_TEST(copy.documents[1].name == "b");
  BOOST_TEST(copy.documents[1].content == "$V\n");
  BOOST_TEST(copy.documents[2].name == "a");
  BOOST_TEST(copy.documents[2].content == "second\n");
  BOOST_TEST(copy.sources == List{"plain"});
  BOOST_TEST(copy.source_count() == 4u);
}

BOOST_AUTO_TEST_CASE(what_only_looks_like_a_document_is_a_file) {
  BOOST_TEST(parse("COPY $D b", {"D=<<EOF"}).sources == List{"<<EOF"});
  BOOST_TEST(parse("COPY [\"<<EOF\", \"b\"]").sources == List{"<<EOF"});
  BOOST_TEST(parse("COPY a<<EOF b").sources == List{"a<<EOF"});
}

BOOST_AUTO_TEST_CASE(another_escape_leaves_backslashes_alone) {
  const CopyInstruction copy = parse("COPY a` b c:\\x\\", {}, '`');
  BOOST_TEST(copy.sources == List{"a b"});
  BOOST_TEST(copy.target == "c:\\x\\");
}

BOOST_AUTO_TEST_CASE(mistakes_are_refused_in_dockers_words) {
  const std::pair<const char*, const char*> kTable[] = {
      {"COPY \"a b\"",
       "COPY requires at least two arguments, but only one was provided. Destination could not be "
       "determined"},
      {"COPY --chmod=8 a b",
       "invalid chmod parameter: '8'. it should be octal string and between 0 and 07777"},
      {"COPY --chmod=17777 a b",
       "invalid chmod parameter: '17777'. it should be octal string and between 0 and 07777"},
      {"COPY --chmod=-1 a b",
       "invalid chmod parameter: '-1'. it should be octal string and between 0 and 07777"},
      {"COPY --chmod= a b",
       "invalid chmod parameter: ''. it should be octal string and between 0 and 07777"},
      {"COPY --chown a b", "missing a value on flag: --chown"},
      {"COPY --checksum=x a b", "unknown flag: --checksum"},
      {"ADD --from=x a b", "unknown flag: --from"},
      {"ADD --what=x a b", "unknown flag: --what"},
      {"COPY --parents=1 a b", "expecting boolean value for flag --parents, not: 1"},
      {"ADD --parents a b", "unknown flag: --parents"},
      {"COPY --unpack a b", "unknown flag: --unpack"},
      {"ADD --keep-git-dir=maybe a b",
       "expecting boolean value for flag --keep-git-dir, not: maybe"},
      {"COPY --keep-git-dir a b", "unknown flag: --keep-git-dir"},
      {"ADD --checksum=x git@x:y.git /z",
       "invalid checksum x for Git URL, expected hex commit hash"},
      {"ADD --checksum=a git@x:y.git?checksum=b /z", "checksum conflicts: \"b\" vs \"a\""},
      {"ADD --checksum=x a /z", "checksum can't be specified for multiple or local sources"},
      {"ADD --checksum=x http://a http://b /z/",
       "checksum can't be specified for multiple or local sources"},
      {"COPY <<a/b /x/\na/b", "\"a/b\" is no name for a file: <<a/b"},
      {"COPY <<.. /x/\n..", "\"..\" is no name for a file: <<.."},
      {"COPY a b c",
       "When using COPY with more than one source file, the destination must be a directory and "
       "end with a /"}};
  for (const auto& [text, error] : kTable)
    BOOST_TEST(error_text(Errc::invalid, [&, t = text] { parse(t); }) == error);
}

BOOST_AUTO_TEST_SUITE_END()
