#include "roots/root_limit.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "base/error.hpp"
#include "base/file.hpp"
#include "protocol/quota_obedience.hpp"
#include "quota.hpp"
#include "roots/root_store.hpp"
#include "scratch.hpp"

// Limits that hold need a filesystem with project quotas: tests/e2e/root_size_test.py.

using namespace gantry::oci;

namespace {

const std::string kRefusal =
    "--storage-opt is supported only for overlay over xfs with 'pquota' mount option";

struct Fixture {
  Scratch scratch;
  LayerStore layers{scratch.path()};

  std::string id(char digit) const { return std::string(64, digit); }
  std::string root(char digit) const { return scratch.path() + "/roots/" + id(digit); }
  void record(char digit, const char* text) const {
    BOOST_TEST_REQUIRE(::symlink(text, (root(digit) + "/limit").c_str()) == 0);
  }
  std::string limit(char digit) const {
    const auto found = find_root_limit(root(digit));
    return found ? found->text() : "none";
  }
};

template <class Function>
std::string refusal_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    BOOST_TEST(error.code() == GANTRY_INVALID);
    return error.what();
  }
  return "accepted";
}

bool may_exceed_quotas() {
  const std::string status = find_text("/proc/thread-self/status").value_or("");
  const std::size_t at = status.find("CapEff:");
  BOOST_TEST_REQUIRE(at != std::string::npos);
  return (std::stoull(status.substr(at + 7), nullptr, 16) >> CAP_SYS_RESOURCE & 1) != 0;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(root_limit, Fixture)

BOOST_AUTO_TEST_CASE(a_record_is_read_as_it_was_written) {
  const auto limit = RootLimit::parse("1234567890:18446744073709551615");
  BOOST_TEST_REQUIRE(limit.has_value());
  BOOST_TEST(limit->project == 1234567890u);
  BOOST_TEST(limit->bytes == UINT64_MAX);
  BOOST_TEST(limit->text() == "1234567890:18446744073709551615");
  for (const char* text :
       {"", ":", "1", "1:", ":1", "1:2 ", " 1:2", "-1:2", "4294967296:1", "1:2:3"})
    BOOST_TEST(!RootLimit::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_size_is_refused_where_nothing_would_hold_it) {
  RootStore roots(scratch.path(), layers);
  if (quota::is_enforced(scratch.path())) return;
  BOOST_TEST(refusal_of([&] { roots.create(id('a'), "", 1 << 20); }) == kRefusal);
  BOOST_TEST(names_in(scratch.path() + "/roots").empty());
  roots.create(id('a'), "");
  BOOST_TEST(!roots.is_limited(id('a')));
  BOOST_TEST(!roots.mount_for(id('a')).limited);
  roots.room_to_mount(id('a')).end();
  record('a', "1073741824:4096");  // the filesystem has come back without its quotas
  BOOST_TEST(roots.mount_for(id('a')).limited);
  BOOST_TEST(!roots.read_only_mount_for(id('a')).limited);
  BOOST_TEST(refusal_of([&] { roots.room_to_mount(id('a')); }) == kRefusal);
  roots.remove(id('a'));
  BOOST_TEST(names_in(scratch.path() + "/roots").empty());
}

BOOST_AUTO_TEST_CASE(a_copy_of_a_root_does_not_own_the_project_of_the_original) {
  {
    RootStore roots(scratch.path(), layers);
    for (const char digit : {'a', 'b', 'c'}) roots.create(id(digit), "");
  }
  record('a', "1073741824:4096");
  record('b', "1073741824:4096");
  record('c', "1073741825:4096");
  const RootStore roots(scratch.path(), layers);
  BOOST_TEST((limit('a') == "1073741824:4096") != (limit('b') == "1073741824:4096"));
  BOOST_TEST((limit('a') == "0:4096") != (limit('b') == "0:4096"));
  BOOST_TEST(limit('c') == "1073741825:4096");
}

BOOST_AUTO_TEST_CASE(quotas_are_obeyed_for_as_long_as_it_is_wanted) {
  if (!may_exceed_quotas()) return;  // nothing to give up
  {
    const gantry::shim::QuotaObedience obedience(true);
    BOOST_TEST(obedience.is_as_wanted());
    BOOST_TEST(!may_exceed_quotas());
  }
  BOOST_TEST(may_exceed_quotas());
  const gantry::shim::QuotaObedience none(false);
  BOOST_TEST(none.is_as_wanted());
  BOOST_TEST(may_exceed_quotas());
}

BOOST_AUTO_TEST_SUITE_END()
