#include "core/services/builds/git_checkout.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/build/directory_source.hpp"
#include "core/services/builds/git_secrets.hpp"

namespace gantry::services {
namespace {

namespace fs = std::filesystem;

constexpr UnixNanos kSecond = 1'000'000'000;
constexpr std::size_t kMaxSaid = 2000;  // of git's words, the last ones
constexpr const char* kDepth = "--depth=1";

bool says(const SubprocessResult& result, std::string_view words) {
  return result.err.find(words) != std::string::npos;
}

/// "id\tname" lines.
std::string id_of(const std::vector<std::string>& lines, const std::string& name) {
  for (const std::string& line : lines) {
    const std::size_t tab = line.find('\t');
    if (tab != std::string::npos && line.substr(tab + 1) == name) return line.substr(0, tab);
  }
  return {};
}

}  // namespace

GitCheckout::Directory::Directory(fs::path its_path) : path(std::move(its_path)) {
  file::make_directories(path, 0700);
}

GitCheckout::Directory::~Directory() {
  try {
    file::remove_tree(path);
  } catch (const std::exception& error) {
    log::warn(std::string("a build's repository: ") + error.what());
  }
}

GitCheckout::GitCheckout(Options options, const RemoteAccess& access)
    : options_(std::move(options)),
      stop_(access.stop),
      directory_(access.directory / ("git-" + random_hex(8))),
      agents_(access.request, access.secrets),
      git_({tree(), git_secrets(options_.url, access.request.secret),
            options_.url.is_ssh ? agents_.make({}, {}).string() : std::string()},
           access.stop) {
  file::make_directories(tree(), 0755);
  run({"init", "--quiet", "--template="});
  // What the URLs of submodules may be relative to; else that would be this directory.
  run({"remote", "add", "--", "origin", options_.url.remote});
  fetch();
  check();
  check_out();
}

void GitCheckout::fail(const std::string& what, const std::string& said) const {
  std::string words(text::trim(said));
  if (words.size() > kMaxSaid) words = words.substr(words.size() - kMaxSaid);
  const std::string& remote = options_.url.remote;
  for (std::size_t at = 0; (at = words.find(remote, at)) != std::string::npos;) {
    words.replace(at, remote.size(), options_.url.shown());
    at += options_.url.shown().size();
  }
  throw Error(Errc::invalid, "Git repository " + options_.url.shown() + ": " + what +
                                 (words.empty() ? "" : ": " + words));
}

std::string GitCheckout::run(const std::vector<std::string>& arguments) const {
  const SubprocessResult result = git_.run(arguments);
  if (result.exit_code != 0) fail(arguments.front(), result.err);
  return std::string(text::trim(result.out));
}

SubprocessResult GitCheckout::try_shallow(std::vector<std::string> arguments) const {
  SubprocessResult result = git_.run(arguments);
  if (result.exit_code == 0 || (!says(result, "shallow") && !says(result, "--depth")))
    return result;
  std::erase(arguments, kDepth);
  return git_.run(arguments);
}

// A branch goes before a tag of the same name, as it does for git checkout.
std::string GitCheckout::find_ref() const {
  const std::string& ref = options_.url.ref;
  if (ref.empty() || ref == "HEAD") return "HEAD";
  const std::vector<std::string> lines =
      text::split(run({"ls-remote", "--", options_.url.remote, ref}), '\n');
  std::vector<std::string> names{"refs/heads/" + ref, "refs/tags/" + ref};
  names.insert(names.begin(), ref.starts_with("refs/") ? ref : "refs/" + ref);
  for (const std::string& name : names)
    if (!id_of(lines, name).empty()) return name;
  fail("it does not contain ref " + ref, {});
}

void GitCheckout::fetch() {
  const bool by_commit = build::is_git_commit(options_.url.ref);
  const std::string name = by_commit ? options_.url.ref : find_ref();
  // A tag is told to those who keep the repository.
  const bool is_tag = name.starts_with("refs/tags/");
  const SubprocessResult result =
      try_shallow({"fetch", "--quiet", "--no-tags", "--no-recurse-submodules", kDepth, "--",
                   options_.url.remote, is_tag ? name + ":" + name : name});
  object_ = "FETCH_HEAD";
  if (result.exit_code != 0) {
    if (!by_commit) fail("fetch", result.err);
    // Not every server gives a commit that no branch or tag names.
    fetch_everything();
    object_ = name;  // FETCH_HEAD is any branch now
  }
  commit_ = run({"rev-parse", "--verify", "--quiet", object_ + "^{commit}"});
  if (!build::is_git_commit(commit_)) fail("no commit " + name, {});
}

void GitCheckout::fetch_everything() const {
  run({"fetch", "--quiet", "--tags", "--no-recurse-submodules", "--", options_.url.remote,
       "+refs/heads/*:refs/remotes/origin/*"});
}

void GitCheckout::check() const {
  const std::string& wanted = options_.url.checksum;
  if (wanted.empty() || commit_.starts_with(wanted)) return;
  // Of an annotated tag the id may be meant.
  const std::string fetched = git_.run({"rev-parse", "--verify", "--quiet", object_}).out;
  if (!fetched.starts_with(wanted))
    throw Error(Errc::invalid, "expected checksum to match " + wanted + ", got " + commit_);
}

void GitCheckout::check_out() {
  run({"checkout", "--quiet", "--detach", "--force", commit_});
  if (options_.url.submodules) update_submodules();
  if (options_.keep_git) fs::remove(tree() / ".git/FETCH_HEAD");  // it is about this fetch
}

void GitCheckout::update_submodules() const {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(tree() / ".gitmodules", error))) return;
  const SubprocessResult result =
      try_shallow({"submodule", "--quiet", "update", "--init", "--recursive", kDepth});
  if (result.exit_code != 0) fail("submodule update", result.err);
}

void GitCheckout::read(const std::string& place, build::SourceTree& into) const {
  std::error_code error;
  // Links in the repository lead nowhere else.
  const fs::path root = fs::canonical(tree());
  const fs::path from = fs::canonical(root / options_.url.directory, error);
  const auto [end, rest] = std::mismatch(root.begin(), root.end(), from.begin(), from.end());
  const bool is_inside = end == root.end() && (rest == from.end() || *rest != ".git");
  if (error || !is_inside || !fs::is_directory(from))
    fail("there is no directory " + options_.url.directory, {});
  build::DirectoryRules rules;
  rules.place = place;
  const bool keep = options_.keep_git && from == root;
  if (!keep) rules.left_out = ".git";
  if (options_.url.commit_times)
    rules.mtime =
        text::to_int(run({"show", "--no-patch", "--format=%ct", commit_})).value_or(0) * kSecond;
  rules.check = [&] {
    if (stop_.stop_requested()) throw Error(Errc::cancelled, "context canceled");
  };
  build::add_directory(from, rules, into);
}

}  // namespace gantry::services
