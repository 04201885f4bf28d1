// A Git repository at one commit, fetched into a directory of its own that goes with this object.
// One thread.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/build/git_url.hpp"
#include "core/build/source_tree.hpp"
#include "core/services/builds/build_agents.hpp"
#include "core/services/builds/git_program.hpp"
#include "core/services/builds/remote_source.hpp"

namespace gantry::services {

class GitCheckout {
 public:
  struct Options {
    build::GitUrl url;
    bool keep_git = false;  // the repository is part of the files, when they are its root's
  };
  /// Fetches, with what the request's client gives to do so. Throws Error{invalid} with git's
  /// words, and what GitProgram throws.
  GitCheckout(Options options, const RemoteAccess& access);

  /// Its id.
  const std::string& commit() const { return commit_; }
  /// Adds the files at `place` (empty: the tree's root).
  void read(const std::string& place, build::SourceTree& into) const;

 private:
  struct Directory {
    explicit Directory(std::filesystem::path its_path);
    ~Directory();
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    const std::filesystem::path path;
  };
  std::filesystem::path tree() const { return directory_.path / "tree"; }
  /// What the remote calls `ref`, in full.
  std::string find_ref() const;
  void fetch();
  void fetch_everything() const;
  void check() const;
  void check_out();
  void update_submodules() const;
  /// Its output without the last line's end.
  std::string run(const std::vector<std::string>& arguments) const;
  /// `arguments` with as little history as possible: where a server has only all of it, with that.
  SubprocessResult try_shallow(std::vector<std::string> arguments) const;
  [[noreturn]] void fail(const std::string& what, const std::string& said) const;

  const Options options_;
  const std::stop_token stop_;
  const Directory directory_;
  BuildAgents agents_;
  const GitProgram git_;
  std::string object_;  // what was asked for: the commit, or a tag that names it
  std::string commit_;
};

}  // namespace gantry::services
