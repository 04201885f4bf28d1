#include "core/services/build_context.hpp"

#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/build/context_name.hpp"
#include "core/build/path_patterns.hpp"
#include "core/images/registry_download.hpp"

namespace gantry::services {
namespace {

constexpr std::uint64_t kMaxDockerfile = 4u << 20;
constexpr std::size_t kPiece = 128u << 10;
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

bool is_repository(const std::string& remote) {
  return remote.starts_with("git@") || remote.starts_with("git://") ||
         remote.starts_with("github.com/") || remote.substr(0, remote.find('#')).ends_with(".git");
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
  const build::SourceFile& file = *whole.find(kDockerfile);
  const bool is_archive = whole.is_archive(file);
  if (is_archive)
    into.read(whole.content(file));
  else
    into.add_file(kDockerfile, entry, whole.content(file));
  return is_archive;
}

void fetch_context(const BuildRequest& request, const images::RegistryOptions& options,
                   const std::filesystem::path& directory, const std::stop_token& stop,
                   BuildContext& into) {
  const std::string& remote = request.remote;
  if (is_repository(remote))
    throw Error(Errc::unsupported, "remote: Git repositories are not supported as build context");
  if (!remote.starts_with("http://") && !remote.starts_with("https://"))
    throw Error(Errc::invalid, "remote: \"" + remote + "\" is no http or https URL");
  images::UrlDownload download(remote, options, stop);
  std::vector<char> buffer(kPiece);
  const auto next = [&] {
    return std::string_view(buffer.data(), download.read(buffer.data(), buffer.size()));
  };
  build::SourceTree& files = into.files.tree();
  if (read_context(next, directory, files)) {
    if (request.buildkit_rules) into.files.has_owners = true;
    if (!request.dockerfile_apart) take_dockerfile(request, into);
    return;
  }
  into.dockerfile = files.text(*files.find(kDockerfile), kMaxDockerfile);
  if (into.dockerfile.empty()) throw Error(Errc::invalid, "remote: \"" + remote + "\" is empty");
}

}  // namespace gantry::services
