#include "core/buildkit/definition.hpp"

#include <string_view>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"

namespace gantry::buildkit {
namespace {

constexpr std::string_view kImage = "docker-image://";

std::string image_of(const std::string& name, const proto::Definition& definition) {
  std::string image;
  for (const std::string& text : definition.ops()) {
    proto::Op op;
    if (!op.ParseFromString(text)) throw Error(Errc::invalid, "input " + name + " cannot be read");
    const std::string& source = op.source().identifier();
    if (!op.has_source()) {
      // The last one only says which of the others is meant.
      if (op.inputs_size() == 1 && &text == &*definition.ops().rbegin()) continue;
    } else if (image.empty() && source.starts_with(kImage)) {
      image = source.substr(kImage.size());
      continue;
    }
    throw Error(Errc::unsupported, "input " + name + ": only images can be inputs of a build");
  }
  if (image.empty()) throw Error(Errc::invalid, "input " + name + " is empty");
  return image;
}

}  // namespace

proto::Definition definition_of(const std::string& image) {
  proto::Op source;
  source.mutable_source()->set_identifier(std::string(kImage) + image);
  proto::Definition definition;
  const std::string text = source.SerializeAsString();
  definition.add_ops(text);
  proto::Op last;
  const std::string digest = "sha256:" + sha256_hex(text);
  last.add_inputs()->set_digest(digest);
  definition.add_ops(last.SerializeAsString());
  (*definition.mutable_metadata())[digest];
  return definition;
}

std::map<std::string, std::string> read_inputs(
    const google::protobuf::Map<std::string, proto::Definition>& inputs) {
  std::map<std::string, std::string> images;
  for (const auto& [name, definition] : inputs) images[name] = image_of(name, definition);
  return images;
}

}  // namespace gantry::buildkit
