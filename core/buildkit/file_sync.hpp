// Files of a client's directory, over its session: service moby.filesync.v1.FileSync with the
// packets of fsutil. What the client has is told file by file; contents come for what is asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/build/source_tree.hpp"
#include "core/buildkit/known_files.hpp"
#include "core/buildkit/session.hpp"

namespace gantry::buildkit {

struct FileSelection {
  std::string directory;                         // as the client calls it
  std::vector<std::string> exclude{}, follow{};  // patterns; nothing to follow: everything
  /// Null: all contents come, and nothing is remembered.
  KnownFiles* known = nullptr;
  std::string shared_key{};      // the client's for this directory, besides its session's
  bool digests_suffice = false;  // of files that are known
};

/// Adds them to `into`; contents that are there need not come again. `progress`: bytes so far.
/// Throws what the client reports, as Error{invalid}, and what SourceTree throws.
void receive_files(Session& session, const FileSelection& selection, build::SourceTree& into,
                   const std::function<void(std::uint64_t)>& progress, const std::stop_token& stop);
/// The same of a call that has begun.
void receive_packets(grpc::Call& call, build::SourceTree& into,
                     const std::function<void(std::uint64_t)>& progress,
                     const std::stop_token& stop);

}  // namespace gantry::buildkit
