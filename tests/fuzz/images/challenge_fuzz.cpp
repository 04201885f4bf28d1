// Headers of strange registries: challenges, credentials, addresses. They are read or left out;
// what becomes part of a request holds no line break.
#include <cstdint>
#include <string>

#include "core/base/error.hpp"
#include "core/images/registry_auth.hpp"
#include "core/images/registry_challenge.hpp"
#include "core/images/registry_url.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

namespace {

void check_url(const images::Url& url) {
  FUZZ_CHECK(url.target.starts_with('/'));
  FUZZ_CHECK(url.target.find_first_of("\r\n ") == std::string::npos);
  FUZZ_CHECK(url.origin.host.find_first_of("\r\n ") == std::string::npos);
  FUZZ_CHECK(!url.origin.host.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const images::Challenge& challenge : images::parse_challenges(text))
    for (const auto& [name, value] : challenge.params)
      FUZZ_CHECK(value.size() <= text.size() && name.size() <= text.size());
  (void)images::decode_registry_auth(text);
  try {
    check_url(images::parse_url(text));
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
  }
  try {
    check_url(images::resolve_url(images::parse_url("https://registry:5000/v2/x"), text));
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
  }
  FUZZ_CHECK(images::encode_query_value(text).find_first_of("&=\r\n ") == std::string::npos);
  return 0;
}
