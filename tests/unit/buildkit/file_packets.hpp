// Packets of fsutil, as one side or the other sends them; and trees as text.
#pragma once

#include <string>

#include "core/build/source_tree.hpp"
#include "core/buildkit/proto/session.pb.h"
#include "tests/unit/build/tree_listing.hpp"

namespace gantry::test {

using Packet = buildkit::proto::FilePacket;

inline std::string packet(Packet::Type type, std::uint32_t id = 0, const std::string& data = {}) {
  Packet made;
  made.set_type(type);
  made.set_id(id);
  made.set_data(data);
  return made.SerializeAsString();
}

/// What a client tells of a file. `mode` as Go has it.
struct Stat {
  std::string path{};
  std::uint32_t mode = 0644;
  std::int64_t size = 0;
  std::string link{};
  std::int64_t mtime = 0;

  std::string packet() const {
    Packet made;
    auto& stat = *made.mutable_stat();
    stat.set_path(path);
    stat.set_mode(mode);
    stat.set_size(size);
    stat.set_link_name(link);
    stat.set_mtime(mtime);
    return made.SerializeAsString();
  }
};

inline constexpr std::uint32_t kGoDirectory = 1u << 31, kGoSymlink = 1u << 27, kGoDevice = 1u << 26,
                               kGoPipe = 1u << 25, kGoSocket = 1u << 24, kGoCharacter = 1u << 21;

/// Behind the last file.
inline std::string all_told() { return packet(Packet::STAT); }
inline std::string request(std::uint32_t id) { return packet(Packet::REQUEST, id); }
inline std::string data(std::uint32_t id, const std::string& piece) {
  return packet(Packet::DATA, id, piece);
}
inline std::string end_of(std::uint32_t id) { return packet(Packet::DATA, id); }
inline std::string finish() { return packet(Packet::FINISH); }

/// "STAT", "REQUEST 3", "DATA 3", …
inline std::string name_of(const Packet& packet) {
  switch (packet.type()) {
    case Packet::STAT:
      return packet.has_stat() ? "STAT " + packet.stat().path() : "STAT";
    case Packet::REQUEST:
      return "REQUEST " + std::to_string(packet.id());
    case Packet::DATA:
      return "DATA " + std::to_string(packet.id());
    case Packet::FINISH:
      return "FINISH";
    default:
      return "?";
  }
}

}  // namespace gantry::test
