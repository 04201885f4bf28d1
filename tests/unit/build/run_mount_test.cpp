// RUN --mount as data.
#include "core/build/run_mount.hpp"

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::build;
using gantry::test::error_text;

namespace {

RunMount parse(const std::string& text, const Environment& words = {}) {
  return parse_run_mount(text, words, '\\', "/work");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(run_mounts)

BOOST_AUTO_TEST_CASE(a_bind_shows_the_context_or_another_stage) {
  const RunMount plain = parse("target=/t");
  BOOST_TEST((plain.kind == RunMount::Kind::bind));
  BOOST_TEST(plain.target == "/t");
  BOOST_TEST(plain.from.empty());
  BOOST_TEST(plain.source.empty());
  BOOST_TEST(plain.read_only);
  const RunMount full = parse("type=bind,from=$S,src=/a/../b/./c,dst=t/../u,rw", {"S=one"});
  BOOST_TEST(full.from == "one");
  BOOST_TEST(full.source == "b/c");
  BOOST_TEST(full.target == "/work/u");
  BOOST_TEST(!full.read_only);
  BOOST_TEST(full.text == "type=bind,from=$S,src=/a/../b/./c,dst=t/../u,rw");
}

BOOST_AUTO_TEST_CASE(a_cache_is_known_by_its_target_or_its_id) {
  const RunMount plain = parse("type=cache,target=/root/.cache");
  BOOST_TEST((plain.kind == RunMount::Kind::cache));
  BOOST_TEST(plain.id == "/root/.cache");
  BOOST_TEST((plain.sharing == RunMount::Sharing::shared));
  BOOST_TEST(plain.mode == 0755u);
  BOOST_TEST(plain.uid == 0u);
  BOOST_TEST(!plain.read_only);
  const RunMount full =
      parse("type=cache,TARGET=c,id=x,sharing=locked,mode=0700,uid=1,gid=2147483647,ro");
  BOOST_TEST(full.target == "/work/c");
  BOOST_TEST(full.id == "x");
  BOOST_TEST((full.sharing == RunMount::Sharing::locked));
  BOOST_TEST(full.mode == 0700u);
  BOOST_TEST(full.uid == 1u);
  BOOST_TEST(full.gid == 2147483647u);
  BOOST_TEST(full.read_only);
}

BOOST_AUTO_TEST_CASE(whether_it_can_be_written_is_said_both_ways) {
  const std::pair<const char*, bool> kTable[] = {
      {"target=/t,readonly", true},        {"target=/t,ro=false", false},
      {"target=/t,readwrite=0", true},     {"target=/t,rw=TRUE", false},
      {"type=cache,target=/t,ro=1", true}, {"type=cache,target=/t,rw=false", true},
      {"type=cache,target=/t,rw", false}};
  for (const auto& [text, read_only] : kTable) BOOST_TEST(parse(text).read_only == read_only, text);
}

BOOST_AUTO_TEST_CASE(a_tmpfs_has_a_size) {
  const std::pair<const char*, std::uint64_t> kTable[] = {{"", 0},
                                                          {",size=0", 0},
                                                          {",size=1024", 1024},
                                                          {",size=64k", 64u << 10},
                                                          {",size=64KB", 64u << 10},
                                                          {",size=1MiB", 1u << 20},
                                                          {",size=2g", 2ull << 30},
                                                          {",size=1.5g", 3ull << 29},
                                                          {",size=8388607t", 8388607ull << 40}};
  for (const auto& [text, size] : kTable)
    BOOST_TEST(parse(std::string("type=tmpfs,target=/t") + text).size == size, text);
  for (const char* size :
       {"8388608t", "1099511627776t", "-1", "k", "b", "1x", "0x10", " 1", "1.5.g"})
    BOOST_TEST(error_text(Errc::invalid, [&] {
                 parse("type=tmpfs,target=/t,\"size=" + std::string(size) + "\"");
               }) == "--mount: invalid size: " + std::string(size));
}

BOOST_AUTO_TEST_CASE(a_secret_is_a_file_or_a_variable) {
  const auto file = parse("type=secret,id=x,mode=0440,uid=3,gid=4,required");
  BOOST_TEST((file.kind == RunMount::Kind::secret));
  BOOST_TEST(file.id == "x");
  BOOST_TEST(file.target == "/run/secrets/x");
  BOOST_TEST((file.mode == 0440 && file.uid == 3 && file.gid == 4));
  BOOST_TEST((file.required && file.variable.empty()));
  BOOST_TEST(parse("type=secret,target=/etc/key").id == "key");
  BOOST_TEST(parse("type=secret,id=x,target=rel").target == "/work/rel");
  BOOST_TEST(parse("type=secret,id=x").mode == 0400u);
  const auto variable = parse("type=secret,id=x,env=X");
  BOOST_TEST((variable.variable == "X" && variable.target.empty()));
  BOOST_TEST(parse("type=secret,id=x,env=X,target=/t").target == "/t");
  BOOST_TEST(error_text(Errc::invalid, [] { parse("type=secret"); }) ==
             "--mount: a secret needs an id or a target");
}

BOOST_AUTO_TEST_CASE(a_secret_has_other_words_for_its_parts) {
  BOOST_TEST(parse("type=secret,source=s").id == "s");
  BOOST_TEST(parse("type=secret,id=a/b,ro").target == "/run/secrets/b");
}

BOOST_AUTO_TEST_CASE(an_ssh_socket_may_be_required) {
  BOOST_TEST((parse("type=ssh").kind == RunMount::Kind::ssh));
  BOOST_TEST(!parse("type=ssh,required=false").required);
  BOOST_TEST(parse("type=ssh,id=x,target=/s,required").required);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_mounted_is_refused) {
  const std::pair<const char*, const char*> kTable[] = {
      {"", "--mount: target is required for type bind"},
      {"type=cache", "--mount: target is required for type cache"},
      {"type=what,target=/t", "--mount: unsupported mount type \"what\""},
      {"target=/", "--mount: invalid mount target \"/\""},
      {"target=../..", "--mount: invalid mount target \"../..\""},
      {"target=/../t", "--mount: invalid mount target \"/../t\""},
      {"target=/t,source=../x", "--mount: forbidden path outside the source: ../x"},
      {"target=/t,dst=/u", "--mount: \"target\" is given twice"},
      {"target=/t,ro=maybe", "--mount: invalid value for readonly: maybe"},
      {"target=/t,id=x", "--mount: unexpected key 'id' for type bind"},
      {"type=tmpfs,target=/t,source=x", "--mount: unexpected key 'source' for type tmpfs"},
      {"type=cache,target=/t,sharing=x", "--mount: unsupported sharing value \"x\""},
      {"type=cache,target=/t,mode=0789", "--mount: invalid value for mode: 0789"},
      {"type=cache,target=/t,uid=-1", "--mount: invalid value for uid: -1"},
      {"type=cache,target=/t,uid=2147483648", "--mount: invalid value for uid: 2147483648"},
      {"type=cache,target=/t,gid=-18446744073709551615",
       "--mount: invalid value for gid: -18446744073709551615"},
      {"type=cache,target=/t,gid=0x1", "--mount: invalid value for gid: 0x1"}};
  for (const auto& [text, error] : kTable)
    BOOST_TEST(error_text(Errc::invalid, [&, t = text] { parse(t); }) == error);
}

BOOST_AUTO_TEST_SUITE_END()
