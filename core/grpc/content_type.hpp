// The media type of gRPC: "application/grpc", perhaps with a "+format" or parameters. Any thread.
#pragma once

#include <string_view>

namespace gantry::grpc {

inline constexpr std::string_view kContentType = "application/grpc";

/// Not so: "application/grpc-web".
inline bool is_grpc(std::string_view content_type) {
  if (!content_type.starts_with(kContentType)) return false;
  const std::string_view rest = content_type.substr(kContentType.size());
  return rest.empty() || rest.front() == '+' || rest.front() == ';';
}

}  // namespace gantry::grpc
