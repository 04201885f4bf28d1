// Reads one layer's tar (plain, gzip, zstd, bzip2 or xz, detected) and hands its entries to a
// LayerWriter.
#pragma once

#include <cstdint>

#include "base/operation.hpp"
#include "layers/layer_writer.hpp"

namespace gantry::oci {

/// From the current position of `fd` to its end; what follows the archive's end is read and
/// dropped, so that whoever feeds a pipe never sees it break. Progress counts bytes of the input.
/// Errors: GANTRY_INVALID for a damaged archive or an entry that leaves the tree, GANTRY_EXHAUSTED
/// for a full disk, GANTRY_CANCELLED.
void unpack_layer(int fd, LayerWriter& writer, const Operation& op);

}  // namespace gantry::oci
