// YAML of files on this host as JSON, for the engine's one reader. The only unit that knows the
// YAML library. Pure; any thread.
//
// Only null, true, false and decimal integers are more than text: a version 1.0 and a name 007 stay
// what was written, and so do yes and no. Aliases and merges ("<<", where a map's own keys win) are
// written out.
#pragma once

#include <string>

namespace gantry::devices {

/// The first document of the text. Throws Error{invalid} "invalid YAML: line 3: …".
std::string yaml_to_json(const std::string& text);

}  // namespace gantry::devices
