// Build graphs (LLB) of one source: the form in which an image that one build has made is given to
// another. Pure, any thread.
#pragma once

#include <map>
#include <string>

#include "core/buildkit/proto/definition.pb.h"

namespace gantry::buildkit {

proto::Definition definition_of(const std::string& image);
/// The images by name. Throws Error{unsupported} for a graph that is anything else.
std::map<std::string, std::string> read_inputs(
    const google::protobuf::Map<std::string, proto::Definition>& inputs);

}  // namespace gantry::buildkit
