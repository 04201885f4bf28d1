// Dockerfiles that clients send: refused with Error{invalid}, or instructions that are read again
// as what they are, and checked to the end.
#include <cstdint>
#include <string>

#include "core/base/error.hpp"
#include "core/build/checks.hpp"
#include "core/build/config_instruction.hpp"
#include "core/build/dockerfile.hpp"
#include "core/build/outline.hpp"
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

build::CheckWorld check_world() {
  build::CheckWorld world;
  world.target.architecture = world.host.architecture = "amd64";
  images::ImageDefaults defaults;
  defaults.env = {"HOME=/a", "X", ""};
  defaults.on_build = {"ENV T=1", "COPY"};
  const auto base = std::make_shared<build::CheckBase>(defaults, world.target);
  world.base = [base](const auto&, const auto&, auto) { return base; };
  world.ignored = [] { return std::vector<std::string>{"*", "a/**"}; };
  return world;
}

/// Each warning points into the file.
void check_report(const build::CheckReport& report, int last_line) {
  for (const build::CheckWarning& warning : report.warnings()) {
    FUZZ_CHECK(!warning.text.empty() && warning.line > 0);
    FUZZ_CHECK(warning.last_line >= warning.line && warning.last_line <= last_line);
  }
  FUZZ_CHECK(report.error().empty() || !report.warnings().empty());
}

void check_all(const build::Dockerfile& file) {
  build::CheckReport report(build::CheckOptions("experimental=all;error=true"));
  const build::CheckWorld world = check_world();
  const build::StagePlan plan = build::split_stages(file);
  try {
    build::DockerfileChecks checks(file, plan, world, report);
    checks.check_file();
    checks.check_stages(std::vector<bool>(plan.stages.size(), true));
  } catch (const build::CheckFailure& failure) {
    FUZZ_CHECK(failure.code() == Errc::invalid && failure.place.line > 0);
  }
  check_report(report, file.instructions.back().last_line);
  build::outline_of(file, plan, plan.stages.size() - 1, world);
}

void check_beginning(std::string_view text, int line) {
  const build::Dockerfile file = build::dockerfile_before(text, line);
  build::CheckReport report{{}};
  build::check_beginning(file.instructions, report);
  check_report(report, line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const build::Dockerfile file = build::parse_dockerfile(text);
    FUZZ_CHECK(!file.instructions.empty());
    for (const build::Instruction& instruction : file.instructions) check(instruction);
    check_all(file);
    apply(file);
  } catch (const build::DockerfileError& e) {
    check_beginning(text, e.line());
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
  }
  return 0;
}
