#include "core/images/platform.hpp"

#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::images;
using gantry::test::error_text;

BOOST_AUTO_TEST_SUITE(platform)

namespace {
Platform make(const std::string& architecture, const std::string& variant = {},
              const std::string& os = "linux") {
  Platform p;
  p.os = os;
  p.architecture = architecture;
  p.variant = variant;
  return p;
}
}  // namespace

BOOST_AUTO_TEST_CASE(forms_and_aliases_are_read) {
  BOOST_TEST(parse_platform("linux/amd64").str() == "linux/amd64");
  BOOST_TEST(parse_platform("linux/x86_64").str() == "linux/amd64");
  BOOST_TEST(parse_platform("linux/aarch64").str() == "linux/arm64");
  BOOST_TEST(parse_platform("linux/arm64/v8").str() == "linux/arm64");
  BOOST_TEST(parse_platform("linux/arm").str() == "linux/arm/v7");
  BOOST_TEST(parse_platform("linux/arm/v6").str() == "linux/arm/v6");
  BOOST_TEST(parse_platform("arm64").str() == "linux/arm64");
  BOOST_TEST(parse_platform("macos/arm64").os == "darwin");
  BOOST_TEST(parse_platform("Linux").architecture == host_platform().architecture);
}

BOOST_AUTO_TEST_CASE(nonsense_is_refused) {
  error_text(Errc::invalid, [] { parse_platform("linux/"); });
  error_text(Errc::invalid, [] { parse_platform("a/b/c/d"); });
  error_text(Errc::invalid, [] { parse_platform("nonsense"); });
  error_text(Errc::invalid, [] { parse_platform("linux/am d64"); });
  BOOST_TEST(error_text(Errc::invalid, [] {
               parse_platform("/");
             }).starts_with("\"\" is an invalid OS component of \"/\""));
  error_text(Errc::invalid, [] { parse_platform_json("linux/amd64"); });
  error_text(Errc::invalid, [] { parse_platform_json("{\"os\":\"linux\"}"); });
}

BOOST_AUTO_TEST_CASE(json_form_is_read) {
  const Platform p = parse_platform_json(R"({"os":"linux","architecture":"arm","variant":"v7"})");
  BOOST_TEST(p.str() == "linux/arm/v7");
}

BOOST_AUTO_TEST_CASE(the_exact_variant_wins_then_the_newest_that_runs) {
  const std::vector<Platform> offered{make("amd64"), make("arm", "v5"), make("arm", "v6"),
                                      make("arm64", "v8")};
  BOOST_TEST(*choose_platform(make("arm", "v6"), offered) == 2u);
  BOOST_TEST(*choose_platform(make("arm", "v7"), offered) == 2u);
  BOOST_TEST(*choose_platform(make("arm64"), offered) == 3u);
  BOOST_TEST(!choose_platform(make("s390x"), offered));
  BOOST_TEST(!choose_platform(make("amd64", "", "windows"), offered));
}

BOOST_AUTO_TEST_CASE(a_host_runs_its_own_and_its_narrower_architecture) {
  BOOST_TEST(runs_natively(make("amd64"), make("amd64", "v3")));
  BOOST_TEST(runs_natively(make("amd64"), make("386")));
  BOOST_TEST(runs_natively(make("arm64"), make("arm", "v7")));
  BOOST_TEST(runs_natively(make("arm", "v7"), make("arm", "v6")));
  BOOST_TEST(!runs_natively(make("arm", "v6"), make("arm", "v7")));
  BOOST_TEST(!runs_natively(make("amd64"), make("arm64")));
  BOOST_TEST(!runs_natively(make("amd64"), make("amd64", "", "windows")));
}

BOOST_AUTO_TEST_CASE(a_newer_instruction_set_is_not_chosen_unasked) {
  const std::vector<Platform> offered{make("amd64", "v3"), make("amd64")};
  BOOST_TEST(*choose_platform(make("amd64"), offered) == 1u);
  BOOST_TEST(!choose_platform(make("amd64"), {make("amd64", "v3")}));
}

BOOST_AUTO_TEST_SUITE_END()
