// What --chmod makes of a file's mode: "0755", or "u=rwX,go+r" as chmod(1) has it, without a umask.
// Plain value, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gantry::build {

class ModeChange {
 public:
  /// Throws Error{invalid} for text that is neither.
  explicit ModeChange(const std::string& text);

  /// `mode`: permissions with set-id and sticky bits.
  std::uint32_t apply(std::uint32_t mode, bool is_directory) const;

 private:
  struct Step {
    std::uint32_t who = 0;       // the bits that may change
    char operation = '=';        // '+', '-', '='
    std::uint32_t bits = 0;      // for everybody: cut down to `who`
    char copied = 0;             // 'u', 'g', 'o': their permissions in place of `bits`
    bool if_executable = false;  // "X": executable too, where the file is a directory or was so
  };
  void parse_clause(const std::string& clause);

  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace gantry::build
