// Names of unpacked layers: the chain ids of the OCI image specification. Pure, any thread.
#pragma once

#include <string>
#include <vector>

namespace gantry::images {

/// Chain id of a layer with this diff id on top of `parent` ("" for the lowest, whose chain id is
/// its diff id).
std::string chain_id(const std::string& parent, const std::string& diff_id);
/// One chain id per layer, lowest first.
std::vector<std::string> chain_ids(const std::vector<std::string>& diff_ids);

}  // namespace gantry::images
