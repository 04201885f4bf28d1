// "user[:group]" of a container resolved by its own /etc/passwd and /etc/group, as runc and Docker
// do it. The parsing is pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/pluginhost/runtime.hpp"

namespace gantry::services {

struct ResolvedUser {
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> additional_gids;  // sorted, without duplicates
  std::string home = "/";
};

/// `user` empty: root. `group_add`: names or numbers. Throws Error{internal} `unable to find user
/// X: no matching entries in passwd file` and its like for groups.
ResolvedUser resolve_user(std::string_view user, const std::vector<std::string>& group_add,
                          std::string_view passwd, std::string_view group);

/// The same with the files of a container's root.
ResolvedUser look_up_user(pluginhost::Runtime& runtime, const std::string& container_id,
                          std::string_view user, const std::vector<std::string>& group_add);

}  // namespace gantry::services
