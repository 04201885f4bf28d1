#include "core/domain/security_options.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"

using namespace gantry;
using namespace gantry::domain;

namespace {

std::string seccomp(const std::vector<std::string>& options, bool privileged = false) {
  return effective_seccomp(parse_security_options(options), privileged, R"({"a":1})");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(security_options)

BOOST_AUTO_TEST_CASE(the_engines_profile_is_for_containers_that_name_none) {
  BOOST_TEST(seccomp({}) == R"({"a":1})");
  BOOST_TEST(seccomp({"seccomp=builtin"}) == "default");
  BOOST_TEST(seccomp({"seccomp=unconfined"}) == "unconfined");
  BOOST_TEST(seccomp({R"(seccomp={ "b": 2 })"}) == R"({"b":2})");
}

BOOST_AUTO_TEST_CASE(a_privileged_container_is_not_held_by_it) {
  BOOST_TEST(seccomp({}, true) == "unconfined");
  BOOST_TEST(seccomp({"seccomp=builtin"}, true) == "unconfined");
  BOOST_TEST(seccomp({R"(seccomp={"b":2})"}, true) == R"({"b":2})");
}

BOOST_AUTO_TEST_CASE(new_privileges_are_allowed_refused_or_not_mentioned) {
  BOOST_TEST(!parse_security_options({}).no_new_privileges.has_value());
  BOOST_TEST(*parse_security_options({"no-new-privileges"}).no_new_privileges);
  BOOST_TEST(!*parse_security_options({"no-new-privileges=false"}).no_new_privileges);
  BOOST_TEST(!*parse_security_options({"no-new-privileges:false"}).no_new_privileges);
}

BOOST_AUTO_TEST_CASE(a_profile_is_an_object) {
  BOOST_TEST(parse_seccomp_profile("{ \"a\" : [] }") == R"({"a":[]})");
  for (const char* text : {"", "[]", "{", "7"})
    BOOST_CHECK_EXCEPTION(parse_seccomp_profile(text), Error, [](const Error& error) {
      return std::string(error.what()).starts_with("Decoding seccomp profile failed: ");
    });
}

BOOST_AUTO_TEST_CASE(labels) {
  BOOST_TEST(parse_security_options({"label=disable"}).selinux_label.empty());
  BOOST_TEST(parse_security_options({"label:nested"}).selinux_label == "label:nested");
  BOOST_TEST(parse_security_options({"label:type:spc_t"}).selinux_label == "label:type:spc_t");
  for (const char* wrong : {"label=", "label=type", "label=color:red", "label=disabled"})
    BOOST_CHECK_THROW(parse_security_options({wrong}), Error);
}

BOOST_AUTO_TEST_SUITE_END()
