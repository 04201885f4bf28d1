#include "core/build/check_rules.hpp"

namespace gantry::build {

std::string CheckRule::url() const {
  if (page.empty()) return {};
  return "https://docs.docker.com/go/dockerfile/rule/" + std::string(page) + "/";
}

// The descriptions are those that clients of Docker print.
namespace rules {

const CheckRule kStageNameCasing{"StageNameCasing", "Stage names should be lowercase",
                                 "stage-name-casing"};
const CheckRule kFromAsCasing{"FromAsCasing",
                              "The 'as' keyword should match the case of the 'from' keyword",
                              "from-as-casing"};
const CheckRule kNoEmptyContinuation{
    "NoEmptyContinuation", "Empty continuation lines will become errors in a future release",
    "no-empty-continuation"};
const CheckRule kConsistentInstructionCasing{
    "ConsistentInstructionCasing",
    "All commands within the Dockerfile should use the same casing (either upper or lower)",
    "consistent-instruction-casing"};
const CheckRule kDuplicateStageName{"DuplicateStageName", "Stage names should be unique",
                                    "duplicate-stage-name"};
const CheckRule kReservedStageName{
    "ReservedStageName", "Reserved words should not be used as stage names", "reserved-stage-name"};
const CheckRule kJsonArgsRecommended{
    "JSONArgsRecommended",
    "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS "
    "signals",
    "json-args-recommended"};
const CheckRule kMaintainerDeprecated{
    "MaintainerDeprecated",
    "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
    "maintainer-deprecated"};
const CheckRule kUndefinedArgInFrom{"UndefinedArgInFrom", "FROM command must use declared ARGs",
                                    "undefined-arg-in-from"};
const CheckRule kWorkdirRelativePath{
    "WorkdirRelativePath",
    "Relative workdir without an absolute workdir declared within the build can have unexpected "
    "results if the base image changes",
    "workdir-relative-path"};
const CheckRule kUndefinedVar{"UndefinedVar", "Variables should be defined before their use",
                              "undefined-var"};
const CheckRule kMultipleInstructionsDisallowed{
    "MultipleInstructionsDisallowed",
    "Multiple instructions of the same type should not be used in the same stage",
    "multiple-instructions-disallowed"};
const CheckRule kLegacyKeyValueFormat{
    "LegacyKeyValueFormat", "Legacy key/value format with whitespace separator should not be used",
    "legacy-key-value-format"};
const CheckRule kInvalidBaseImagePlatform{
    "InvalidBaseImagePlatform", "Base image platform does not match expected target platform"};
const CheckRule kRedundantTargetPlatform{
    "RedundantTargetPlatform",
    "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default "
    "behavior",
    "redundant-target-platform"};
const CheckRule kSecretsUsedInArgOrEnv{
    "SecretsUsedInArgOrEnv", "Sensitive data should not be used in the ARG or ENV commands",
    "secrets-used-in-arg-or-env"};
const CheckRule kInvalidDefaultArgInFrom{
    "InvalidDefaultArgInFrom",
    "Default value for global ARG results in an empty or invalid base image name",
    "invalid-default-arg-in-from"};
const CheckRule kFromPlatformFlagConstDisallowed{
    "FromPlatformFlagConstDisallowed", "FROM --platform flag should not use a constant value",
    "from-platform-flag-const-disallowed"};
const CheckRule kCopyIgnoredFile{"CopyIgnoredFile",
                                 "Attempting to Copy file that is excluded by .dockerignore",
                                 "copy-ignored-file"};
const CheckRule kInvalidDefinitionDescription{
    "InvalidDefinitionDescription",
    "Comment for build stage or argument should follow the format: `# <arg/stage name> "
    "<description>`. If this is not intended to be a description comment, add an empty line or "
    "comment between the instruction and the comment.",
    "invalid-definition-description", true};
const CheckRule kExposeProtoCasing{"ExposeProtoCasing",
                                   "Protocol in EXPOSE instruction should be lowercase",
                                   "expose-proto-casing"};
const CheckRule kExposeInvalidFormat{
    "ExposeInvalidFormat",
    "IP address and host-port mapping should not be used in EXPOSE instruction. This will become "
    "an error in a future release",
    "expose-invalid-format"};

}  // namespace rules
}  // namespace gantry::build
