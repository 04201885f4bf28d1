// Dockerfile instructions that change only an image's configuration: `--change` of `docker import`
// and `docker commit`.
// Pure, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include <string>
#include <vector>

#include "core/images/image.hpp"

namespace gantry::images {

/// CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR.
/// As one Dockerfile: variables are those of the configuration so far, an ENTRYPOINT without a CMD
/// before it drops the command.
void apply_changes(const std::vector<std::string>& changes, ImageDefaults& defaults);

}  // namespace gantry::images
