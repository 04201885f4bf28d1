// The log option `tag`: a template whose fields are filled in for a container, in the syntax of
// Go's text/template as far as fields go ({{.Name}}, {{index .ContainerLabels "com.example"}}).
// Pure; any thread.
#pragma once

#include <string>

#include "core/domain/container.hpp"

namespace gantry::domain {

inline constexpr const char* kDefaultLogTag = "{{.ID}}";

/// Path and arguments of the first process, with spaces between.
std::string log_command(const ContainerRecord& record);
/// Throws Error{invalid} for a template that cannot be read. `daemon`: the engine's host name.
std::string expand_log_tag(const std::string& text, const ContainerRecord& record,
                           const std::string& daemon);

}  // namespace gantry::domain
