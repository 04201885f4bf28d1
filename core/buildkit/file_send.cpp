#include "core/buildkit/file_send.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/error.hpp"
#include "core/buildkit/file_stat.hpp"
#include "core/buildkit/proto/session.pb.h"
#include "core/images/archive_writer.hpp"

namespace gantry::buildkit {
namespace {

constexpr const char* kSendCall = "/moby.filesync.v1.FileSend/DiffCopy";
constexpr const char* kExporter = "buildkit-attachable-exporter-id";

std::unique_ptr<grpc::Call> begin(Session& session, std::size_t exporter) {
  return session.call(kSendCall, {{kExporter, std::to_string(exporter)}});
}

/// What is in a directory comes right behind it: a slash is less than any other character.
bool goes_before(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
    return rank(x) < rank(y);
  });
}

void check(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(Errc::cancelled, "context canceled");
}

class Sender {
 public:
  Sender(grpc::Call& call, const build::SourceTree& files, const std::stop_token& stop)
      : call_(call), files_(files), stop_(stop) {}

  void run();

 private:
  void tell(const std::string& path, const build::SourceFile& file);
  void send_content(std::uint32_t id);
  void send(const proto::FilePacket& packet);

  grpc::Call& call_;
  const build::SourceTree& files_;
  const std::stop_token& stop_;
  std::vector<const build::SourceFile*> told_;  // by the numbers they are asked for with
};

void Sender::send(const proto::FilePacket& packet) {
  check(stop_);
  call_.send(packet.SerializeAsString());
}

void Sender::tell(const std::string& path, const build::SourceFile& file) {
  proto::FilePacket packet;
  packet.set_type(proto::FilePacket::STAT);
  *packet.mutable_stat() = stat_of(path, file);
  told_.push_back(&file);
  send(packet);
}

void Sender::send_content(std::uint32_t id) {
  if (id >= told_.size() || told_[id]->entry.kind != images::ArchiveEntry::Kind::file)
    throw Error(Errc::invalid, "the client asks for a file that is none");
  proto::FilePacket packet;
  packet.set_type(proto::FilePacket::DATA);
  packet.set_id(id);
  const auto next = files_.content(*told_[id]);
  for (std::string_view piece = next(); !piece.empty(); piece = next()) {
    packet.set_data(piece.data(), piece.size());
    send(packet);
  }
  packet.clear_data();
  send(packet);
}

void Sender::run() {
  std::vector<std::pair<std::string, const build::SourceFile*>> all;
  files_.each_below("", [&](std::string_view path, const build::SourceFile& file) {
    all.emplace_back(path, &file);
  });
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return goes_before(a.first, b.first); });
  for (const auto& [path, file] : all) tell(path, *file);
  proto::FilePacket packet;
  packet.set_type(proto::FilePacket::STAT);
  send(packet);
  bool finished = false;
  while (const auto message = call_.receive(stop_)) {
    if (finished) throw Error(Errc::invalid, "the client asks for more than it wanted");
    proto::FilePacket request;
    if (!request.ParseFromString(*message))
      throw Error(Errc::invalid, "the client sent a packet that cannot be read");
    if (request.type() == proto::FilePacket::ERROR)
      throw Error(Errc::invalid, "error from receiver: " + request.data());
    if (request.type() == proto::FilePacket::REQUEST) {
      send_content(request.id());
    } else if (request.type() == proto::FilePacket::FINISH) {
      packet.set_type(proto::FilePacket::FINISH);
      send(packet);
      call_.close_send();
      finished = true;
    }
  }
  if (!finished) throw Error(Errc::invalid, "the client ended a transfer of files in the middle");
}

}  // namespace

void send_archive(Session& session, std::size_t exporter, const build::SourceTree& files,
                  const std::stop_token& stop) {
  const auto call = begin(session, exporter);
  proto::BytesMessage message;
  images::ArchiveWriter archive([&](std::string_view piece) {
    check(stop);
    message.set_data(piece.data(), piece.size());
    call->send(message.SerializeAsString());
  });
  std::unordered_map<std::uint64_t, std::string> first_by_offset;
  files.each_below("", [&](std::string_view view, const build::SourceFile& file) {
    const std::string path(view);
    // Nothing but links share a place in the file of contents.
    if (file.entry.kind == images::ArchiveEntry::Kind::file && file.entry.size > 0) {
      const auto [first, is_new] = first_by_offset.try_emplace(file.offset, path);
      if (!is_new) return archive.add_link(path, first->second, file.entry);
    }
    archive.add(path, file.entry, files.fd(), file.offset);
  });
  archive.finish();
  call->close_send();
  while (call->receive(stop)) {
  }
}

void send_files(Session& session, std::size_t exporter, const build::SourceTree& files,
                const std::stop_token& stop) {
  const auto call = begin(session, exporter);
  Sender(*call, files, stop).run();
}

}  // namespace gantry::buildkit
