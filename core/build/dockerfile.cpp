#include "core/build/dockerfile.hpp"

#include <utility>

#include "core/base/error.hpp"
#include "core/build/instruction_check.hpp"
#include "core/build/instruction_reader.hpp"

namespace gantry::build {
namespace {

std::vector<Instruction> read_all(InstructionReader& reader) {
  std::vector<Instruction> result;
  while (auto instruction = reader.next()) {
    check_instruction(*instruction, reader.escape());
    result.push_back(std::move(*instruction));
  }
  return result;
}

}  // namespace

Dockerfile parse_dockerfile(std::string_view text) {
  InstructionReader reader(text);
  Dockerfile file;
  try {
    file.instructions = read_all(reader);
  } catch (const Error& error) {
    throw DockerfileError(reader.line(), error.what());
  }
  if (file.instructions.empty()) invalid("file with no instructions");
  file.escape = reader.escape();
  file.syntax = reader.syntax();
  file.checks = reader.checks();
  file.warnings = reader.warnings();
  return file;
}

Dockerfile dockerfile_before(std::string_view text, int line) {
  InstructionReader reader(text);
  Dockerfile file;
  try {
    for (auto next = reader.next(); next && next->line < line; next = reader.next())
      file.instructions.push_back(std::move(*next));
    file.escape = reader.escape();
    file.checks = reader.checks();
  } catch (const Error&) {  // it cannot even be cut into instructions
    file.instructions.clear();
  }
  return file;
}

Instruction parse_instruction(std::string_view text, char escape) {
  InstructionReader reader(text, escape);
  std::vector<Instruction> all = read_all(reader);
  if (all.empty()) invalid("file with no instructions");
  if (all.size() > 1) invalid("onbuild trigger should be a single expression");
  return std::move(all.front());
}

}  // namespace gantry::build
