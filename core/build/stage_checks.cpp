#include "core/build/stage_checks.hpp"

#include "core/base/text.hpp"
#include "core/build/checks.hpp"
#include "core/build/config_instruction.hpp"
#include "core/build/heredoc.hpp"
#include "core/build/key_values.hpp"
#include "core/build/port_checks.hpp"
#include "core/build/raw_words.hpp"
#include "core/build/secret_name.hpp"

namespace gantry::build {

const std::map<std::string, StageCheck::Rule, std::less<>>& StageCheck::rules_by_name() {
  static const std::map<std::string, Rule, std::less<>> table{
      {"ADD", &StageCheck::copy},
      {"ARG", &StageCheck::argument},
      {"CMD", &StageCheck::command},
      {"COPY", &StageCheck::copy},
      {"ENTRYPOINT", &StageCheck::command},
      {"ENV", &StageCheck::pairs},
      {"EXPOSE", &StageCheck::ports},
      {"HEALTHCHECK", &StageCheck::once},
      {"LABEL", &StageCheck::pairs},
      {"ONBUILD", &StageCheck::trigger},
      {"RUN", &StageCheck::mounts},
      {"SHELL", &StageCheck::shell},
      {"STOPSIGNAL", &StageCheck::one_word},
      {"USER", &StageCheck::one_word},
      {"VOLUME", &StageCheck::each_word},
      {"WORKDIR", &StageCheck::work_directory}};
  return table;
}

void StageCheck::run(const Instruction& instruction, const CheckPlace& place) {
  const auto found = rules_by_name().find(instruction.name);
  if (found == rules_by_name().end()) return;
  place_ = place;
  try {
    (this->*found->second)(instruction);
  } catch (const Error& error) {
    throw CheckFailure(error, place);
  }
}

std::string StageCheck::word(std::string_view text, char escape, WordQuotes quotes) {
  const auto find = [this](std::string_view name) { return stage_.variables.find(name); };
  CheckedWord word = checked_word(text, find, escape, checks_.budget, quotes);
  for (const std::string& name : word.unknown) {
    if (!stage_.variables.is_undefined(name)) continue;
    const std::string meant = stage_.variables.suggestion(name);
    warn(rules::kUndefinedVar, "Usage of undefined variable '$" + name + "'" +
                                   (meant.empty() ? "" : " (did you mean $" + meant + "?)"));
  }
  return std::move(word.text);
}

std::vector<std::string> StageCheck::list(const Instruction& instruction) const {
  if (auto array = find_json_array(instruction.rest)) return std::move(*array);
  return blank_separated(instruction.rest);
}

void StageCheck::check_secret(const std::string& instruction, const std::string& name) {
  if (is_secret_name(name))
    warn(rules::kSecretsUsedInArgOrEnv, "Do not use ARG or ENV instructions for sensitive data (" +
                                            instruction + " " + quoted_word(name) + ")");
}

// None of one instruction's sees what another one sets.
void StageCheck::pairs(const Instruction& instruction) {
  RawKeyValues raw = raw_key_values(instruction, checks_.file.escape);
  for (auto& [name, value] : raw.pairs) {
    name = word(name);
    value = word(value);
  }
  const std::string written(written_name(instruction.text));
  if (raw.is_old_form)
    warn(rules::kLegacyKeyValueFormat, "\"" + written +
                                           " key=value\" should be used instead of legacy \"" +
                                           written + " key value\" format");
  if (instruction.name != "ENV") return;
  for (auto& [name, value] : raw.pairs) {
    check_secret("ENV", name);
    stage_.variables.set(name, std::move(value));
  }
}

void StageCheck::argument(const Instruction& instruction) {
  for (const std::string& text : raw_words(instruction.rest, checks_.file.escape)) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    check_secret("ARG", name);
    const auto given = checks_.world.arguments.find(name);
    const auto global = checks_.globals.find(name);
    if (given != checks_.world.arguments.end() && given->second)
      stage_.variables.set(name, *given->second);
    else if (equals != std::string::npos)
      stage_.variables.set(name, word(text.substr(equals + 1)));
    else if (global != checks_.globals.end())
      stage_.variables.set(name, global->second);
    stage_.variables.declare(name);
  }
}

