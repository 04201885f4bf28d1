#include "core/buildkit/file_sync.hpp"

#include <sys/stat.h>

#include <deque>
#include <map>
#include <utility>

#include "core/base/error.hpp"
#include "core/buildkit/file_mode.hpp"
#include "core/buildkit/header_values.hpp"
#include "core/buildkit/proto/session.pb.h"

namespace gantry::buildkit {
namespace {

using images::ArchiveEntry;

constexpr const char* kSyncCall = "/moby.filesync.v1.FileSync/DiffCopy";
// Small files are asked for in advance: a round trip for each would take longer than they do.
constexpr std::uint64_t kAhead = 1u << 20;
constexpr std::size_t kFilesAhead = 128;
// A file may have grown since the client looked at it.
constexpr std::size_t kMaxKept = 16u << 20;
// Of what has been told and not been fetched.
constexpr std::size_t kMaxTold = 256u << 20;

ArchiveEntry entry_of(const proto::FileStat& stat) {
  ArchiveEntry entry;
  entry.kind = kind_of(stat.mode());
  entry.mode = permissions_of(stat.mode());
  entry.uid = stat.uid();
  entry.gid = stat.gid();
  entry.mtime = stat.mtime();
  if (entry.kind == ArchiveEntry::Kind::symlink) entry.link = stat.link_name();
  entry.major = static_cast<std::uint32_t>(stat.device_major());
  entry.minor = static_cast<std::uint32_t>(stat.device_minor());
  ArchiveEntry::Attributes attributes;
  for (const auto& [name, value] : stat.xattrs())
    if (name == "security.capability" || name.starts_with("user."))
      attributes.emplace_back(name, value);
  if (!attributes.empty())
    entry.xattrs = std::make_shared<const ArchiveEntry::Attributes>(std::move(attributes));
  return entry;
}

// It would be another one for the kernel, and for tars.
void check_name(const std::string& name) {
  if (name.find('\0') != std::string::npos)
    throw Error(Errc::invalid, "the client told of a file whose name has a zero in it");
}

struct KnownOf {
  KnownFiles* files = nullptr;
  std::string directory{};  // of which client, and which
  bool digests_suffice = false;
};

class Receiver {
 public:
  Receiver(grpc::Call& call, const KnownOf& known, build::SourceTree& into,
           const std::function<void(std::uint64_t)>& progress, const std::stop_token& stop)
      : call_(call), known_(known), into_(into), progress_(progress), stop_(stop) {}

  void run();

 private:
  struct File {
    std::uint32_t id;
    std::string path;
    ArchiveEntry entry;
    std::uint64_t size;  // as the client told

    std::size_t memory() const {
      std::size_t bytes = sizeof(File) + path.size() + entry.link.size();
      for (const auto& [name, value] : entry.attributes()) bytes += name.size() + value.size();
      return bytes;
    }
  };
  struct Content {
    std::deque<std::string> pieces;
    bool ended = false;
  };

  void take();
  void told(const proto::FileStat& stat);
  bool is_known(const std::string& path, ArchiveEntry& entry, std::uint64_t size);
  void remember(const File& file);
  void request_ahead();
  void fetch(const File& file);
  void send(proto::FilePacket::Type type, std::uint32_t id);

