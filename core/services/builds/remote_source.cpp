#include "core/services/builds/remote_source.hpp"

#include <vector>

#include "core/base/time.hpp"
#include "core/images/registry_download.hpp"
#include "core/services/builds/git_checkout.hpp"

namespace gantry::services {
namespace {

constexpr std::size_t kDownloadPiece = 128u << 10;
constexpr std::uint32_t kFetchedMode = 0600;

}  // namespace

std::string RemoteSource::shown() const {
  if (repository) return repository->shown();
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const std::size_t begin = scheme + 3;
  const std::string authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  const std::size_t at = authority.rfind('@');
  return at == std::string::npos ? url : std::string(url).erase(begin, at + 1);
}

std::optional<RemoteSource> find_remote(const std::string& url) {
  if (auto repository = build::find_git_url(url, build::GitUrlUse::context))
    return RemoteSource{std::move(repository)};
  if (!url.starts_with("http://") && !url.starts_with("https://")) return std::nullopt;
  return RemoteSource{std::nullopt, url};
}

void download(const std::string& url, const std::string& name, const RemoteAccess& access,
              build::SourceTree& into) {
  images::UrlDownload download(url, access.registry, access.stop);
  std::vector<char> buffer(kDownloadPiece);
  images::ArchiveEntry entry;
  entry.mode = kFetchedMode;
  entry.mtime = now_nanos();
  into.add_file(name, entry, [&] {
    return std::string_view(buffer.data(), download.read(buffer.data(), buffer.size()));
  });
}

void fetch_remote(const RemoteSource& source, const RemoteAccess& access, build::SourceTree& into) {
  if (source.repository) {
    const bool keep = source.repository->keep_git.value_or(false);
    return GitCheckout({*source.repository, keep}, access).read({}, into);
  }
  if (!source.unpack) return download(source.url, source.name, access, into);
  build::SourceTree fetched(access.directory);
  download(source.url, source.name, access, fetched);
  const build::SourceFile& file = *fetched.find(source.name);
  if (fetched.is_archive(file))
    into.read(fetched.content(file));
  else
    into.add_file(source.name, file.entry, fetched.content(file));
}

}  // namespace gantry::services
