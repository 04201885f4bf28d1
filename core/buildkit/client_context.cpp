#include "core/buildkit/client_context.hpp"

#include <filesystem>

#include "core/base/error.hpp"
#include "core/build/path_patterns.hpp"
#include "core/buildkit/file_sync.hpp"
#include "core/buildkit/proto/session.pb.h"

namespace gantry::buildkit {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxText = 4u << 20, kToldBytes = 1u << 20;
constexpr const char* kIgnore = ".dockerignore";
constexpr const char* kPull = "/moby.upload.v1.Upload/Pull";
constexpr std::string_view kUploads = "http://buildkit-session/";

std::optional<std::string> find_text(const build::SourceTree& files, const std::string& path) {
  const auto resolved = files.resolve(path);
  const build::SourceFile* file = resolved ? files.find(*resolved) : nullptr;
  if (file == nullptr || file->entry.kind != images::ArchiveEntry::Kind::file) return std::nullopt;
  return files.text(*file, kMaxText);
}

}  // namespace

services::ClientFiles::Fetch ClientContext::fetch_from(const fs::path& directory,
                                                       const std::string& name,
                                                       const std::string& shared_key) {
  return [=, this](const auto& paths, auto need, build::SourceTree& into,
                   const std::stop_token& stop) {
    fetch({.directory = name,
           .exclude = ignored(name, directory),
           .follow = paths,
           .known = &world_.known,
           .shared_key = shared_key,
           .digests_suffice = need == services::ClientFiles::Need::digests},
          into, stop);
  };
}

void ClientContext::fetch(const FileSelection& selection, build::SourceTree& into,
                          const std::stop_token& stop) {
  constexpr const char* kWhat = "transferring context:";
  VertexOutput output = output_.beside();
  const std::string& name = selection.directory;
  output.begin(name == attributes_.context ? "[internal] load build context"
                                           : "[context " + name + "] load from client");
  std::uint64_t told = 0, last = 0;
  const auto progress = [&](std::uint64_t bytes) {
    last = bytes;
    if (bytes - told < kToldBytes) return;  // each is a message
    told = bytes;
    output.amount(kWhat, static_cast<std::int64_t>(bytes), 0, false);
  };
  try {
    receive_files(*world_.session(name), selection, into, progress, stop);
  } catch (const Error& error) {
    output.fail(error.what());
    throw;
  }
  output.amount(kWhat, static_cast<std::int64_t>(last), 0, true);
  output.end();
}

void ClientContext::fetch_remote(const std::string& name, const services::RemoteSource& source,
                                 build::SourceTree& into, const std::stop_token& stop) {
  VertexOutput output = output_.beside();
  output.begin("[context " + name + "] " + source.shown());
  try {
    world_.fetch(source, into, stop);
  } catch (const Error& error) {
    output.fail(error.what());
    throw;
  }
  output.end();
}

void ClientContext::read_dockerfile(const fs::path& directory, services::BuildContext& into) {
  const std::string& name = attributes_.filename;
  output_.begin("[internal] load build definition from " + name);
  build::SourceTree files(directory);
  const auto none = [](std::uint64_t) {};
  receive_files(*world_.session(attributes_.dockerfile),
                {attributes_.dockerfile, {}, {name, name + kIgnore, "dockerfile"}}, files, none,
                stop_);
  auto text = find_text(files, name);
  if (!text && name == "Dockerfile") text = find_text(files, "dockerfile");
  if (!text)
    throw Error(Errc::not_found,
                "failed to read dockerfile: open " + name + ": no such file or directory");
  if (text->empty()) throw Error(Errc::invalid, "the Dockerfile cannot be empty");
  into.dockerfile = std::move(*text);
  if (const auto list = find_text(files, name + kIgnore))
    ignored_[attributes_.context] = build::ignored_patterns(*list);
  output_.end();
}

std::vector<std::string> ClientContext::ignored(const std::string& name,
                                                const fs::path& directory) {
  const std::lock_guard lock(mutex_);
  const auto known = ignored_.find(name);
  if (known != ignored_.end()) return known->second;
  build::SourceTree files(directory);
  const auto none = [](std::uint64_t) {};
  receive_files(*world_.session(name), {name, {}, {kIgnore}}, files, none, stop_);
  return ignored_[name] = build::ignored_patterns(find_text(files, kIgnore).value_or(""));
}

void ClientContext::read_upload(build::SourceTree& into) {
  const std::string path = "/" + attributes_.context_url.substr(kUploads.size());
  const auto call = world_.session(attributes_.context)
                        ->call(kPull, {{"urlpath", path}, {"urlhost", "buildkit-session"}});
  proto::BytesMessage piece;
  into.read([&]() -> std::string_view {
    do {
      const auto message = call->receive(stop_);
      if (!message) return {};
      if (!piece.ParseFromString(*message))
        throw Error(Errc::invalid, "the client sent a piece of a context that cannot be read");
    } while (piece.data().empty());
    return piece.data();
  });
}

void ClientContext::read_stream(const fs::path& directory, services::BuildContext& into) {
  output_.begin("[internal] load remote build context");
  build::SourceTree& files = into.files.tree();
  bool is_archive = true;
  if (world_.given)
    is_archive = world_.given(files);
  else
    read_upload(files);
  output_.end();
  into.files.has_owners = true;
  if (attributes_.has_dockerfile) return read_dockerfile(directory, into);
  const std::string name = is_archive ? attributes_.filename : "Dockerfile";
  auto text = find_text(files, name);
  if (!text)
    throw Error(Errc::not_found,
                "failed to read dockerfile: open " + name + ": no such file or directory");
  if (text->empty()) throw Error(Errc::invalid, "the Dockerfile cannot be empty");
  into.dockerfile = std::move(*text);
}

bool ClientContext::is_elsewhere() const {
  const std::string& url = attributes_.context_url;
  return attributes_.request.repository || (!url.empty() && !url.starts_with(kUploads));
}

void ClientContext::read(const fs::path& directory, services::BuildContext& into) {
  if (world_.given || attributes_.context_url.starts_with(kUploads)) {
    read_stream(directory, into);
  } else if (is_elsewhere()) {
    if (attributes_.has_dockerfile) read_dockerfile(directory, into);
  } else {
    read_dockerfile(directory, into);
    into.files.fetch_with(fetch_from(directory, attributes_.context, {}));
    into.ignored = [this, directory] { return ignored(attributes_.context, directory); };
  }
  for (const auto& [name, client_name] : attributes_.named_directories) {
    const auto shared = attributes_.shared_keys.find(name);
    into.named.try_emplace(name, directory)
        .first->second.fetch_with(
            fetch_from(directory, client_name,
                       shared == attributes_.shared_keys.end() ? std::string() : shared->second));
  }
  for (const auto& [name, source] : attributes_.named_remotes)
    into.named.try_emplace(name, directory)
        .first->second.fetch_all_with([this, name = name, source = source](
                                          build::SourceTree& files, const std::stop_token& stop) {
          fetch_remote(name, source, files, stop);
        });
}

}  // namespace gantry::buildkit
