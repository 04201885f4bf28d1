// A plugin's call that writes to a descriptor, or reads from one, joined to a client that gives or
// takes pieces: the call runs on a thread of its own, and either side may fail or leave. Blocks.
#pragma once

#include <functional>
#include <string_view>

#include "core/pluginhost/runtime.hpp"

namespace gantry::services {

using PipedCall = std::function<void(int fd, const pluginhost::Op& op)>;

/// Passes what `call` writes on to `sink`, which returns false when the client is gone; then the
/// call is cancelled and nothing is thrown. `abandoned` (may be empty) cancels it, too. Throws what
/// the call throws. True: all of it was passed on.
bool read_from(const PipedCall& call, const std::function<bool(std::string_view)>& sink,
               const std::function<bool()>& abandoned = {});

/// Passes what `source` gives on to `call`; an empty piece is the end. Throws what the call throws,
/// or what `source` throws, which cancels the call. A call may end before it has read everything.
void write_to(const PipedCall& call, const std::function<std::string_view()>& source,
              const std::function<bool()>& abandoned = {});

/// The same for a client that calls: `writer` is given the function that takes pieces.
using TakePiece = std::function<void(std::string_view)>;
void write_through(const PipedCall& call, const std::function<void(const TakePiece&)>& writer,
                   const std::function<bool()>& abandoned = {});

/// `reader` is given the function that gives piece after piece, an empty one at the end; what it
/// leaves is read, too. Throws what the call throws before what `reader` throws.
using GivePiece = std::function<std::string_view()>;
void read_through(const PipedCall& call, const std::function<void(const GivePiece&)>& reader,
                  const std::function<bool()>& abandoned = {});

}  // namespace gantry::services
