#include "core/build/run_instruction.hpp"

#include <algorithm>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/config_instruction.hpp"
#include "core/build/heredoc.hpp"
#include "core/json/writer.hpp"

namespace gantry::build {
namespace {

/// The one here-document that is all of the command; null: there is more.
const Heredoc* only_document(const Instruction& instruction) {
  if (instruction.heredocs.size() != 1) return nullptr;
  const auto mark = find_heredoc(instruction.rest);
  const Heredoc& first = instruction.heredocs.front();
  return mark && mark->name == first.name ? &first : nullptr;
}

/// A here-document that names its interpreter is a program of its own.
RunMount program_of(const Heredoc& document) {
  RunMount mount;
  mount.kind = RunMount::Kind::document;
  const bool is_plain =
      document.name.find('/') == std::string::npos && document.name != ".." && document.name != ".";
  mount.target = "/dev/pipes/" + (is_plain ? document.name : "document");
  mount.content = document.content;
  return mount;
}

/// The script of a shell: the command with its here-documents below, as they were written, or the
/// one document alone.
std::string script(const Instruction& instruction) {
  std::string text = instruction.rest;
  if (instruction.heredocs.empty()) return text;
  if (const Heredoc* document = only_document(instruction)) return document->content;
  text += '\n';
  for (const Heredoc& document : instruction.heredocs)
    text += document.content + document.name + '\n';
  return text;
}

}  // namespace

std::string RunInstruction::history(const Environment& arguments) const {
  std::string line;
  if (!arguments.empty())
    line = "|" + std::to_string(arguments.size()) + " " + text::join(arguments, " ") + " ";
  if (!network.empty()) line += "--network=" + network + " ";
  for (const RunMount& mount : mounts)
    if (mount.kind != RunMount::Kind::document) line += "--mount=" + mount.text + " ";
  line += text::join(argv, " ");
  // Whoever compares by the history alone must tell two programs apart.
  for (const RunMount& mount : mounts)
    if (mount.kind == RunMount::Kind::document) line += " # sha256:" + sha256_hex(mount.content);
  return line;
}

std::string RunInstruction::identity(const Environment& arguments,
                                     const std::string& mounted) const {
  json::Writer out;
  out.begin_object().field("run", argv).field("arguments", arguments);
  out.field("network", network).key("mounts").begin_array();
  for (const RunMount& mount : mounts) {
    const bool is_document = mount.kind == RunMount::Kind::document;
    out.str(is_document ? mount.content : mount.text);
  }
  out.end_array().field("mounted", mounted).end_object();
  return out.take();
}

RunInstruction parse_run(const Instruction& instruction, const images::ImageDefaults& defaults,
                         const Environment& words, char escape) {
  RunInstruction run;
  for (const std::string& flag : instruction.flags) {
    const std::string name = flag.substr(0, flag.find('='));
    const std::string value = name.size() < flag.size()
                                  ? dockerfile_word(flag.substr(name.size() + 1), words, escape)
                                  : std::string();
    if (name == "--network") {
      if (value != "default" && value != "none" && value != "host")
        invalid("unsupported network mode \"" + value + "\"");
      if (value != "default") run.network = value;
    } else if (name == "--mount") {
      const std::string text = flag.substr(std::min(flag.size(), name.size() + 1));
      run.mounts.push_back(parse_run_mount(
          text, words, escape, defaults.working_dir.empty() ? "/" : defaults.working_dir));
    } else if (name == "--security" || name == "--device") {
      invalid("RUN " + name + " is not supported");
    } else {
      invalid("unknown flag: " + name);
    }
  }
  if (const auto array = find_json_array(instruction.rest); array && instruction.heredocs.empty())
    run.argv = *array;
  else if (const Heredoc* document = only_document(instruction);
           document != nullptr && document->content.starts_with("#!")) {
    run.mounts.push_back(program_of(*document));
    run.argv = {run.mounts.back().target};
  } else
    run.argv = command_of(defaults, script(instruction));
  return run;
}

}  // namespace gantry::build
