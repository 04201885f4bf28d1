// COPY and ADD as data. Pure, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/build/dockerfile.hpp"
#include "core/build/dockerfile_words.hpp"
#include "core/build/git_url.hpp"
#include "core/build/mode_change.hpp"
#include "core/build/path_patterns.hpp"

namespace gantry::build {

struct CopyInstruction {
  std::string name;                  // "COPY", "ADD"
  std::vector<std::string> sources;  // without here-documents and URLs
  std::vector<std::string> urls;     // ADD
  std::vector<GitUrl> repositories;  // ADD
  std::optional<bool> keep_git;      // --keep-git-dir
  std::vector<Heredoc> documents;    // their contents with variables replaced
  std::string target;                // as written, variables replaced
  std::string from;                  // --from; empty: the build context
  std::string owner;                 // --chown
  std::optional<ModeChange> mode;    // --chmod
  bool parents = false;              // --parents
  std::optional<bool> unpack;        // --unpack; none: archives that are no URL
  std::string checksum;  // --checksum of one URL: "sha256:…"; of a repository: a commit
  PathPatterns exclude;
  std::vector<std::string> history_flags;  // what makes another layer of the same sources

  bool is_add() const { return name == "ADD"; }
  std::size_t source_count() const {
    return sources.size() + urls.size() + repositories.size() + documents.size();
  }
};

CopyInstruction parse_copy(const Instruction& instruction, const Environment& words, char escape);

}  // namespace gantry::build
