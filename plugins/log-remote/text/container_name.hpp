// A container's name with and without the slash that Docker's own records put before it. Any
// thread.
#pragma once

#include <string>

namespace log_remote {

inline std::string bare_name(const std::string& name) {
  return name.starts_with('/') ? name.substr(1) : name;
}
inline std::string slashed_name(const std::string& name) { return "/" + bare_name(name); }

}  // namespace log_remote
