// Instructions that change only an image's configuration, in a Dockerfile and as `--change` of
// `docker import` and `docker commit`.
// Pure, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/build/dockerfile.hpp"
#include "core/build/dockerfile_words.hpp"
#include "core/images/image.hpp"

namespace gantry::build {

/// CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME,
/// WORKDIR.
bool is_config_instruction(const std::string& name);

/// What goes from one instruction of a stage to the next.
struct ConfigState {
  char escape = '\\';
  bool has_command = false;  // a CMD came before: an ENTRYPOINT keeps it
};

/// `variables`: what the instruction's text may refer to. Gives the instruction as history tells
/// of it: with what its words came to.
std::string apply_instruction(const Instruction& instruction, const Environment& variables,
                              ConfigState& state, images::ImageDefaults& defaults);

/// `--change`: each a piece of Dockerfile; variables are those of the configuration so far.
void apply_changes(const std::vector<std::string>& changes, images::ImageDefaults& defaults);

/// A command as a JSON array of strings, or with the shell in front of it.
std::vector<std::string> command_of(const images::ImageDefaults& defaults, std::string_view rest);

/// The JSON array of strings in `rest`; nullopt: it is none.
std::optional<std::vector<std::string>> find_json_array(std::string_view rest);

}  // namespace gantry::build
