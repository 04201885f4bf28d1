// An image's document in the journal, and building a record from an image config. The document
// holds all the record says (not the history), so that booting reads no blobs. Pure, any thread.
// Errors: Error{invalid}.
#pragma once

#include <string>
#include <string_view>

#include "core/images/image.hpp"
#include "core/images/image_config.hpp"

namespace gantry::images {

/// Fills platform, times, texts, defaults from the config, and one layer per diff id with its chain
/// id.
ImageRecord make_record(const Descriptor& config_blob, const ImageConfig& config);
std::string write_image_document(const ImageRecord& image);
ImageRecord read_image_document(std::string_view document);

}  // namespace gantry::images
