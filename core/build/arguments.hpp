// ARG: which build arguments an instruction of a stage sees, and what its command gets of them. A
// stage begins with a copy of what is known in front of the first one. One thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/build/dockerfile.hpp"
#include "core/build/dockerfile_words.hpp"
#include "core/images/image.hpp"

namespace gantry::build {

/// Name -> value of `--build-arg`; without a value: as if it had not been given.
using GivenArguments = std::map<std::string, std::optional<std::string>>;

struct Argument {
  std::string name;
  std::optional<std::string> value;
};
/// What an ARG instruction declares. Throws Error{invalid}.
std::vector<Argument> parse_arguments(const Instruction& instruction, const Environment& words,
                                      char escape);

/// TARGETPLATFORM, BUILDARCH and their like.
std::map<std::string, std::string> platform_arguments(const images::Platform& target,
                                                      const images::Platform& host);

class Arguments {
 public:
  /// `automatic`: what FROM lines know without being told, and stages after an ARG of that name
  /// (TARGETPLATFORM and its like).
  Arguments(GivenArguments given, std::map<std::string, std::string> automatic);

  /// ARG before the first FROM.
  void declare_global(const std::string& name, std::optional<std::string> fallback);
  void declare(const std::string& name, std::optional<std::string> fallback);

  /// What the text of FROM, and of ARG before it, may refer to.
  Environment global_words() const;
  /// The same for the instructions of a stage whose variables are `env`.
  Environment words(const std::vector<std::string>& env) const;
  /// What a RUN command gets besides `env`, sorted. Proxy settings need not be declared.
  Environment for_command(const std::vector<std::string>& env) const;
  /// The same as history shows it and the cache compares it: without proxies nobody declared.
  Environment for_history(const std::vector<std::string>& env) const;
  /// What others named counts, too.
  void add_used(const Arguments& other) { used_.insert(other.used_.begin(), other.used_.end()); }
  /// Given ones that no ARG named, sorted.
  std::vector<std::string> unused() const;

 private:
  std::optional<std::string> value(const std::string& name,
                                   const std::optional<std::string>& fallback) const;
  Environment visible(const std::vector<std::string>& env, bool with_proxies) const;

  const GivenArguments given_;
  std::map<std::string, std::optional<std::string>> global_;    // with their values
  std::map<std::string, std::optional<std::string>> declared_;  // likewise, in the stage
  std::map<std::string, std::string> automatic_;
  std::set<std::string> used_;
};

}  // namespace gantry::build
