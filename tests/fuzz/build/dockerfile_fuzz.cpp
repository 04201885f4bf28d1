// Dockerfiles that clients send: refused with Error{invalid}, or instructions that are read again
// as what they are.
#include <cstdint>
#include <string>

#include "core/base/error.hpp"
#include "core/build/config_instruction.hpp"
#include "core/build/dockerfile.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

namespace {

void check(const build::Instruction& instruction) {
  FUZZ_CHECK(instruction.line > 0 && !instruction.name.empty());
  FUZZ_CHECK(instruction.rest.find('\n') == std::string::npos);
  FUZZ_CHECK(instruction.text.find('\n') == std::string::npos);
  for (const std::string& flag : instruction.flags)
    FUZZ_CHECK(flag.starts_with("--") && flag.size() > 2);
  for (const build::Heredoc& document : instruction.heredocs)
    FUZZ_CHECK(document.content.empty() || document.content.ends_with('\n'));
}

void apply(const build::Dockerfile& file) {
  build::ConfigState state;
  state.escape = file.escape;
  images::ImageDefaults defaults;
  for (const build::Instruction& instruction : file.instructions)
    if (build::is_config_instruction(instruction.name))
      build::apply_instruction(instruction, {"A=1", "P=/a/b.c"}, state, defaults);
  for (const std::string& trigger : defaults.on_build)
    build::parse_instruction(trigger, file.escape);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  try {
    const build::Dockerfile file =
        build::parse_dockerfile({reinterpret_cast<const char*>(data), size});
    FUZZ_CHECK(!file.instructions.empty());
    for (const build::Instruction& instruction : file.instructions) check(instruction);
    apply(file);
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
  }
  return 0;
}
