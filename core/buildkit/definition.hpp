// Build graphs (LLB) of one source: the form in which an image that one build has made is given to
// another, and in which clients ask for files from elsewhere. Pure, any thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/buildkit/proto/definition.pb.h"
#include "core/services/builds/remote_source.hpp"

namespace gantry::buildkit {

/// What a graph comes to: an image, or files from elsewhere.
struct GraphSource {
  std::string image{};
  std::optional<services::RemoteSource> remote{};
};

proto::Definition definition_of(const std::string& image);
/// `what`: the graph, for errors. Throws Error{unsupported} for one of anything else.
GraphSource read_definition(const std::string& what, const proto::Definition& definition);

using Inputs = std::map<std::string, GraphSource>;
Inputs read_inputs(const google::protobuf::Map<std::string, proto::Definition>& inputs);

}  // namespace gantry::buildkit
