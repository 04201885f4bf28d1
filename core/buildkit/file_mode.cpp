#include "core/buildkit/file_mode.hpp"

namespace gantry::buildkit {
namespace {

using Kind = images::ArchiveEntry::Kind;

constexpr std::uint32_t kDirectory = 1u << 31, kSymlink = 1u << 27, kDevice = 1u << 26,
                        kPipe = 1u << 25, kSocket = 1u << 24, kSetUid = 1u << 23,
                        kSetGid = 1u << 22, kCharacter = 1u << 21, kSticky = 1u << 20;
constexpr std::uint32_t kPermissions = 0777, kUnixSetUid = 04000, kUnixSetGid = 02000,
                        kUnixSticky = 01000;

}  // namespace

Kind kind_of(std::uint32_t mode) {
  if ((mode & kDirectory) != 0) return Kind::directory;
  if ((mode & kSymlink) != 0) return Kind::symlink;
  if ((mode & kPipe) != 0) return Kind::fifo;
  if ((mode & kCharacter) != 0) return Kind::character_device;
  if ((mode & kDevice) != 0) return Kind::block_device;
  return Kind::file;
}

bool is_socket(std::uint32_t mode) { return (mode & kSocket) != 0; }

std::uint32_t permissions_of(std::uint32_t mode) {
  std::uint32_t bits = mode & kPermissions;
  if ((mode & kSetUid) != 0) bits |= kUnixSetUid;
  if ((mode & kSetGid) != 0) bits |= kUnixSetGid;
  if ((mode & kSticky) != 0) bits |= kUnixSticky;
  return bits;
}

std::uint32_t go_mode(Kind kind, std::uint32_t permissions) {
  std::uint32_t mode = permissions & kPermissions;
  if ((permissions & kUnixSetUid) != 0) mode |= kSetUid;
  if ((permissions & kUnixSetGid) != 0) mode |= kSetGid;
  if ((permissions & kUnixSticky) != 0) mode |= kSticky;
  switch (kind) {
    case Kind::file:
      break;
    case Kind::directory:
      mode |= kDirectory;
      break;
    case Kind::symlink:
      mode |= kSymlink;
      break;
    case Kind::fifo:
      mode |= kPipe;
      break;
    case Kind::character_device:
      mode |= kDevice | kCharacter;
      break;
    case Kind::block_device:
      mode |= kDevice;
      break;
  }
  return mode;
}

}  // namespace gantry::buildkit
