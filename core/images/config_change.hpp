// Dockerfile instructions that change only an image's configuration: `docker import --change`.
// Pure, any thread. Errors: Error{invalid} in Docker's words.
#pragma once

#include <string_view>

#include "core/images/image.hpp"

namespace gantry::images {

/// CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR.
void apply_change(std::string_view instruction, ImageDefaults& defaults);

}  // namespace gantry::images
