#include "core/build/git_url.hpp"

#include <boost/test/unit_test.hpp>
#include <utility>

#include "core/base/error.hpp"

using namespace gantry;
using namespace gantry::build;

namespace {

std::optional<GitUrl> find(const std::string& text) {
  return find_git_url(text, GitUrlUse::context);
}

GitUrl get(const std::string& text) {
  const auto url = find(text);
  BOOST_REQUIRE_MESSAGE(url, text);
  return *url;
}

void check_refused(const std::string& text) {
  BOOST_CHECK_EXCEPTION(find(text), Error,
                        [](const Error& error) { return error.code() == Errc::invalid; });
}

const std::string kCommit(40, 'a');

}  // namespace

BOOST_AUTO_TEST_CASE(a_repository_by_http_ends_with_git) {
  BOOST_TEST(get("https://host/a/repo.git").remote == "https://host/a/repo.git");
  BOOST_TEST(get("http://host:81/repo.git#x").host == "host:81");
  for (const char* other :
       {"https://host/repo", "https://host/repo.git/", "https://host/repo.tar.gz", "repo.git",
        "./git@host:repo", "../git@host:repo", "file:///repo.git", "ftp://host/repo.git", "/repo"})
    BOOST_TEST(!find(other), other);
}

BOOST_AUTO_TEST_CASE(other_schemes_need_no_ending) {
  BOOST_TEST(get("git://host/repo").host == "host");
  BOOST_TEST(get("ssh://me@host:22/repo").is_ssh);
  BOOST_TEST(get("SSH://me@host/repo").is_ssh);
  const GitUrl url = get("git@host.example:dir/repo.git#v1:sub");
  BOOST_TEST(url.remote == "git@host.example:dir/repo.git");
  BOOST_TEST((url.is_ssh && url.host == "host.example" && url.ref == "v1"));
  BOOST_TEST(url.directory == "sub");
}

BOOST_AUTO_TEST_CASE(the_short_form_of_github_is_for_contexts) {
  BOOST_TEST(get("github.com/a/b#c").remote == "https://github.com/a/b");
  BOOST_TEST(!find_git_url("github.com/a/b", GitUrlUse::source));
}

BOOST_AUTO_TEST_CASE(the_fragment_is_a_ref_and_a_directory) {
  const GitUrl url = get("https://host/repo.git#release/1.2:a//b/./c/");
  BOOST_TEST(url.ref == "release/1.2");
  BOOST_TEST(url.directory == "a/b/c");
  BOOST_TEST(get("https://host/repo.git#:a").ref == "");
  BOOST_TEST(get("https://host/repo.git#v%31").ref == "v1");
  BOOST_TEST(get("https://host/repo.git#:a%20b").directory == "a b");
  check_refused("https://host/repo.git#%zz");
  check_refused("https://host/repo.git#:../..");
  check_refused("https://host/repo.git#:a%0ab");
}

BOOST_AUTO_TEST_CASE(the_query_says_more) {
  const GitUrl url =
      get("https://host/"
          "repo.git?branch=main&subdir=a%2Fb&checksum=ABCDEF1&keep-git-dir=1&submodules=false&"
          "mtime=commit");
  BOOST_TEST(url.remote == "https://host/repo.git");
  BOOST_TEST(url.ref == "refs/heads/main");
  BOOST_TEST(url.directory == "a/b");
  BOOST_TEST(url.checksum == "abcdef1");
  BOOST_TEST((url.keep_git == true && !url.submodules && url.commit_times));
  BOOST_TEST(get("https://host/repo.git?tag=v1").ref == "refs/tags/v1");
  BOOST_TEST((get("https://host/repo.git?keep-git-dir").keep_git == true));
  BOOST_TEST(get("git@host:repo?ref=x#x:d").directory == "d");
  BOOST_TEST(get("https://host/r.git?fetch-by-commit&commit=" + kCommit).ref == kCommit);
  for (const char* query : {"ref=", "what=1", "ref=a&ref=b", "tag=a&branch=b", "submodules=maybe",
                            "mtime=now", "checksum=xyz", "fetch-by-commit&commit=abc"})
    check_refused(std::string("https://host/repo.git?") + query);
  check_refused("https://host/repo.git?ref=a#b");
}

BOOST_AUTO_TEST_CASE(what_git_would_take_for_something_else_is_refused) {
  for (const char* ref :
       {"-x", "--upload-pack=x", "a..b", "a:b", "a^{}", "a~1", "a b", "a@{1}", "/a", "a/", "a//b",
        ".a", "a/.b", "a.lock", "a.", "a*", "@", "a\\b", "a\tb"})
    BOOST_TEST(!is_git_ref(ref), ref);
  BOOST_TEST((is_git_ref("main") && is_git_ref("refs/pull/1/head") && is_git_ref("v1.2-rc@1")));
  check_refused("ssh://-oProxyCommand=x/repo");
  check_refused("ssh://-o@host/repo");
  check_refused("https://host/re\npo.git");
  check_refused("git://host");
  check_refused("git://host/");
}

BOOST_AUTO_TEST_CASE(a_login_by_http_leaves_the_url) {
  const GitUrl url = get("https://me:se%63@ret@host:81/repo.git#v1");
  BOOST_TEST(url.remote == "https://host:81/repo.git");
  BOOST_TEST((url.login == "me:sec@ret" && url.host == "host:81" && url.ref == "v1"));
  BOOST_TEST(get("http://token@host/repo.git").login == "token:");
  BOOST_TEST(get("ssh://me@host/repo.git").login == "");
  BOOST_TEST(get("ssh://me@host/repo.git").remote == "ssh://me@host/repo.git");
}

BOOST_AUTO_TEST_CASE(passwords_are_not_shown) {
  BOOST_TEST(get("https://me:secret@host/repo.git").shown() == "https://host/repo.git");
  BOOST_TEST(get("ssh://me:secret@host/repo.git").shown() == "ssh://me:xxxxx@host/repo.git");
  BOOST_TEST(get("ssh://me:se@cret@host/repo").shown() == "ssh://me:xxxxx@host/repo");
  const GitUrl url = get("https://me:100%sure@host/repo.git");
  BOOST_TEST((url.login == "me:100%sure" && url.shown() == "https://host/repo.git"));
  BOOST_TEST(get("https://me:100%@host/repo.git").login == "me:100%");
  BOOST_TEST(get("https://host:1/repo@x.git").shown() == "https://host:1/repo@x.git");
  BOOST_TEST(get("git@host:repo").shown() == "git@host:repo");
}

BOOST_AUTO_TEST_CASE(commits_are_full_ones) {
  BOOST_TEST(is_git_commit(kCommit));
  BOOST_TEST((!is_git_commit("aaaa") && !is_git_commit(std::string(40, 'A'))));
}
