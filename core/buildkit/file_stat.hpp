// A file as fsutil describes it on the wire. Pure, any thread.
#pragma once

#include <string>

#include "core/build/source_tree.hpp"
#include "core/buildkit/proto/session.pb.h"

namespace gantry::buildkit {

proto::FileStat stat_of(const std::string& path, const build::SourceFile& file);

}  // namespace gantry::buildkit
