// The checks that Docker's builds make of Dockerfiles, as
// https://docs.docker.com/reference/build-checks/ names them. Plain values, any thread.
#pragma once

#include <string>
#include <string_view>

namespace gantry::build {

struct CheckRule {
  std::string_view name, description;
  std::string_view page{};  // of the documentation; empty: there is none
  bool is_experimental = false;

  std::string url() const;
};

namespace rules {

extern const CheckRule kStageNameCasing, kFromAsCasing, kNoEmptyContinuation,
    kConsistentInstructionCasing, kDuplicateStageName, kReservedStageName, kJsonArgsRecommended,
    kMaintainerDeprecated, kUndefinedArgInFrom, kWorkdirRelativePath, kUndefinedVar,
    kMultipleInstructionsDisallowed, kLegacyKeyValueFormat, kInvalidBaseImagePlatform,
    kRedundantTargetPlatform, kSecretsUsedInArgOrEnv, kInvalidDefaultArgInFrom,
    kFromPlatformFlagConstDisallowed, kCopyIgnoredFile, kInvalidDefinitionDescription,
    kExposeProtoCasing, kExposeInvalidFormat;

}  // namespace rules
}  // namespace gantry::build