  grpc::Call& call_;
  const KnownOf& known_;
  build::SourceTree& into_;
  const std::function<void(std::uint64_t)>& progress_;
  const std::stop_token& stop_;
  std::uint32_t next_id_ = 0;
  bool all_told_ = false, finished_ = false;
  std::deque<File> files_;     // to be fetched
  std::size_t requested_ = 0;  // of these, from the first on
  std::uint64_t requested_bytes_ = 0;
  std::map<std::uint32_t, Content> contents_;  // of what is requested
  std::size_t kept_ = 0, told_bytes_ = 0;
  std::uint64_t received_ = 0;
};

void Receiver::send(proto::FilePacket::Type type, std::uint32_t id) {
  proto::FilePacket packet;
  packet.set_type(type);
  packet.set_id(id);
  call_.send(packet.SerializeAsString());
}

void Receiver::told(const proto::FileStat& stat) {
  check_name(stat.path());
  check_name(stat.link_name());
  if (all_told_) throw Error(Errc::invalid, "the client told of a file after the last one");
  const std::uint32_t id = next_id_++;
  ArchiveEntry entry = entry_of(stat);
  const bool is_file = entry.kind == ArchiveEntry::Kind::file;
  if (is_socket(stat.mode())) return;
  if (!is_file) return into_.add(stat.path(), entry);
  // With a link, another name of a file in front of it, which may not be here yet.
  entry.link = stat.link_name();
  const auto size =
      static_cast<std::uint64_t>(entry.link.empty() ? std::max<std::int64_t>(stat.size(), 0) : 0);
  if (entry.link.empty() && is_known(stat.path(), entry, size)) return;
  files_.push_back({id, stat.path(), std::move(entry), size});
  told_bytes_ += files_.back().memory();
  if (told_bytes_ > kMaxTold) throw Error(Errc::invalid, "too many files");
}

// True: its content need not come.
bool Receiver::is_known(const std::string& path, ArchiveEntry& entry, std::uint64_t size) {
  if (known_.files == nullptr) return false;
  const auto digest = known_.files->digest({known_.directory, path, size, entry.mtime});
  if (!digest) return false;
  entry.size = size;
  return into_.add_known(path, entry, *digest, known_.digests_suffice) || known_.digests_suffice;
}

void Receiver::remember(const File& file) {
  if (known_.files == nullptr) return;
  const auto path = build::clean_source(file.path);
  const build::SourceFile* got = path ? into_.find(*path) : nullptr;
  if (got != nullptr && got->entry.size == file.size)
    known_.files->remember({known_.directory, file.path, file.size, file.entry.mtime}, got->digest,
                           now_nanos());
}

void Receiver::take() {
  const auto message = call_.receive(stop_);
  if (!message) throw Error(Errc::invalid, "the client ended a transfer of files in the middle");
  proto::FilePacket packet;
  if (!packet.ParseFromString(*message))
    throw Error(Errc::invalid, "the client sent a packet that cannot be read");
  switch (packet.type()) {
    case proto::FilePacket::STAT:
      if (packet.has_stat())
        told(packet.stat());
      else
        all_told_ = true;
      break;
    case proto::FilePacket::DATA: {
      const auto found = contents_.find(packet.id());
      if (found == contents_.end()) throw Error(Errc::invalid, "data of a file nobody asked for");
      kept_ += packet.data().size();
      if (kept_ > kMaxKept) throw Error(Errc::invalid, "a file has grown while it was read");
      if (packet.data().empty())
        found->second.ended = true;
      else
        found->second.pieces.push_back(std::move(*packet.mutable_data()));
      break;
    }
    case proto::FilePacket::ERROR:
      throw Error(Errc::invalid, "error from sender: " + packet.data());
    case proto::FilePacket::FINISH:
      finished_ = true;
      break;
    default:
      throw Error(Errc::invalid, "the client sent an unknown packet");
  }
}

void Receiver::request_ahead() {
  while (requested_ < files_.size() && requested_ < kFilesAhead) {
    const File& file = files_[requested_];
    if (requested_ > 0 && requested_bytes_ + file.size > kAhead) return;
    ++requested_;
    if (!file.entry.link.empty()) continue;
    requested_bytes_ += file.size;
    contents_[file.id];
    send(proto::FilePacket::REQUEST, file.id);
  }
}

void Receiver::fetch(const File& file) {
  if (!file.entry.link.empty()) {
    if (!into_.add_link(file.path, file.entry.link))
      throw Error(Errc::invalid, "\"" + file.path + "\" is a link to \"" + file.entry.link +
                                     "\", which is not there");
    return;
  }
  Content& content = contents_[file.id];
  std::string piece;
  into_.add_file(file.path, file.entry, [&]() -> std::string_view {
    while (content.pieces.empty() && !content.ended) {
      take();
      request_ahead();
    }
    if (content.pieces.empty()) return {};
    piece = std::move(content.pieces.front());
    content.pieces.pop_front();
    kept_ -= piece.size();
    received_ += piece.size();
    progress_(received_);
    return piece;
  });
  contents_.erase(file.id);
  remember(file);
}

void Receiver::run() {
  while (!all_told_ || !files_.empty()) {
    request_ahead();
    if (files_.empty()) {
      take();
      continue;
    }
    // Its place in the queue stays while its content comes: what is told meanwhile goes behind it.
    fetch(files_.front());
    const File& file = files_.front();
    requested_bytes_ -= file.size;
    told_bytes_ -= file.memory();
    files_.pop_front();
    --requested_;
  }
  send(proto::FilePacket::FINISH, 0);
  while (!finished_) take();
  call_.close_send();
  while (call_.receive(stop_)) {
  }
}

}  // namespace

void receive_files(Session& session, const FileSelection& selection, build::SourceTree& into,
                   const std::function<void(std::uint64_t)>& progress,
                   const std::stop_token& stop) {
  grpc::Metadata metadata;
  add_header_values(metadata, "dir-name", {selection.directory});
  add_header_values(metadata, "exclude-patterns", selection.exclude);
  add_header_values(metadata, "followpaths", selection.follow);
  const auto call = session.call(kSyncCall, metadata);
  KnownOf known;
  if (!session.shared_key().empty()) known.files = selection.known;
  known.directory = session.shared_key() + '\0' + selection.directory + '\0' + selection.shared_key;
  known.digests_suffice = selection.digests_suffice;
  Receiver(*call, known, into, progress, stop).run();
}

void receive_packets(grpc::Call& call, build::SourceTree& into,
                     const std::function<void(std::uint64_t)>& progress,
                     const std::stop_token& stop) {
  Receiver(call, {}, into, progress, stop).run();
}

}  // namespace gantry::buildkit
