// Reads the JSON results of a runtime plugin (shapes: sdk/include/gantry/runtime.h, ext/exec.h,
// ext/archive.h, ext/top.h). A wrong type or value throws Error{invalid}; callers wrap it in
// read_result(). Pure: any thread.
#pragma once

#include <vector>

#include "core/json/reader.hpp"
#include "core/pluginhost/runtime.hpp"

namespace gantry::pluginhost {

int read_pid(json::Node node);
std::vector<int> read_pids(json::Node array);
RuntimeState read_state(json::Node object);
std::vector<RuntimeState> read_states(json::Node array);
std::vector<ExecState> read_execs(json::Node array);
PathInfo read_path_info(json::Node object);
std::vector<PathChange> read_changes(json::Node array);

}  // namespace gantry::pluginhost
