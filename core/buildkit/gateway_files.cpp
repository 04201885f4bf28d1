// moby.buildkit.v1.frontend.LLBBridge: a client's look into files that a build graph has brought.
#include <algorithm>

#include "core/base/error.hpp"
#include "core/buildkit/file_stat.hpp"
#include "core/buildkit/messages.hpp"
#include "core/buildkit/proto/gateway.pb.h"
#include "core/buildkit/service.hpp"

namespace gantry::buildkit {
namespace {

// Less than a message may have.
constexpr std::uint64_t kMaxRead = 8u << 20;

using Files = std::shared_ptr<const build::SourceTree>;

Files files_of(Job& job, const std::string& ref) {
  Files files = job.find_files(ref);
  if (!files) throw Error(Errc::unsupported, "the files of " + ref + " cannot be read");
  return files;
}

/// The path with links followed.
std::string find(const build::SourceTree& files, const std::string& path) {
  const auto clean = build::clean_source(path);
  const auto found = clean ? files.resolve(*clean) : std::nullopt;
  if (!found) throw Error(Errc::not_found, "open " + path + ": no such file or directory");
  return *found;
}

std::string read(const build::SourceTree& files, const build::SourceFile& file,
                 const proto::FileRange& range) {
  if (range.offset() < 0 || range.length() < 0) throw Error(Errc::invalid, "invalid range");
  auto skip = static_cast<std::uint64_t>(range.offset());
  const std::uint64_t wanted =
      range.length() == 0 ? kMaxRead + 1 : static_cast<std::uint64_t>(range.length());
  std::string text;
  const auto content = files.content(file);
  for (std::string_view piece = content(); !piece.empty() && text.size() < wanted;
       piece = content()) {
    const std::size_t skipped = std::min<std::uint64_t>(skip, piece.size());
    skip -= skipped;
    text += piece.substr(skipped, wanted - text.size());
    if (text.size() > kMaxRead) throw Error(Errc::invalid, "the file is too large to be read");
  }
  return text;
}

std::string last_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

grpc::Status Service::read_file(grpc::Call& call) {
  const auto request = receive_message<proto::ReadFileRequest>(call);
  const JobPtr job = job_of(call);
  const Files files = files_of(*job, request.ref());
  const build::SourceFile& file = *files->find(find(*files, request.path()));
  if (file.entry.kind != images::ArchiveEntry::Kind::file)
    throw Error(Errc::invalid, "read " + request.path() + ": is no file");
  proto::ReadFileResponse answer;
  answer.set_data(read(*files, file, request.range()));
  return send_message(call, answer);
}

grpc::Status Service::read_directory(grpc::Call& call) {
  const auto request = receive_message<proto::ReadDirRequest>(call);
  const JobPtr job = job_of(call);
  const Files files = files_of(*job, request.ref());
  if (!request.include_pattern().empty())
    throw Error(Errc::unsupported, "reading a directory by a pattern is not supported");
  const std::string path = find(*files, request.path());
  if (!files->find(path)->is_directory())
    throw Error(Errc::invalid, "read " + request.path() + ": is no directory");
  proto::ReadDirResponse answer;
  files->each_below(path, [&](std::string_view name, const build::SourceFile& file) {
    if (name.find('/') == std::string_view::npos)
      *answer.add_entries() = stat_of(std::string(name), file);
  });
  return send_message(call, answer);
}

grpc::Status Service::stat_file(grpc::Call& call) {
  const auto request = receive_message<proto::StatFileRequest>(call);
  const JobPtr job = job_of(call);
  const Files files = files_of(*job, request.ref());
  const std::string path = find(*files, request.path());
  proto::StatFileResponse answer;
  *answer.mutable_stat() = stat_of(last_name(path), *files->find(path));
  return send_message(call, answer);
}

}  // namespace gantry::buildkit
