// RUN --mount as data (the Dockerfile reference, "RUN --mount"). Pure, any thread. Errors:
// Error{invalid}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/build/dockerfile_words.hpp"

namespace gantry::build {

struct RunMount {
  enum class Kind { bind, cache, tmpfs, secret, document };
  enum class Sharing { shared, locked };
  Kind kind = Kind::bind;
  std::string target;     // absolute; a secret that is only a variable has none
  std::string from;       // bind, cache: stage or image; empty: the build context, or nothing
  std::string source;     // bind, cache: path in it, "" for its root
  bool read_only = true;  // bind: what is written is thrown away; cache: false
  std::string id;         // cache, secret
  Sharing sharing = Sharing::shared;
  std::uint32_t mode = 0755, uid = 0, gid = 0;  // of a new cache, or of the secret's file
  std::string variable;                         // secret: of the environment; empty: none
  bool required = false;                        // secret
  std::string content;                          // document: a program of a here-document
  std::uint64_t size = 0;                       // tmpfs, in bytes; 0: no limit
  std::string text;                             // as written
};

/// `text`: behind "--mount=". nullopt: an SSH socket, which nobody can give, and which is not
/// required. `work_directory`: where a relative target is.
std::optional<RunMount> parse_run_mount(const std::string& text, const Environment& words,
                                        char escape, const std::string& work_directory);

}  // namespace gantry::build
