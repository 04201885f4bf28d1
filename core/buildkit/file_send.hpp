// Results of builds that go to the client, over its session: service moby.filesync.v1.FileSend. One
// thread. Errors: what the client reports, as Error.
#pragma once

#include <cstddef>
#include <stop_token>

#include "core/build/source_tree.hpp"
#include "core/buildkit/session.hpp"

namespace gantry::buildkit {

/// As a tar. `exporter`: its place among those of the client's request.
void send_archive(Session& session, std::size_t exporter, const build::SourceTree& files,
                  const std::stop_token& stop);
/// As files, of which the client asks for the contents it wants.
void send_files(Session& session, std::size_t exporter, const build::SourceTree& files,
                const std::stop_token& stop);

}  // namespace gantry::buildkit
