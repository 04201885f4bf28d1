// Changes that clients send with import and commit: refused with Error{invalid}, or a configuration
// that can be written and read again.
#include <cstdint>
#include <string>

#include "core/base/error.hpp"
#include "core/build/config_instruction.hpp"
#include "core/images/image_config.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    images::ImageConfig config;
    config.platform.architecture = "amd64";
    config.defaults.env = {"A=1", "B="};
    build::apply_changes({text}, config.defaults);
    for (const std::string& entry : config.defaults.env)
      FUZZ_CHECK(entry.find('=') != std::string::npos);
    images::write_image_config(config);
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
  }
  return 0;
}
