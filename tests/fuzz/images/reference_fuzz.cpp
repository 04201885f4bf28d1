// References from anybody: refused with Error{invalid}, or normalised so that both printed forms
// read back as the same reference.
#include <cstdint>
#include <string>

#include "core/base/error.hpp"
#include "core/images/platform.hpp"
#include "core/images/reference.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const images::Reference reference = images::parse_reference(text);
    FUZZ_CHECK(images::parse_reference(reference.str()) == reference);
    FUZZ_CHECK(images::parse_reference(reference.familiar()) == reference);
    FUZZ_CHECK(reference.name().find("..") == std::string::npos);
    FUZZ_CHECK(reference.with_default_tag().has_version());
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
  }
  try {
    const images::Platform platform = images::parse_platform(text);
    FUZZ_CHECK(images::platform_runs(platform, platform));
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
  }
  return 0;
}
