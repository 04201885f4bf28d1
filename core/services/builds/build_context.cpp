#include "core/services/builds/build_context.hpp"

#include <utility>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/context_name.hpp"
#include "core/build/path_patterns.hpp"

namespace gantry::services {
namespace {

constexpr std::uint64_t kMaxDockerfile = 4u << 20;
constexpr const char* kDockerfile = "Dockerfile";

const build::SourceFile* find_dockerfile(const build::SourceTree& files, const std::string& path) {
  const auto resolved = files.resolve(path);
  return resolved ? files.find(*resolved) : nullptr;
}

// The Dockerfile and the list of what to ignore are in the context for us alone when that list
// names them.
void hide_ignored(build::SourceTree& files, const std::string& dockerfile) {
  const build::SourceFile* list = files.find(".dockerignore");
  if (list == nullptr || list->is_directory()) return;
  const auto patterns = build::PathPatterns::from_lines(files.text(*list, kMaxDockerfile));
  for (const std::string& path : {std::string(".dockerignore"), dockerfile})
    if (patterns.match(path)) files.remove(path);
}

void take_dockerfile(const BuildRequest& request, BuildContext& context) {
  const std::string given = request.dockerfile.empty() ? "Dockerfile" : request.dockerfile;
  const auto path = build::clean_source(given);
  if (!path)
    throw Error(Errc::invalid, "the Dockerfile (" + given + ") must be within the build context");
  std::string found = *path;
  const build::SourceFile* file = find_dockerfile(context.files.tree(), found);
  if (file == nullptr && found == "Dockerfile")
    file = find_dockerfile(context.files.tree(), found = "dockerfile");
  if (file == nullptr || file->entry.kind != images::ArchiveEntry::Kind::file)
    throw Error(Errc::internal, "Cannot locate specified Dockerfile: " + given);
  context.dockerfile = context.files.tree().text(*file, kMaxDockerfile);
  if (context.dockerfile.empty())
    throw Error(Errc::invalid, "the Dockerfile (" + given + ") cannot be empty");
  hide_ignored(context.files.tree(), found);
}

constexpr const char* kKeepGit = "BUILDKIT_CONTEXT_KEEP_GIT_DIR";

bool keeps_git(const BuildRequest& request, const build::GitUrl& url) {
  const auto found = request.arguments.find(kKeepGit);
  if (found == request.arguments.end() || !found->second) return url.keep_git.value_or(false);
  return *found->second == "1" || text::lower(*found->second) == "true";
}

/// A tar's files; false: it is a Dockerfile alone.
bool open_context(const build::SourceTree& whole, build::SourceTree& into) {
  const build::SourceFile& file = *whole.find(kDockerfile);
  if (whole.is_archive(file)) {
    into.read(whole.content(file));
    return true;
  }
  images::ArchiveEntry entry = file.entry;
  entry.mode = 0644;
  into.add_file(kDockerfile, entry, whole.content(file));
  return false;
}

}  // namespace

ClientFiles* BuildContext::find(const std::string& name) {
  if (name.empty()) return &files;
  const auto found = named.find(build::context_name(name));
  return found == named.end() ? nullptr : &found->second;
}

void receive_context(const BuildRequest& request, const std::function<std::string_view()>& body,
                     BuildContext& into) {
  into.files.tree().read(body);
  take_dockerfile(request, into);
}

bool read_context(const images::TarReader::Source& source, const std::filesystem::path& directory,
                  build::SourceTree& into) {
  // A tree of its own first: what it is can be said when it is here.
  build::SourceTree whole(directory);
  images::ArchiveEntry entry;
  entry.mtime = now_nanos();
  whole.add_file(kDockerfile, entry, source);
  return open_context(whole, into);
}

void fetch_context(const RemoteAccess& access, BuildContext& into) {
  const BuildRequest& request = access.request;
  const std::string& remote = request.remote;
  auto repository = request.repository ? request.repository
                                       : build::find_git_url(remote, build::GitUrlUse::context);
  if (repository) {
    repository->keep_git = keeps_git(request, *repository);
    fetch_remote({std::move(repository)}, access, into.files.tree());
    if (!request.dockerfile_apart) take_dockerfile(request, into);
    return;
  }
  if (!find_remote(remote))
    throw Error(Errc::invalid, "remote: \"" + remote + "\" is no http or https URL");
  build::SourceTree fetched(access.directory);
  download(remote, kDockerfile, access, fetched);
  build::SourceTree& files = into.files.tree();
  if (open_context(fetched, files)) {
    if (request.buildkit_rules) into.files.has_owners = true;
    if (!request.dockerfile_apart) take_dockerfile(request, into);
    return;
  }
  into.dockerfile = files.text(*files.find(kDockerfile), kMaxDockerfile);
  if (into.dockerfile.empty()) throw Error(Errc::invalid, "remote: \"" + remote + "\" is empty");
}

}  // namespace gantry::services
