// Logins for Git repositories: the secrets GIT_AUTH_TOKEN and GIT_AUTH_HEADER, of all hosts or with
// ".host" of one. Any thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/build/git_url.hpp"

namespace gantry::services {

/// Git's settings for the repository; none when there is no login, in the URL or by a secret.
/// `find` may be empty: nobody gives any.
std::map<std::string, std::string> git_secrets(
    const build::GitUrl& url,
    const std::function<std::optional<std::string>(const std::string& id)>& find);

}  // namespace gantry::services
