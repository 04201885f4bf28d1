#include "core/services/base/user_lookup.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "tests/unit/services/container_engine.hpp"

using namespace gantry;
using services::resolve_user;
using test::error_of;
using Gids = std::vector<std::uint32_t>;

namespace {

constexpr std::string_view kPasswd =
    "# a comment\n"
    "root:x:0:0:root:/root:/bin/sh\n"
    "web:x:33:34::/var/www:/bin/sh\n"
    "broken:x:notanumber:1::/:\n"
    "short:x\n"
    "homeless:x:77:77::\n"
    "1000:x:4242:4242::/odd:\n";
constexpr std::string_view kGroup =
    "root:x:0:\nwww:x:34:\nextra:x:50:web,other\nmore:x:40:web\n2000:x:5000:\n";

services::ResolvedUser resolve(std::string_view user, const std::vector<std::string>& add = {}) {
  return resolve_user(user, add, kPasswd, kGroup);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(user_lookup)

BOOST_AUTO_TEST_CASE(no_user_is_root_with_its_home) {
  const auto user = resolve("");
  BOOST_TEST(user.uid == 0u);
  BOOST_TEST(user.gid == 0u);
  BOOST_TEST(user.home == "/root");
  BOOST_TEST(user.additional_gids == Gids{0}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_name_brings_its_group_home_and_memberships_in_order) {
  const auto user = resolve("web");
  BOOST_TEST(user.uid == 33u);
  BOOST_TEST(user.gid == 34u);
  BOOST_TEST(user.home == "/var/www");
  BOOST_TEST(user.additional_gids == (Gids{34, 40, 50}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_number_with_an_entry_is_that_user) {
  const auto user = resolve("33");
  BOOST_TEST(user.gid == 34u);
  BOOST_TEST(user.home == "/var/www");
}

BOOST_AUTO_TEST_CASE(a_number_without_an_entry_is_used_as_it_is) {
  const auto user = resolve("12345");
  BOOST_TEST(user.uid == 12345u);
  BOOST_TEST(user.gid == 0u);
  BOOST_TEST(user.home == "/");
}

BOOST_AUTO_TEST_CASE(a_number_is_never_a_name_made_of_digits) {
  BOOST_TEST(resolve("1000").uid == 1000u);
  BOOST_TEST(resolve("0:2000").gid == 2000u);
  BOOST_TEST(resolve("0", {"2000"}).additional_gids == (Gids{0, 2000}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(numbers_out_of_range_are_refused_in_the_words_of_docker) {
  for (const char* out : {"-1", "2147483648", "99999999999999999999", "0:-1", "0:4294967296"})
    BOOST_TEST(std::string(error_of([&] { resolve(out); }).what()) ==
               "uids and gids must be in range 0-2147483647");
}

BOOST_AUTO_TEST_CASE(a_group_that_is_named_takes_the_place_of_the_memberships) {
  const auto user = resolve("web:extra");
  BOOST_TEST(user.gid == 50u);
  BOOST_TEST(user.additional_gids == Gids{50}, boost::test_tools::per_element());
  BOOST_TEST(resolve("web:7").gid == 7u);
}

BOOST_AUTO_TEST_CASE(added_groups_are_names_or_numbers_without_repetition) {
  const auto user = resolve("web", {"extra", "50", "999", "www"});
  BOOST_TEST(user.additional_gids == (Gids{34, 40, 50, 999}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_is_not_there_is_named_in_the_words_of_docker) {
  BOOST_TEST(std::string(error_of([] { resolve("nobody"); }).what()) ==
             "unable to find user nobody: no matching entries in passwd file");
  BOOST_TEST(std::string(error_of([] { resolve("web:nogroup"); }).what()) ==
             "unable to find group nogroup: no matching entries in group file");
  BOOST_TEST(std::string(error_of([] { resolve("web", {"nogroup"}); }).what()) ==
             "unable to find group nogroup: no matching entries in group file");
}

BOOST_AUTO_TEST_CASE(lines_that_cannot_be_read_are_passed_over) {
  BOOST_CHECK_THROW(resolve("broken"), Error);
  BOOST_CHECK_THROW(resolve("short"), Error);
  BOOST_TEST(resolve("homeless").home == "/");
}

BOOST_AUTO_TEST_CASE(an_image_without_these_files_knows_numbers_only) {
  const auto user = resolve_user("5:6", {}, "", "");
  BOOST_TEST(user.uid == 5u);
  BOOST_TEST(user.gid == 6u);
  BOOST_TEST(resolve_user("", {}, "", "").uid == 0u);
  BOOST_CHECK_THROW(resolve_user("root", {}, "", ""), Error);
}

BOOST_AUTO_TEST_SUITE_END()
