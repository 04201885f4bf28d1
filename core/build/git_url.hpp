// URLs of Git repositories as builds have them: "https://host/repo.git#branch:directory", or with
// "?ref=…&subdir=…". Pure, any thread. Errors: Error{invalid}.
#pragma once

#include <optional>
#include <string>

namespace gantry::build {

struct GitUrl {
  std::string remote;     // for git: the repository alone, by http without the login
  std::string login;      // "name:password" for http; empty: none
  std::string host;       // with its port
  std::string ref;        // branch, tag or commit; empty: what the repository says
  std::string directory;  // in it, clean; empty: its root
  std::string checksum;   // what the commit begins with, small letters; empty: any
  std::optional<bool> keep_git;
  bool submodules = true;
  bool commit_times = false;  // files have the commit's time
  bool is_ssh = false, is_http = false;

  /// The repository without a password, for messages.
  std::string shown() const;
};

enum class GitUrlUse {
  context,     // "github.com/…" is one
  source,      // it may be a file's name
  repository,  // it is known to be one: by http, too, no ending is needed
};

/// nullopt: it is none, but maybe something else.
std::optional<GitUrl> find_git_url(const std::string& text, GitUrlUse use);

/// Of a repository alone, and what a fragment says: "ref:directory".
GitUrl make_git_url(const std::string& repository, const std::string& fragment);

/// 40 or 64 hex digits in small letters.
bool is_git_commit(const std::string& text);
/// Whether it may be the name of a branch or tag, or something below "refs/".
bool is_git_ref(const std::string& text);
/// What a commit is to begin with, in small letters.
std::string parse_git_checksum(const std::string& text);

}  // namespace gantry::build
