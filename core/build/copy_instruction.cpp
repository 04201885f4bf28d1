#include "core/build/copy_instruction.hpp"

#include <algorithm>
#include <set>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/config_instruction.hpp"
#include "core/build/heredoc.hpp"

namespace gantry::build {
namespace {

constexpr const char* kKeepGit = "--keep-git-dir";

bool is_url(const std::string& source) {
  return source.starts_with("http://") || source.starts_with("https://");
}

bool parse_switch(const std::string& name, const std::string& value) {
  const std::string word = text::lower(value);
  if (word != "true" && word != "false")
    invalid("expecting boolean value for flag " + name + ", not: " + value);
  return word == "true";
}

bool is_switch(const std::string& name) {
  return name == "--parents" || name == "--unpack" || name == kKeepGit;
}

class Flags {
 public:
  Flags(const Instruction& instruction, const Environment& words, char escape,
        CopyInstruction& copy)
      : words_(words), escape_(escape), copy_(copy) {
    for (const std::string& flag : instruction.flags) apply(flag);
  }

 private:
  void apply(const std::string& flag) {
    const std::size_t equals = flag.find('=');
    const std::string name = flag.substr(0, equals);
    // Layers do not depend on what is below them here: nothing else is to be done.
    if (name == "--link") return;
    check(name);
    if (is_switch(name)) {
      const bool is_on = equals == std::string::npos || parse_switch(name, flag.substr(equals + 1));
      if (name == kKeepGit) {
        copy_.keep_git = is_on;  // it is part of what the sources are
        return;
      }
      if (name == "--parents")
        copy_.parents = is_on;
      else
        copy_.unpack = is_on;
      copy_.history_flags.push_back(flag);
      return;
    }
    if (equals == std::string::npos) invalid("missing a value on flag: " + name);
    const std::string value = dockerfile_word(flag.substr(equals + 1), words_, escape_);
    if (name == "--chown") {
      copy_.owner = value;
    } else if (name == "--chmod") {
      copy_.mode.emplace(value);
    } else if (name == "--exclude") {
      copy_.exclude.add(value);
    } else if (name == "--from") {
      // Which stages a build needs is known before any variable is.
      copy_.from = flag.substr(std::min(equals, flag.size() - 1) + 1);
      return;
    } else {
      copy_.checksum = value;
      return;
    }
    copy_.history_flags.push_back(name + "=" + value);
  }

  void check(const std::string& name) const {
    static const std::set<std::string> kBoth{"--chown", "--chmod", "--exclude"};
    static const std::set<std::string> kAdd{"--checksum", "--unpack", kKeepGit},
        kCopy{"--from", "--parents"};
    if (!kBoth.contains(name) && !(copy_.is_add() ? kAdd : kCopy).contains(name))
      invalid("unknown flag: " + name);
  }

  const Environment& words_;
  const char escape_;
  CopyInstruction& copy_;
};

std::vector<std::string> operands(const Instruction& instruction, const Environment& words,
                                  char escape) {
  const auto array = find_json_array(instruction.rest);
  if (!array) return dockerfile_words(instruction.rest, words, escape);
  std::vector<std::string> result;
  for (const std::string& word : *array) result.push_back(dockerfile_word(word, words, escape));
  return result;
}

/// The here-document that an operand stands for, the first from `next` on: two may have one name.
const Heredoc* find_document(const Instruction& instruction, const std::string& operand,
                             std::size_t& next) {
  const auto mark = find_heredoc(operand);
  for (std::size_t i = next; mark && i < instruction.heredocs.size(); ++i) {
    if (instruction.heredocs[i].name != mark->name) continue;
    next = i + 1;
    return &instruction.heredocs[i];
  }
  return nullptr;
}

// The file lies alone where it is copied from: there is no directory for it.
void check_file_name(const std::string& document) {
  if (document.find('/') != std::string::npos || document == "." || document == "..")
    invalid("\"" + document + "\" is no name for a file: <<" + document);
}

/// Variables in a here-document, as in a shell's: quotes are ordinary characters, a backslash
/// means something before `$` and itself only.
std::string expand_document(const std::string& content, const Environment& words) {
  std::string quoted = "\"";
  for (std::size_t i = 0; i < content.size(); ++i) {
    const char c = content[i];
    const char next = i + 1 < content.size() ? content[i + 1] : '\0';
    if (c == '\\' && (next == '$' || next == '\\')) {
      quoted += c;
      quoted += next;
      ++i;
      continue;
    }
    if (c == '\\' || c == '"') quoted += '\\';
    quoted += c;
  }
  return dockerfile_word(quoted + '"', words);
}

/// A repository's URL may say the same as flags.
void take_flags(const CopyInstruction& copy, GitUrl& url) {
  if (copy.keep_git) url.keep_git = copy.keep_git;
  if (copy.checksum.empty()) return;
  const std::string checksum = parse_git_checksum(copy.checksum);
  if (!url.checksum.empty() && url.checksum != checksum)
    invalid("checksum conflicts: \"" + url.checksum + "\" vs \"" + checksum + "\"");
  url.checksum = checksum;
}

}  // namespace

CopyInstruction parse_copy(const Instruction& instruction, const Environment& words, char escape) {
  CopyInstruction copy;
  copy.name = instruction.name;
  const Flags flags(instruction, words, escape, copy);
  std::vector<std::string> all = operands(instruction, words, escape);
  if (all.size() < 2)
    invalid(copy.name +
            " requires at least two arguments, but only one was provided. Destination could not be "
            "determined");
  copy.target = std::move(all.back());
  all.pop_back();
  std::size_t next_document = 0;
  for (std::string& source : all) {
    if (const Heredoc* document = find_document(instruction, source, next_document)) {
      check_file_name(document->name);
      copy.documents.push_back(*document);
      if (document->expand)
        copy.documents.back().content = expand_document(document->content, words);
    } else if (auto url = copy.is_add() ? find_git_url(source, GitUrlUse::source) : std::nullopt) {
      copy.repositories.push_back(std::move(*url));
    } else if (copy.is_add() && is_url(source)) {
      copy.urls.push_back(std::move(source));
    } else {
      copy.sources.push_back(std::move(source));
    }
  }
  const std::size_t remote = copy.urls.size() + copy.repositories.size();
  if (!copy.checksum.empty() && (remote != 1 || copy.source_count() != 1))
    invalid("checksum can't be specified for multiple or local sources");
  for (GitUrl& url : copy.repositories) take_flags(copy, url);
  if (copy.source_count() > 1 && !copy.target.ends_with('/'))
    invalid(
        "When using " + copy.name +
        " with more than one source file, the destination must be a directory and end with a /");
  return copy;
}

}  // namespace gantry::build
