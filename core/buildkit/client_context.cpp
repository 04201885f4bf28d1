#include "core/buildkit/client_context.hpp"

#include <filesystem>

#include "core/base/error.hpp"
#include "core/build/path_patterns.hpp"
#include "core/buildkit/file_sync.hpp"
#include "core/buildkit/proto/session.pb.h"

namespace gantry::buildkit {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxText = 4u << 20;
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

void ClientContext::read_directory(const std::string& name, const std::string& title,
                                   std::vector<std::string> exclude, build::SourceTree& into) {
  output_.begin(title);
  std::uint64_t sum = 0;
  const auto progress = [&](std::uint64_t bytes) {
    // Told now and then: each is a message.
    if (bytes - sum < (1u << 20)) return;
    sum = bytes;
    output_.amount("transferring context:", static_cast<std::int64_t>(bytes), 0, false);
  };
  std::uint64_t last = 0;
  const auto note = [&](std::uint64_t bytes) { progress(last = bytes); };
  receive_files(*sessions_(name), {name, std::move(exclude), {}}, into, note, stop_);
  output_.amount("transferring context:", static_cast<std::int64_t>(last), 0, true);
  output_.end();
}

void ClientContext::read_dockerfile(const fs::path& directory, services::BuildContext& into) {
  const std::string& name = attributes_.filename;
  output_.begin("[internal] load build definition from " + name);
  build::SourceTree files(directory);
  const auto none = [](std::uint64_t) {};
  receive_files(*sessions_(attributes_.dockerfile),
                {attributes_.dockerfile, {}, {name, name + kIgnore, "dockerfile"}}, files, none,
                stop_);
  auto text = find_text(files, name);
  if (!text && name == "Dockerfile") text = find_text(files, "dockerfile");
  if (!text)
    throw Error(Errc::not_found,
                "failed to read dockerfile: open " + name + ": no such file or directory");
  if (text->empty()) throw Error(Errc::invalid, "the Dockerfile cannot be empty");
  into.dockerfile = std::move(*text);
  ignore_file_ = find_text(files, name + kIgnore);
  output_.end();
}

std::vector<std::string> ClientContext::ignored(const fs::path& directory) {
  if (ignore_file_) return build::ignored_patterns(*ignore_file_);
  output_.begin("[internal] load .dockerignore");
  build::SourceTree files(directory);
  const auto none = [](std::uint64_t) {};
  receive_files(*sessions_(attributes_.context), {attributes_.context, {}, {kIgnore}}, files, none,
                stop_);
  output_.end();
  return build::ignored_patterns(find_text(files, kIgnore).value_or(""));
}

void ClientContext::read_upload(build::SourceTree& into) {
  output_.begin("[internal] load remote build context");
  const std::string path = "/" + attributes_.context_url.substr(kUploads.size());
  const auto call = sessions_(attributes_.context)
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
  output_.end();
}

void ClientContext::read(const fs::path& directory, services::BuildContext& into) {
  const std::string& url = attributes_.context_url;
  if (url.starts_with(kUploads)) {
    read_upload(into.files);
    if (attributes_.has_dockerfile) {
      read_dockerfile(directory, into);
    } else {
      const std::string& name = attributes_.filename;
      auto text = find_text(into.files, name);
      if (!text)
        throw Error(Errc::not_found,
                    "failed to read dockerfile: open " + name + ": no such file or directory");
      into.dockerfile = std::move(*text);
    }
  } else if (url.empty()) {
    read_dockerfile(directory, into);
    read_directory(attributes_.context, "[internal] load build context", ignored(directory),
                   into.files);
  }
  for (const auto& [name, client_name] : attributes_.named_directories) {
    build::SourceTree& files = into.named.try_emplace(name, directory).first->second;
    read_directory(client_name, "[context " + name + "] load from client", {}, files);
  }
}

}  // namespace gantry::buildkit
