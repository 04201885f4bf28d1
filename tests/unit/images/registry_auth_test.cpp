// Credentials for several registries, as builds get them.
#include "core/images/registry_auth.hpp"

#include "core/base/digest.hpp"
#include "tests/unit/images/expect.hpp"

using namespace gantry;
using namespace gantry::images;

namespace {

std::map<std::string, RegistryAuth> logins(const std::string& json) {
  return decode_registry_config(base64_encode(json));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(registry_logins)

BOOST_AUTO_TEST_CASE(a_registry_is_found_whatever_its_entry_is_called) {
  const std::pair<const char*, const char*> kTable[] = {
      {"https://index.docker.io/v1/", "docker.io"},
      {"index.docker.io", "docker.io"},
      {"registry-1.docker.io", "docker.io"},
      {"docker.io", "docker.io"},
      {"localhost:5000", "localhost:5000"},
      {"http://r.example:443/v2/", "r.example:443"},
      {"https://r.example", "r.example"},
      {"r.example/path", "r.example"},
      {"[::1]:5000", "[::1]:5000"}};
  for (const auto& [name, domain] : kTable) {
    const auto all = logins(R"({")" + std::string(name) + R"(":{"username":"u","password":"p"}})");
    BOOST_TEST(find_login(all, domain).username == "u", name);
    BOOST_TEST(find_login(all, domain).password == "p", name);
    BOOST_TEST(!find_login(all, "other.example").has_login(), name);
  }
}

BOOST_AUTO_TEST_CASE(entries_have_all_forms_of_a_login) {
  const auto all = logins(R"({"a":{"auth":")" + base64_encode("u:p:q") +
                          R"("},"b":{"identitytoken":"i"},"c":{"registrytoken":"r"},"d":{}})");
  BOOST_TEST(find_login(all, "a").username == "u");
  BOOST_TEST(find_login(all, "a").password == "p:q");
  BOOST_TEST(find_login(all, "b").identity_token == "i");
  BOOST_TEST(find_login(all, "c").registry_token == "r");
  BOOST_TEST(!find_login(all, "d").has_login());
}

BOOST_AUTO_TEST_CASE(tokens_kept_beside_a_login_are_not_the_login) {
  for (const char* order : {"/a", "/zz"}) {
    const std::string json = R"({"https://index.docker.io/v1)" + std::string(order) +
                             R"(":{"username":"token"},)"
                             R"("https://index.docker.io/v1/":{"username":"u"},)"
                             R"("https://index.docker.io/v1/refresh-token":{"username":"token"}})";
    BOOST_TEST(find_login(logins(json), "docker.io").username == "u");
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_no_login) {
  BOOST_TEST(decode_registry_config("").empty());
  BOOST_TEST(decode_registry_config("%%%").empty());
  for (const std::string& json :
       {std::string("null"), std::string("[]"), std::string("{"), std::string(R"({"a":1})"),
        std::string(R"({"a":{"username":1}})"), std::string(2u << 20, ' ') + "{}",
        R"({"a":)" + std::string(100'000, '[')})
    BOOST_TEST(logins(json).empty(), json.substr(0, 30));
}

BOOST_AUTO_TEST_SUITE_END()