void StageCheck::copy(const Instruction& instruction) {
  bool from_elsewhere = false;
  for (const std::string& flag : instruction.flags) {
    const std::size_t equals = std::min(flag.find('='), flag.size());
    const std::string name = flag.substr(0, equals);
    from_elsewhere = from_elsewhere || name == "--from";
    if ((name == "--chown" || name == "--chmod" || name == "--checksum") && equals < flag.size())
      word(std::string_view(flag).substr(equals + 1));
  }
  std::vector<std::string> words = list(instruction);
  std::vector<std::string> sources;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (find_heredoc(words[i])) continue;
    std::string text = word(words[i]);
    if (i + 1 < words.size()) sources.push_back(std::move(text));
  }
  for (const Heredoc& document : instruction.heredocs)
    if (document.expand) word(document.content, '\\', WordQuotes::keep);
  if (from_elsewhere) return;
  for (const std::string& source : sources)
    if (const auto ignored = checks_.ignored.find(source))
      warn(rules::kCopyIgnoredFile,
           std::string("Attempting to ") + (instruction.name == "ADD" ? "Add" : "Copy") + " file " +
               quoted_word(*ignored) + " that is excluded by .dockerignore");
}

void StageCheck::mounts(const Instruction& instruction) {
  constexpr std::string_view kMount = "--mount=";
  for (const std::string& flag : instruction.flags) {
    if (!flag.starts_with(kMount)) continue;
    for (std::string field : text::split(flag.substr(kMount.size()), ',')) {
      std::erase(field, '"');
      if (const std::size_t equals = field.find('='); equals != std::string::npos)
        word(std::string_view(field).substr(equals + 1));
    }
  }
}

void StageCheck::one_word(const Instruction& instruction) { word(instruction.rest); }

void StageCheck::each_word(const Instruction& instruction) {
  for (const std::string& text : list(instruction)) word(text);
}

// Only the first one: with it the others are right.
void StageCheck::work_directory(const Instruction& instruction) {
  const std::string path = word(instruction.rest);
  if (!stage_.has_work_directory && !path.starts_with('/'))
    warn(rules::kWorkdirRelativePath, "Relative workdir " + quoted_word(path) +
                                          " can have unexpected results if the base image changes");
  stage_.has_work_directory = true;
}

void StageCheck::ports(const Instruction& instruction) {
  const auto find = [this](std::string_view name) {
    auto value = stage_.variables.find(name);
    checks_.budget.spend(1 + (value ? value->size() : 0));
    return value;
  };
  for (const std::string& text : blank_separated(instruction.rest))
    for (const std::string& port : expand_words(text, find, checks_.file.escape)) {
      if (has_upper_protocol(port))
        warn(rules::kExposeProtoCasing,
             "Defined protocol '" + port + "' in EXPOSE instruction should be lowercase");
      if (has_host_part(port))
        warn(rules::kExposeInvalidFormat,
             "EXPOSE instruction should not define an IP address or host-port mapping, found '" +
                 port + "'");
    }
}

void StageCheck::command(const Instruction& instruction) {
  once(instruction);
  if (find_json_array(instruction.rest) || stage_.has_shell || stage_.variables.image().has_shell())
    return;
  warn(rules::kJsonArgsRecommended, "JSON arguments recommended for " +
                                        std::string(written_name(instruction.text)) +
                                        " to prevent unintended behavior related to OS signals");
}

// It is the one before that counts for nothing.
void StageCheck::once(const Instruction& instruction) {
  const CheckPlace here = place_;
  if (const auto before = last_.find(instruction.name); before != last_.end()) {
    place_ = before->second;
    place_.comments = here.comments;
    warn(rules::kMultipleInstructionsDisallowed,
         "Multiple " + std::string(written_name(instruction.text)) +
             " instructions should not be used in the same stage because only the last one will "
             "be used");
    place_ = here;
  }
  last_[instruction.name] = here;
}

void StageCheck::shell(const Instruction&) { stage_.has_shell = true; }

void StageCheck::trigger(const Instruction& instruction) {
  Instruction trigger = parse_instruction(instruction.rest, checks_.file.escape);
  trigger.heredocs = instruction.heredocs;
  stage_.triggers.push_back(std::move(trigger));
}

}  // namespace gantry::build
