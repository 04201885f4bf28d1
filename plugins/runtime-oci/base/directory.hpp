// Directories by descriptor: entries, and removal of whole trees without ever following a link.
#pragma once

#include <dirent.h>

#include <functional>
#include <string>
#include <vector>

#include "base/fd.hpp"

namespace gantry::oci {

/// The deepest tree that is walked: no path names what is deeper.
inline constexpr int kMaxDepth = 2048;
/// Symbolic links on the way to one file, as in Linux.
inline constexpr int kMaxLinks = 40;

/// Calls visit(name, d_type) for every entry but "." and "..". d_type may be DT_UNKNOWN. The
/// directory is read on a second open file, so that `dir` keeps its position.
void for_each_entry(int dir, const std::function<void(const char*, unsigned char)>& visit);
std::vector<std::string> entry_names(int dir);
/// Names in the directory at `path`; empty when there is no such directory.
std::vector<std::string> names_in(const std::string& path);

/// Removes `name` in `dir` with everything below it, of any depth. Absent: success. `cancelled` is
/// asked now and then; when it says so the removal stops and false is returned.
bool remove_tree(int dir, const std::string& name, const std::function<bool()>& cancelled = {});
void remove_tree(const std::string& path);

}  // namespace gantry::oci
