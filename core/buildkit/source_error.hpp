// A failure that says which lines of the Dockerfile it comes from: clients show them. Pure, any
// thread.
#pragma once

#include <string>

#include "core/grpc/status.hpp"

namespace gantry::buildkit {

inline constexpr const char* kLanguage = "Dockerfile";

struct SourceLines {
  std::string name, text;   // of the Dockerfile
  int first = 0, last = 0;  // from 1; 0: nobody knows
};

grpc::StatusError source_error(const std::string& why, const SourceLines& lines);

}  // namespace gantry::buildkit
